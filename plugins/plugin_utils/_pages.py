# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Pages for people: one HTML file that needs nothing else, for screen, phone and paper.

Every value is escaped: names from the platform, findings and packages are data, whatever they look like.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._planner.plan import point_of_no_return, shortened

_STYLE = """
:root {
  color-scheme: light dark;
  --line: #8884; --blocker: #c62828; --warning: #b26a00; --info: #1565c0; --ok: #2e7d32;
}
@media (prefers-color-scheme: dark) {
  :root { --blocker: #ef9a9a; --warning: #ffcc80; --info: #90caf9; --ok: #a5d6a7; }
}
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.about { opacity: .75; margin: 0; }
code { font-size: .95em; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; vertical-align: top; }
td { overflow-wrap: anywhere; }
.finding { border-left: 4px solid var(--line); margin: .75rem 0; padding: .1rem 0 .1rem .75rem; }
.finding p { margin: .15rem 0; }
.accepted { opacity: .7; }
.word { font-weight: 600; }
.blocker { border-color: var(--blocker); } .blocker .word { color: var(--blocker); }
.warning { border-color: var(--warning); } .warning .word { color: var(--warning); }
.info { border-color: var(--info); } .info .word { color: var(--info); }
.none { color: var(--ok); }
.point { color: var(--blocker); font-weight: 600; white-space: nowrap; }
@media (max-width: 40rem) {
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  td { border: 0; padding: .1rem 0; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
}
@media print {
  body { max-width: none; font-size: 11px; }
  .finding, tr { break-inside: avoid; }
}
"""
_SHOWN = 12


def plan_page(document: Mapping[str, Any]) -> str:
    """The page of a plan. ``document``: ``made`` (ISO 8601, UTC), ``plan`` as the planner makes it, ``findings``."""
    plan, findings = document["plan"], document["findings"]
    title = f"Office 365: {plan['confirmation']}, plan {plan['id']}"
    parts = [
        f"<h1>{_text(title)}</h1>",
        f'<p class="about">Procedure {_text(plan["procedure"])}: {_text(plan["procedure_title"])} '
        f"({_text(plan['scenario'])}). Made {_text(document['made'])}. Package {_text(plan['package_version'])}.</p>",
        "<h2>Findings</h2>",
        *(map(_finding, findings) if findings else ['<p class="none">No findings.</p>']),
        "<h2>Steps, in order</h2>",
        _table(("step", "what", "to do"), _steps(plan)),
        "<h2>Gateway sites</h2>",
        _table(("endpoint host", "site", "application", "address", "host name", "assemblies", "to do"), _sites(plan)),
        "<h2>Application instances</h2>",
        _table(("instance", "package", "site", "endpoint host", "to do"), _instances(plan)),
        "<h2>Service templates</h2>",
        _table(("template", "name", "owner", "state now", "during the upgrade"), _templates(plan)),
    ]
    return _page(title, parts)


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>"
    )


def _text(value: object) -> str:
    return html.escape(str(value))


def _finding(row: Mapping[str, Any]) -> str:
    accepted = row.get("accepted")
    lines = [
        f'<p><span class="word">{_text(row["severity"])}</span> <code>{_text(row["key"])}</code> '
        f"{_text(row['target'])}: {_text(row['title'])}</p>"
    ]
    if accepted:
        lines.append(f"<p>Accepted: {_text(accepted)}</p>")
    lines += [f"<p>{_text(row['detail'])}</p>", f"<p><b>What to do:</b> {_text(row['remedy'])}</p>"]
    if row.get("link"):
        lines.append(f"<p>{_text(row['link'])}</p>")
    return f'<div class="finding {_text(row["severity"])}{" accepted" if accepted else ""}">{"".join(lines)}</div>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are HTML already."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    head = "".join(f"<th>{_text(name)}</th>" for name in heads)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _steps(plan: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    point = point_of_no_return(plan)
    for step in plan["steps"]:
        left = shortened(step["pending"], _SHOWN) if step["pending"] else step["note"] or "nothing to do"
        mark = ' <span class="point">point of no return</span>' if step["id"] == point else ""
        yield f"<b>{_text(step['id'])}</b>", _text(step["title"]) + mark, _text(left)


def _to_do(pending: object) -> str:
    return "upgrade" if pending else "nothing"


def _sites(plan: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for name, host in plan["endpoint_hosts"].items():
        for site in host["gateway_sites"]:
            yield (*_site(name, site), _to_do(site["pending"]))
        if host["dispatcher"]:
            yield (*_site(name, host["dispatcher"]), "dispatcher: upgraded together with the gateways")


def _site(endpoint_host: str, site: Mapping[str, Any]) -> Iterable[str]:
    members = ("site", "application", "ip", "hostname", "version_before")
    return map(_text, (endpoint_host, *(site[name] for name in members)))


def _instances(plan: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for row in plan["instances"]:
        values = (row["application_instance_id"], row["package_version"], row["site"], row["endpoint_host"])
        yield (*map(_text, values), _to_do(row["pending"]))


def _templates(plan: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    stopped = {*plan["stop_templates"], *plan["start_templates"]}
    for row in plan["service_templates"]:
        values = (row["service_template_id"], row["name"], row["owner_id"], "active" if row["active"] else "inactive")
        yield (
            *map(_text, values),
            "stopped, active again at the end" if row["service_template_id"] in stopped else "as it is",
        )
