# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a healthy installation that can be upgraded from 16.6.4: two instances, each on a host of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.odin.office365.plugins.plugin_utils._planner import catalog
from ansible_collections.odin.office365.plugins.plugin_utils._planner.context import Context
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import Planner

RELEASES = Path(catalog.__file__).parents[3] / "roles" / "plan" / "files" / "releases"
NOW = 1_800_000_000
GATEWAYS = ("gateway1.example.com", "gateway2.example.com")
DISPATCHERS = ("dispatcher1.example.com", "dispatcher2.example.com")


def release_data(version: str = "16.8.4") -> dict[str, Any]:
    """The entry of a release in the catalog."""
    data: dict[str, Any] = yaml.safe_load((RELEASES / f"{version}.yml").read_text(encoding="utf-8"))
    return data


def release(version: str = "16.8.4", changes: Mapping[str, Any] | None = None) -> catalog.Release:
    """A release of the catalog as it is delivered, or with other values; the steps of a path are separated by ``/``."""
    data = release_data(version)
    for path, value in (changes or {}).items():
        here = data
        *steps, last = path.split("/")
        for step in steps:
            here = here[step]
        here[last] = value
    return catalog.Release.from_data(data)


def binding(ip: str, hostname: str = "") -> dict[str, Any]:
    return {"protocol": "https", "information": f"{ip}:443:{hostname}"}


def endpoint_host(number: int) -> dict[str, Any]:
    """Host ``iis0n`` with its gateway and dispatcher site."""
    sites = [(f"Gateway {number}", f"10.20.{number}.11", "App"), (f"Dispatcher {number}", f"10.20.{number}.21", "Disp")]
    return {
        "reachable": True,
        "error": "",
        "time": NOW,
        "dispatcher_url": f"https://{DISPATCHERS[number - 1]}/Disp/",
        "sites": [{"name": name, "state": "Started", "bindings": [binding(ip)]} for name, ip, _app in sites],
        "applications": [
            {"site": name, "name": f"/{app}", "physical_path": f"C:\\{name}", "application_pool": name}
            for name, _ip, app in sites
        ],
        "assemblies": [
            {
                "path": f"C:\\{name}\\bin",
                "exists": True,
                "files": [{"name": "Gateway.dll", "file_version": "16.6.4.0", "sha256": f"{name}"}],
            }
            for name, _ip, _app in sites
        ],
        "certificates": [
            {
                "subject": f"CN={GATEWAYS[number - 1]}, O=Example",
                "has_private_key": True,
                "valid_from": NOW - 1000,
                "valid_to": NOW + 1000,
                "valid_to_iso8601": "2027-01-15",
            }
        ],
        "host_facts": {"powershell_version": "5.1.17763.1", "is_administrator": True, "free_bytes": 50 * 2**30},
        "scenario": "",
        "sql_logins": [],
        "connection": {
            "plugin": "winrm",
            "host": f"iis0{number}.example.com",
            "port": "5986",
            "scheme": "https",
            "login": "ntlm",
            "verified": "",
            "message_encryption": "",
        },
    }


def connection(name: str, url: str, **changes: Any) -> dict[str, Any]:
    """A connection to an API, as the playbook tells it to the role ``plan``."""
    known = {
        "url_from": f"{name}_url",
        "username": "someone",
        "verified": True,
        "verified_by": f"{name}_validate_certs",
    }
    return {"name": name, "url": url, **known, **changes}


def billing_host() -> dict[str, Any]:
    return {
        "reachable": True,
        "error": "",
        "synchronization_script": "/usr/local/o365/backsynco365.pl",
        "synchronization_installed": True,
        "synchronization_scheduled": [],
        "files": {
            "store_customizations": [{"src": "/srv/store.js", "dest": "/opt/store/store.js"}],
            "trial_checker": [{"src": "/srv/script3.js", "dest": "/opt/checker/script3.js"}],
        },
        "readable_sources": ["/srv/store.js", "/srv/script3.js"],
        "folders": ["/opt/store", "/opt/checker"],
        "writable_folders": ["/opt/store", "/opt/checker"],
        "missing_accounts": [],
        "identity": "uid=1001(odin) gid=1001(odin) groups=1001(odin),48(apache)",
    }


def csp_agent_host() -> dict[str, Any]:
    """A host of csp-agent-war with an old file, and a new one on the controller."""
    return {
        "reachable": True,
        "error": "",
        "platform": "linux",
        "war_file": "/srv/csp-agent.war",
        "war_file_exists": True,
        "war_file_problem": "",
        "war_sha256": "new",
        "check_error": "",
        "keep_missing": [],
        "installed_sha256": "old",
        "service": "csp-agent",
        "service_exists": True,
        "service_state": "running",
        "folder_exists": True,
        "confirmed_version": "",
    }


