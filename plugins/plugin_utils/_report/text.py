# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The report as text, and the last lines of a run on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._plain_text import clean, duration, moment, one_line, shortened
from .document import REFUSED, SUCCEEDED
from .words import STATES, labels, row_text, step_label, versions_line

Document = Mapping[str, Any]

_REASON_LINES = 8
_REASON_LENGTH = 200
_HOSTS_SHOWN = 5
_ROWS_SHOWN = 20


def report_text(data: Document) -> str:
    """The whole report."""
    return clean("\n".join(_lines(data))) + "\n"


def last_lines(data: Document, path: str, problem: str = "") -> list[str]:
    """What a person must read at the end of a run.

    ``path``: the report without its suffix; ``problem``: why it is not there, empty where it is.
    """
    run = data["run"]
    check = " (check mode: nothing was changed)" if run["check_mode"] else ""
    files = f"not written, {problem}" if problem else f"{path}.html (.txt, .json)"
    if run["state"] == SUCCEEDED:
        return [f"Report of the run{check}: {files}"]
    lines = [f"THE RUN {_ended(run)}{check} after {duration(run['seconds'])}."]
    lines += _what_failed(data)
    if data["upgrade"] and run["state"] != REFUSED:
        lines += [f"  Steps done: {_names(data, 'done')}", f"  Steps not done: {_names(data)}"]
    lines += [f"  {sentence}" for sentence in data["next"]]
    return [one_line(line) if not line.startswith(" ") else "  " + one_line(line) for line in lines] + [
        f"  Report of the run: {one_line(files)}"
    ]


def _ended(run: Mapping[str, Any]) -> str:
    return {REFUSED: "WAS REFUSED", "interrupted": "WAS INTERRUPTED"}.get(run["state"], "FAILED")


def _what_failed(data: Document) -> Iterator[str]:
    """Where and why, in short: the last failure of the first host that failed is the one that explains."""
    names = labels(data["steps"])
    if data["failures"]:
        first = data["failures"][0]
        row = [one for one in data["failures"] if one["host"] == first["host"]][-1]
        others = list(dict.fromkeys(one["host"] for one in data["failures"] if one["host"] != row["host"]))
        more = f" and on {shortened(others, _HOSTS_SHOWN)}" if others else ""
        yield f"  Where: {names.get(row['step'], row['step'])}, on {row['host']}{more}, task: {row['task']}"
        yield from _reason(row["message"])
    elif data["interrupted"]:
        step = data["interrupted"]["step"]
        yield f"  Where: {names.get(step, step)}, task: {data['interrupted']['task']}"


def _reason(message: str) -> Iterator[str]:
    lines = [line for line in message.splitlines() if line.strip()]
    for number, line in enumerate(lines[:_REASON_LINES]):
        text = line.strip()
        text = text if len(text) <= _REASON_LENGTH else text[:_REASON_LENGTH] + " ..."
        yield f"  Why: {text}" if number == 0 else f"  {text}"
    if len(lines) > _REASON_LINES:
        yield "  (the whole message stands above and in the report)"


def _names(data: Document, state: str = "") -> str:
    """Steps of the guide in this state; without one those with something left."""
    names = [
        step["ids"]
        for step in data["steps"]
        if step["ids"] and (step["state"] == state if state else step["state"] not in ("done", "nothing_to_do"))
    ]
    return ", ".join(names) or "none"


def _lines(data: Document) -> Iterator[str]:
    run, upgrade = data["run"], data["upgrade"]
    what = upgrade.get("confirmation", "") if upgrade else ""
    yield f"Office 365 {what}: the run {STATES[run['state']]}".replace("  ", " ")
    if run["check_mode"]:
        yield "Check mode: nothing was changed."
    yield from (f"  {name}: {value}" for name, value in about(data))
    if run["state"] != SUCCEEDED:
        yield from _section("What happened", _happened(data))
    yield from _section("Steps", map(_step_line, data["steps"]))
    rows = [*data["versions"]["instances"], *data["versions"]["gateway_sites"]]
    yield from _section("Versions", (f"  {versions_line(row)}" for row in rows))
    yield from _section("Changes", _changes(data))
    yield from _section("Findings", _findings(data))
    yield from _section(
        "Confirmed by the operator", (f"  {row['name']}: {row['value']}" for row in data["confirmations"])
    )
    yield from _section("Gates", (f"  {row['id']} {row['title']}: {row['remedy']}" for row in data["gates"]))
    yield from _section("Verification", _verification(data))
    yield from _section("Summary", (f"  {line}" for line in data["summary"]))


