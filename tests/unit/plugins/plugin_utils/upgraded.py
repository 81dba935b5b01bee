# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the installation of ``installation.py`` after its upgrade to 16.8.4, with nothing left to do."""

from __future__ import annotations

from typing import Any

from ansible_collections.odin.office365.plugins.plugin_utils._planner.context import Context
from ansible_collections.odin.office365.plugins.plugin_utils._verification.evidence import Evidence
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import (
    GATEWAYS,
    csp_facts,
    facts,
    release,
    template,
)

CONTACT_DATA, POINTS, SEATS = 77, 78, 79
SETTINGS = {"url": "oa_url", "username": "oa_user", "password": "oa_password"}
URLS = [f"https://{name}/App/" for name in GATEWAYS]
COUNTERS = ((POINTS, "Total points sold"), (SEATS, "O365INST2: Total seats sold"))


def sold_template(number: int, own: int, active: bool = True) -> dict[str, Any]:
    """A service template with everything that the release brings."""
    found = template(number, own, CONTACT_DATA, active=active)
    found["resource_types"] += [{"resource_type_id": rt, "name": name, "limit": -1} for rt, name in COUNTERS]
    return found


def subscriptions(templates: list[int], count: int = 200) -> dict[str, Any]:
    return {
        "service_template_ids": templates,
        "subscriptions": count,
        "lacking": [
            {"resource_type_id": rt, "count": 0, "subscription_ids": []} for rt in (CONTACT_DATA, POINTS, SEATS)
        ],
        "unreadable": {"count": 0, "first": []},
    }


def entry(**detail: Any) -> dict[str, Any]:
    return {"status": "done", "time": "2026-11-25T03:00:00Z", "detail": detail}


def upgrade(found: dict[str, Any], scenario: str) -> dict[str, Any]:
    """The facts after the upgrade, and what only the verification reads."""
    for row in found["instances"]:
        row.update(package_version="16.8.4-34", version="16.8.4")
        row["service_resource_types"][1]["resource_type_id"] = CONTACT_DATA
    found["imported_packages"].append(
        {"package_version": "16.8.4-34", "version": "16.8.4", "status": "Ready", "active": True}
    )
    found["service_templates"] = [sold_template(12, 10), sold_template(13, 20, active=False), template(14, 99)]
    for host in found["endpoint_hosts"].values():
        for folder in host["assemblies"]:
            folder["files"] = [
                {"name": "Gateway.dll", "file_version": "16.8.4.0", "sha256": "new"},
                {"name": "log4net.dll", "file_version": "2.0.8", "sha256": "same"},
            ]
    for host in found.get("csp_agent_hosts", {}).values():
        host.update(installed_sha256="new", folder="/srv/webapps")
    found["management_node"]["journal"] = {
        f"{scenario}-run": {"status": "started", "time": "", "detail": {"from_version": "16.6.4"}},
        f"{scenario}-provisioning": entry(service_template_ids=[12]),
        f"{scenario}-autoconf": entry(outcome="run"),
        "resource_settings": entry(),
    }
    files = {"problem": "", "destinations": ["/srv/store/a.js"], "given": ["1"], "there": ["1"]}
    types = [
        {
            "resource_type_id": CONTACT_DATA,
            "name": "Office 365 Tenant Contact Data",
            "resource_class": "rc.saas.service",
        },
        *({"resource_type_id": rt, "name": name, "resource_class": "rc.saas.resource.unit"} for rt, name in COUNTERS),
        *(
            {"resource_type_id": 100 + n, "name": f"Office 365 {name}", "resource_class": "rc.saas.service.link"}
            for n, name in enumerate(release().new_offers)
        ),
    ]
    settings = {"oa_url": "http://mn01:8440/", "oa_user": "office365", "oa_password": "********"}
    found["verification"] = {
        "setting_ids": dict(SETTINGS),
        "public_api": {"url": "http://mn01:8440/", "username": "office365"},
        "instances": [{"application_instance_id": number, "settings": dict(settings)} for number in (1001, 1002)],
        "resource_types": types,
        "subscriptions": [subscriptions([12, 13])],
        "hosts": {
            f"iis0{number}": {
                "problem": "",
                "pools": [
                    {"name": f"{kind} {number}", "attributes": {"state": "Started"}}
                    for kind in ("Gateway", "Dispatcher")
                ],
                "called": [URLS[number - 1]],
                "unanswered": {},
                "public_api": {"status": 200, "problem": "OK"},
            }
            for number in (1, 2)
        },
        "csp_agents": {"agent01": {"url": "http://localhost:8080/", "problem": ""}},
        "billing_hosts": {"billing01": {"store_customizations": dict(files), "trial_checker": dict(files)}},
    }
    return found


def upgraded(scenario: str = "syndication") -> dict[str, Any]:
    """All facts after an upgrade in a scenario."""
    return upgrade(facts() if scenario == "syndication" else csp_facts(), scenario)


def evidence(found: dict[str, Any], scenario: str = "syndication", **choices: Any) -> Evidence:
    """The evidence of these facts and choices; the goal is 16.8.4."""
    return Evidence(Context(release(), scenario, found, choices))