def csp_facts(version: str = "16.6.4-20") -> dict[str, Any]:
    """The same installation sold as a Cloud Solution Provider: no dispatcher, an agent."""
    found = facts()
    for host in found["endpoint_hosts"].values():
        host["dispatcher_url"] = ""
        host["sites"], host["applications"] = host["sites"][:1], host["applications"][:1]
    for row in found["instances"]:
        row.update(package_version=version, version=version.partition("-")[0])
    found["csp_agent_hosts"] = {"agent01": csp_agent_host()}
    return found


def instance(number: int) -> dict[str, Any]:
    return {
        "application_instance_id": 1000 + number,
        "application_resource_id": f"uuid-{number}",
        "package_version": "16.6.4-20",
        "version": "16.6.4",
        "status": "Ready",
        "url": f"https://{GATEWAYS[number - 1]}/App/aps/",
        "endpoint": {"valid": True, "hostname": GATEWAYS[number - 1], "application": "App", "reason": ""},
        "settings": {},
        "service_resource_types": [
            {"service_id": "tenant", "resource_type_id": 10 * number},
            {"service_id": "TenantContactData", "resource_type_id": 0},
        ],
    }


def template(number: int, *resource_types: int, active: bool = True) -> dict[str, Any]:
    rows = [{"resource_type_id": rt, "name": f"Type {rt}", "limit": -1} for rt in resource_types]
    return {"service_template_id": number, "name": f"T{number}", "active": active, "resource_types": rows}


def package(version: str, release_number: str) -> dict[str, Any]:
    return {
        "path": f"/srv/Office365-{version}-{release_number}.app.zip",
        "valid": True,
        "problems": [],
        "version": version,
        "package_version": f"{version}-{release_number}",
        "size": 10 * 2**20,
        "nested": {
            "O365-Import.zip": {
                "exists": True,
                "members": 4,
                "scripts": ["addTenantCountersToSubscriptions.py", "upgradeResourceSettings16-6To16-8.py"],
            }
        },
        "accepts": {"16.6.4": True, "16.8.3": True},
    }


def facts() -> dict[str, Any]:
    """All that the role ``collect`` gathers."""
    names = {f"gateway{n}.example.com": f"10.20.{n}.11" for n in (1, 2)}
    names.update({f"dispatcher{n}.example.com": f"10.20.{n}.21" for n in (1, 2)})
    return {
        "platform": {"version": "7.1.0", "hotfixes": []},
        "application_id": 5,
        "instances": [instance(1), instance(2)],
        "imported_packages": [{"package_version": "16.6.4-20", "version": "16.6.4"}],
        "service_templates": [template(12, 10), template(13, 20, active=False), template(14, 99)],
        "package": package("16.8.4", "34"),
        "resource_settings_packages": [package("16.6.3", "18"), package("16.6.4", "20")],
        "tasks": {"open": [], "failed": []},
        "all_service_templates": {
            "error": "",
            "templates": [
                {"service_template_id": number, "name": f"T{number}", "application_ids": [application]}
                for number, application in ((12, "5"), (13, "5"), (14, "3"))
            ],
            "applications": [
                {"application_id": 3, "aps_application_id": "http://example.com/Backup", "name": "Backup"},
                {"application_id": 5, "aps_application_id": "http://www.parallels.com/Office365", "name": "Office365"},
                {"application_id": 9, "aps_application_id": "http://example.com/AzureCSP", "name": "Azure CSP"},
            ],
        },
        "ms_cert": {"file": "", "exists": False},
        "billing_api": {"reason": "", "error": ""},
        "connections": [
            connection("oa_api", "https://mn01.example.com:8440/"),
            connection("billing_api", "https://billing01.example.com:5224/"),
            connection("oa_aps", ""),
        ],
        "billing_hosts": {"billing01": billing_host()},
        "management_node": {
            "name": "mn01",
            "error": "",
            "python": "python2.7",
            "python_version": "2.7.18",
            "poaupdater": True,
            "names": {name: {"addresses": [ip], "error": ""} for name, ip in names.items()},
            "journal": {},
            "journal_folder": "/var/lib/office365",
            "work_folder": "/root/office365",
            "logs": [],
        },
        "endpoint_hosts": {"iis01": endpoint_host(1), "iis02": endpoint_host(2)},
    }


def planner(
    found: dict[str, Any], scenario: str = "syndication", goal: catalog.Release | None = None, **choices: Any
) -> Planner:
    """The planner for these facts and choices; the goal is 16.8.4 where none is given."""
    return Planner(Context(goal or release(), scenario, found, choices))
