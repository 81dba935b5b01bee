# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The page of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._html import finding, page, table, text
from .._plain_text import duration, moment
from .document import SUCCEEDED
from .text import about
from .timeline import STYLE as TIMELINE_STYLE
from .timeline import timeline
from .words import STATES, labels, row_text, versions_line

Document = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]

_STYLE = """
:root { --window: #ffe0b2; }
@media (prefers-color-scheme: dark) { :root { --window: #5d4524; } }
.state { font-weight: 600; } .state, .time { white-space: nowrap; }
.versions ul { columns: 22rem; }
.succeeded, .done, .passed { color: var(--ok); } .failed, .interrupted { color: var(--blocker); }
.refused, .not_reached, .not_checkable { color: var(--warning); }
.about th { font-weight: 600; width: 8rem; }
.problem { border-left: 4px solid var(--blocker); padding-left: .75rem; }
.problem pre { font-size: .9rem; margin: .5rem 0; overflow-wrap: anywhere; white-space: pre-wrap; }
details { margin: .5rem 0; }
summary { cursor: pointer; font-weight: 600; padding: .2rem 0; }
td details { margin: 0; } td summary { font-weight: 400; padding: 0; }
ul { margin: .25rem 0; padding-left: 1.25rem; } li { overflow-wrap: anywhere; }
@media (max-width: 40rem) { table.about th { display: block; padding: .4rem 0 0; border: 0; } }
@media print { details.printed::details-content { content-visibility: visible; block-size: auto; } }
"""
_OPEN_ROWS = 12
_ROWS_SHOWN = 200


def report_page(data: Document) -> str:
    """The page: ``data`` is the document of the report."""
    run, upgrade = data["run"], data["upgrade"]
    what = f"Office 365: {upgrade['confirmation']}" if upgrade else "Office 365"
    mode = ", check mode: nothing was changed" if run["check_mode"] else ""
    parts = [
        f'<h1>{text(what)}, <span class="state {text(run["state"])}">{text(STATES[run["state"]])}</span>{mode}</h1>',
        _about(data),
        *_problem(data),
        *_section("Timeline", timeline(data)),
        *_section(
            "Steps", [table(("step", "what", "state", "from (UTC)", "took", "hosts"), map(_step, data["steps"]))]
        ),
        *_section("Versions", _versions(data["versions"])),
        *_section("Verification", _verification(data["verification"].get("rows", []))),
        *_section("Changes", _changes(data)),
        *_section("Findings of preflight", _findings(data["findings"])),
        *_section("Gates and confirmations", _gates(data)),
        *_section("Summary", [_list(map(text, data["summary"]))] if data["summary"] else []),
    ]
    return page(f"{what}, run {run['id'][:8]} {STATES[run['state']]}", parts, TIMELINE_STYLE + _STYLE)


def _section(title: str, parts: Iterable[str]) -> list[str]:
    found = list(parts)
    return [f"<h2>{text(title)}</h2>", *found] if found else []