def about(data: Document) -> list[tuple[str, str]]:
    """Who, where, what and when, as pairs of a name and a value."""
    run, upgrade, provisioning = data["run"], data["upgrade"], data["provisioning"]
    rows = [
        ("Run", f"{run['id']}, {run['playbook']}" + (f" ({run['options']})" if run["options"] else "")),
        ("By", f"{run['user']} on {run['controller']}"),
        ("Time", f"{moment(run['started'])} to {moment(run['ended'])}, {duration(run['seconds'])}"),
        ("With", f"odin.office365 {run['collection']}, ansible-core {run['ansible_core']}"),
    ]
    if upgrade:
        rows.append(("Plan", f"{upgrade['plan_id']}, package {upgrade['package_version']}"))
        rows.append(
            ("Procedure", f"{upgrade['procedure']}: {upgrade['procedure_title']} (scenario {upgrade['scenario']})")
        )
    rows.append(("Provisioning", provisioning_text(provisioning)))
    return rows


def provisioning_text(provisioning: Mapping[str, Any]) -> str:
    """The state of provisioning at the end of the run."""
    since, until = moment(provisioning["stopped"]), moment(provisioning["started"])
    return {
        "stopped": f"stopped since {since}",
        "active_again": f"stopped from {since} to {until}, {duration(provisioning['seconds'])}; active again",
        "not_stopped": "was not stopped",
    }.get(provisioning["state"], "not touched by this run")


def _section(title: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    found = [line[: len(line) - len(line.lstrip(" "))] + one_line(line) for line in lines]
    if found:
        yield from ("", title, *found)


def _happened(data: Document) -> Iterator[str]:
    names = labels(data["steps"])
    for row in data["failures"]:
        yield f"  {names.get(row['step'], row['step'])}, {row['host']}, task: {row['task']}"
        yield from (f"    {line}" for line in row["message"].splitlines())
    if data["interrupted"]:
        yield from _what_failed({**data, "failures": []})
    yield from (f"  {sentence}" for sentence in data["next"])


def _step_line(step: Mapping[str, Any]) -> str:
    hosts = f", {len(step['hosts'])} hosts" if len(step["hosts"]) > 1 else ""
    changes = f", {step['changes']} changed task(s)" if step["changes"] else ""
    took = f", {duration(step['seconds'])}" if step["started"] else ""
    return f"  {step_label(step)}: {STATES[step['state']]}{took}{hosts}{changes}"


def _changes(data: Document) -> Iterator[str]:
    """The tasks that changed something, with their hosts; rows of bulk modules below them."""
    for word, name in labels(data["steps"]).items():
        hosts: dict[str, list[str]] = {}
        rows: dict[str, list[Mapping[str, Any]]] = {}
        for change in data["changes"]:
            if change["step"] == word:
                hosts.setdefault(change["task"], []).append(change["host"])
                rows.setdefault(change["task"], []).extend(change["rows"])
        if hosts:
            yield f"  {name}"
        for task, names in hosts.items():
            times = f", {len(names)} times" if len(names) > 1 else ""
            yield f"    {task}: {shortened(list(dict.fromkeys(names)), _HOSTS_SHOWN)}{times}"
            yield from (f"      {row_text(row)}" for row in rows[task][:_ROWS_SHOWN])
            if len(rows[task]) > _ROWS_SHOWN:
                yield f"      and {len(rows[task]) - _ROWS_SHOWN} more, see the JSON file"


def _findings(data: Document) -> Iterator[str]:
    for row in data["findings"]:
        yield f"  {row['severity']} {row['key']}: {row['target']}: {row['title']}"
        if row.get("accepted"):
            yield f"    Accepted: {row['accepted']}"


def _verification(data: Document) -> Iterator[str]:
    rows = data["verification"].get("rows", [])
    if rows:
        counts = [
            f"{sum(row['state'] == state for row in rows)} {STATES[state]}"
            for state in ("passed", "failed", "not_checkable")
        ]
        yield "  " + ", ".join(counts)
    for row in rows:
        if row["state"] != "passed":
            state = STATES.get(row["state"], row["state"])
            yield f"  {state}: {row['step']} {row['key']}: {row['target']}: {row['detail']}"
