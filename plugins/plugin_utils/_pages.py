# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The page of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._html import finding, page, table, text
from ._plain_text import shortened
from ._planner.estimate import estimate_line
from ._planner.plan import point_of_no_return

_SHOWN = 12


def plan_page(document: Mapping[str, Any]) -> str:
    """The page of a plan. ``document``: ``made`` (ISO 8601, UTC), ``plan`` as the planner makes it, ``findings``."""
    plan, findings = document["plan"], document["findings"]
    title = f"Office 365: {plan['confirmation']}, plan {plan['id']}"
    parts = [
        f"<h1>{text(title)}</h1>",
        f'<p class="about">Procedure {text(plan["procedure"])}: {text(plan["procedure_title"])} '
        f"({text(plan['scenario'])}). Made {text(document['made'])}. Package {text(plan['package_version'])}.</p>",
        *([f'<p class="about">{text(estimate_line(plan["estimate"]))}.</p>'] if plan["window_needed"] else []),
        "<h2>Findings</h2>",
        *(map(finding, findings) if findings else ['<p class="none">No findings.</p>']),
        "<h2>Steps, in order</h2>",
        table(("step", "what", "to do"), _steps(plan)),
        "<h2>Gateway sites</h2>",
        table(("endpoint host", "site", "application", "address", "host name", "assemblies", "to do"), _sites(plan)),
        "<h2>Application instances</h2>",
        table(("instance", "package", "site", "endpoint host", "to do"), _instances(plan)),
        "<h2>Service templates</h2>",
        table(("template", "name", "owner", "state now", "during the upgrade"), _templates(plan)),
    ]
    return page(title, parts)


def _steps(plan: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    point = point_of_no_return(plan)
    for step in plan["steps"]:
        left = shortened(step["pending"], _SHOWN) if step["pending"] else step["note"] or "nothing to do"
        mark = ' <span class="point">point of no return</span>' if step["id"] == point else ""
        yield f"<b>{text(step['id'])}</b>", text(step["title"]) + mark, text(left)


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
    return map(text, (endpoint_host, *(site[name] for name in members)))


def _instances(plan: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for row in plan["instances"]:
        values = (row["application_instance_id"], row["package_version"], row["site"], row["endpoint_host"])
        yield (*map(text, values), _to_do(row["pending"]))


def _templates(plan: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    stopped = {*plan["stop_templates"], *plan["start_templates"]}
    for row in plan["service_templates"]:
        values = (row["service_template_id"], row["name"], row["owner_id"], "active" if row["active"] else "inactive")
        yield (
            *map(text, values),
            "stopped, active again at the end" if row["service_template_id"] in stopped else "as it is",
        )