def _list(rows: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{row}</li>" for row in rows) + "</ul>"


def _folded(title: str, body: str, *, opened: bool, printed: bool = True) -> str:
    """A part that a click opens; on paper it is open unless it is too long for that."""
    kind = ' class="printed"' if printed else ""
    return f"<details{kind}{' open' if opened else ''}><summary>{text(title)}</summary>{body}</details>"


def _time(moment_text: str) -> str:
    return f'<span class="time">{text(moment(moment_text)[11:19])}</span>'


def _about(data: Document) -> str:
    rows = "".join(f"<tr><th>{text(name)}</th><td>{text(value)}</td></tr>" for name, value in about(data))
    return f'<table class="about"><tbody>{rows}</tbody></table>'


def _problem(data: Document) -> list[str]:
    """What failed, where, and what to do; nothing after a success."""
    if data["run"]["state"] == SUCCEEDED:
        return []
    names = labels(data["steps"])
    parts = []
    for row in data["failures"]:
        where = f"{names.get(row['step'], row['step'])}, on {row['host']}, task: {row['task']}"
        parts.append(f"<p><b>{text(where)}</b></p><pre>{text(row['message'])}</pre>")
    if data["interrupted"]:
        step = data["interrupted"]["step"]
        parts.append(f"<p><b>{text(names.get(step, step))}, task: {text(data['interrupted']['task'])}</b></p>")
    return ["<h2>What happened</h2>", f'<div class="problem">{"".join(parts)}{_list(map(text, data["next"]))}</div>']


def _step(step: Mapping[str, Any]) -> tuple[str, ...]:
    hosts = [host["host"] for host in step["hosts"]]
    shown = text(", ".join(hosts))
    if len(hosts) > _OPEN_ROWS:
        shown = _folded(f"{len(hosts)} hosts", shown, opened=False)
    return (
        f"<b>{text(step['ids'])}</b>",
        text(step["title"]),
        f'<span class="state {text(step["state"])}">{text(STATES[step["state"]])}</span>',
        _time(step["started"]),
        f'<span class="time">{text(duration(step["seconds"]))}</span>',
        shown,
    )


def _versions(versions: Mapping[str, Rows]) -> list[str]:
    kinds = (("Application instances", versions["instances"]), ("Gateway sites", versions["gateway_sites"]))
    parts = []
    for title, rows in kinds:
        if rows:
            body = _list(text(versions_line(row)) for row in rows)
            parts.append(_folded(f"{title} ({len(rows)})", body, opened=len(rows) <= _OPEN_ROWS))
    return [f'<div class="versions">{"".join(parts)}</div>'] if parts else []


def _verification(rows: Rows) -> list[str]:
    """What is not as it should be is open, the rest folded."""
    parts = []
    for state in ("failed", "not_checkable", "passed"):
        found = [row for row in rows if row["state"] == state]
        if found:
            lines = (
                (
                    f"<b>{text(row['step'])}</b>",
                    f"<code>{text(row['key'])}</code>",
                    text(row["target"]),
                    text(row["detail"]),
                )
                for row in found
            )
            body = table(("step", "demand", "on", "found"), lines)
            parts.append(_folded(f"{STATES[state].capitalize()} ({len(found)})", body, opened=state != "passed"))
    return parts


def _changes(data: Document) -> list[str]:
    parts = []
    for word, name in labels(data["steps"]).items():
        rows = [row for row in data["changes"] if row["step"] == word]
        if rows:
            body = table(("time (UTC)", "host", "task"), map(_change, rows))
            parts.append(_folded(f"{name} ({len(rows)})", body, opened=False, printed=False))
    return parts


def _change(row: Mapping[str, Any]) -> tuple[str, ...]:
    item = f" <small>({text(row['item'])})</small>" if row["item"] else ""
    lines = [text(row_text(one)) for one in row["rows"][:_ROWS_SHOWN]]
    if len(row["rows"]) > _ROWS_SHOWN:
        lines.append(f"and {len(row['rows']) - _ROWS_SHOWN} more, see the JSON file")
    return (
        _time(row["time"]),
        text(row["host"]),
        text(row["task"]) + item + (_list(lines) if lines else ""),
    )


def _findings(rows: Rows) -> list[str]:
    body = [finding(row) for row in rows]
    return [_folded(f"{len(rows)} finding(s)", "".join(body), opened=len(rows) <= _OPEN_ROWS)] if rows else []


def _gates(data: Document) -> list[str]:
    gates = [f"Step {text(row['id'])}, open: {text(row['title'])}. {text(row['remedy'])}" for row in data["gates"]]
    said = [f"<code>{text(row['name'])}</code>: {text(row['value'])}" for row in data["confirmations"]]
    parts = [_list(gates)] if gates else []
    if said:
        parts.append(f"<p>Confirmed by {text(data['run']['user'])}:</p>{_list(said)}")
    return parts
