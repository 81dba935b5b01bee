# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The short summary at the end of a run: versions before and after, what was changed, how long provisioning stood."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from ._planner.assemblies import UNKNOWN, bin_folder, shown_version
from ._planner.values import is_true

Row = Mapping[str, Any]


def upgrade_summary(plan: Row, observed: Row) -> dict[str, Any]:
    """The summary as data, with ``lines`` for the person at the keyboard.

    ``plan``: as the planner made it. ``observed``: ``instances`` (rows of oa_application_instance_info, read at the
    end), ``assemblies`` ({endpoint host: what read_assemblies registered}), ``stopped_at`` and ``started_at`` (ISO
    8601, UTC, or empty), ``results`` (what the steps registered, by word), ``notes`` (sentences), ``check_mode``.
    """
    after = {row["application_instance_id"]: row["package_version"] for row in observed["instances"]}
    instances = [
        {
            "application_instance_id": row["application_instance_id"],
            "before": row["version_at_start"],
            "after": after.get(row["application_instance_id"], UNKNOWN),
        }
        for row in plan["instances"]
    ]
    versions = {
        name: {folder["path"]: shown_version(folder["files"]) for folder in read["result"]["folders"]}
        for name, read in observed["assemblies"].items()
        if "result" in read
    }
    sites = [
        {
            "endpoint_host": name,
            "site": site["site"],
            "application": site["application"],
            "before": site["version_at_start"],
            "after": versions.get(name, {}).get(bin_folder(site["physical_path"]), UNKNOWN),
        }
        for name, host in plan["endpoint_hosts"].items()
        for site in host["gateway_sites"]
    ]
    seconds = _seconds(str(observed.get("stopped_at") or ""), str(observed.get("started_at") or ""))
    changes = list(_changes(observed["results"]))
    data = {
        "format": 1,
        "upgrade": plan["confirmation"],
        "procedure": plan["procedure"],
        "check_mode": is_true(observed["check_mode"]),
        "instances": instances,
        "gateway_sites": sites,
        "changes": changes,
        "notes": list(observed.get("notes", ())),
        "provisioning_stopped_seconds": seconds,
    }
    return {**data, "lines": list(_lines(data))}


def _lines(data: Row) -> Iterator[str]:
    mode = " (check mode: nothing was changed)" if data["check_mode"] else ""
    yield f"Office 365 application {data['upgrade']}, procedure {data['procedure']}{mode}"
    for row in data["instances"]:
        yield f"  instance {row['application_instance_id']}: {row['before']} -> {row['after']}"
    for row in data["gateway_sites"]:
        yield f"  {row['endpoint_host']}, gateway site {row['site']!r}: {row['before']} -> {row['after']}"
    yield "Changed: " + ("; ".join(data["changes"]) or "nothing")
    yield from (f"Note: {note}" for note in data["notes"])
    seconds = data["provisioning_stopped_seconds"]
    if seconds is None:
        yield "Provisioning was not stopped"
    elif seconds < 0:
        yield "Provisioning was stopped; for how long is not known, because the clock was set back in between"
    else:
        yield f"Provisioning was stopped for {seconds:.0f} s"


def _seconds(stopped_at: str, started_at: str) -> float | None:
    if not stopped_at or not started_at:
        return None
    span = datetime.datetime.fromisoformat(started_at) - datetime.datetime.fromisoformat(stopped_at)
    return round(span.total_seconds(), 1)


def _count(result: Row) -> int:
    """How many rows of a bulk module's result say that they were changed; looped results are added up."""
    return sum(1 for part in result.get("results", [result]) for row in part.get("rows", ()) if row.get("changed"))


def _changes(results: Row) -> Iterator[str]:
    counted = (
        ("public_api_access", "Public API settings of {} instance(s)"),
        ("stop_provisioning", "{} service template(s) deactivated"),
        ("first_instance", "{} instance upgraded first"),
        ("other_instances", "{} more instance(s) upgraded"),
        ("contact_data_templates", "Tenant Contact Data in {} service template(s)"),
        ("start_provisioning", "{} service template(s) activated"),
    )
    for word, text in counted:
        number = _count(results.get(word) or {})
        if number:
            yield text.format(number)
    for word, text in (
        ("endpoint", "setup.cmd run for {} gateway site(s)"),
        ("contact_data_subscriptions", "Tenant Contact Data in {} subscription(s)"),
        ("files", "{} customization file(s) replaced"),
        ("csp_agents", "csp-agent-war upgraded on {} host(s)"),
        ("offers", "{} new offer(s) created"),
        ("scripts", "{} script(s) run on the management node"),
    ):
        number = int(results.get(word) or 0)
        if number:
            yield text.format(number)
    for word, text in (
        ("removed_package", "package removed that was imported too early"),
        ("package", "package imported"),
        ("contact_data_type", "resource type created"),
    ):
        if (results.get(word) or {}).get("changed"):
            yield text
