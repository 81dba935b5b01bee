# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Service templates: every one that sells the application is known, and none mixes what must not be mixed (P16)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, WARNING, Finding
from ..targets import Row


def check(context: Context) -> Iterator[Finding]:
    yield from _mixed_instances(context)
    yield from azure_csp_findings(context)
    yield from left_out_findings(context)


def _mixed_instances(context: Context) -> Iterator[Finding]:
    for template in context.service_templates:
        others = template["other_instance_ids"]
        if others:
            yield Finding(
                key="service_template_mixes_instances",
                severity=BLOCKER,
                target=f"service template {template['service_template_id']} ({template['name']})",
                title=f"it sells resources of instance {', '.join(map(str, template['instance_ids']))}, which is "
                f"upgraded, and of instance {', '.join(map(str, others))}, which is not",
                detail="One template belongs to one instance; with this one, the sale of the other instance would be "
                "stopped and changed, too.",
                remedy="Take the resource types of one of them out of the template, or upgrade both in one run.",
            )


def azure_csp_findings(context: Context) -> Iterator[Finding]:
    """Service templates that seem to hold resources of Azure CSP, too."""
    listing = _listing(context)
    pattern = str(context.choices.get("azure_csp_pattern") or "azure").lower()
    azure = {
        str(row["application_id"])
        for row in listing.get("applications", ())
        if pattern in f"{row['aps_application_id']} {row['name']}".lower()
    }
    of_template = {
        row["service_template_id"]: set(map(str, row["application_ids"])) for row in listing.get("templates", ())
    }
    for template in context.service_templates:
        names = [row["name"] for row in template["resource_types"] if pattern in str(row["name"]).lower()]
        if names or azure & of_template.get(template["service_template_id"], set()):
            yield Finding(
                key="azure_csp_in_service_template",
                severity=WARNING,
                target=f"service template {template['service_template_id']} ({template['name']})",
                title="it holds Office 365 and Azure CSP resources"
                + (f": {', '.join(map(str, names))}" if names else ""),
                detail="A known limitation of the release: both cannot be sold in one service template or plan.",
                remedy="Make a service template and plans of its own for Azure CSP.",
            )


def left_out_findings(context: Context) -> Iterator[Finding]:
    """Service templates that sell the application and are not looked at, or why nobody knows of such."""
    listing = _listing(context)
    if listing.get("error"):
        yield Finding(
            key="service_templates_not_listed",
            severity=WARNING,
            target="APS controller",
            title=f"it did not list the service templates of all accounts: {listing['error']}",
            detail="Templates of resellers that are not in office365_service_template_owners stay active during the "
            "upgrade and lack Tenant Contact Data afterwards.",
            remedy="Name every account with Office 365 templates of its own in office365_service_template_owners.",
        )
    known = {row["service_template_id"] for row in context.facts["service_templates"]}
    application = str(context.facts.get("application_id"))
    left = [
        row
        for row in listing.get("templates", ())
        if application in map(str, row["application_ids"]) and row["service_template_id"] not in known
    ]
    for row in left:
        yield Finding(
            key="service_template_left_out",
            severity=WARNING,
            target=f"service template {row['service_template_id']} ({row['name']})",
            title="it sells Office 365 and is left alone, because it is none of the provider's",
            detail="Its orders are not stopped during the upgrade, and it gets no Tenant Contact Data and no counters.",
            remedy="Set office365_reseller_templates: true, or do the steps of its owner by hand.",
        )


def _listing(context: Context) -> Row:
    """What the APS controller listed of all accounts."""
    listing: Row = context.facts.get("all_service_templates", {})
    return listing
