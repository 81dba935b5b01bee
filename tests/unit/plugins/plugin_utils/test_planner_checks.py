# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check of preflight: what makes it speak, and what it says."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._planner import checks
from ansible_collections.odin.office365.plugins.plugin_utils._planner.findings import BLOCKER, INFO, WARNING, Finding
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import (
    GATEWAYS,
    NOW,
    connection,
    csp_facts,
    facts,
    instance,
    planner,
    release,
    template,
)

Facts = dict[str, Any]
Damage = Callable[[Facts, dict[str, Any]], None]


def put(path: str, value: Any) -> Damage:
    """Set one fact; the steps of ``path`` are separated by ``/``, numbers are places in a list."""

    def damage(found: Facts, _choices: dict[str, Any]) -> None:
        here: Any = found
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
        for step in steps:
            here = here[step]
        here[last] = value

    return damage


def choose(**values: Any) -> Damage:
    def damage(_found: Facts, choices: dict[str, Any]) -> None:
        choices.update(values)

    return damage


def both(*damages: Damage) -> Damage:
    def damage(found: Facts, choices: dict[str, Any]) -> None:
        for one in damages:
            one(found, choices)

    return damage


def same_address(found: Facts, _choices: dict[str, Any]) -> None:
    found["endpoint_hosts"]["iis01"]["sites"][1]["bindings"] = found["endpoint_hosts"]["iis01"]["sites"][0]["bindings"]


def begun_with(sha256: str, *touched: str) -> Damage:
    """An earlier run began with a package and touched these sites."""
    entries = {key: {"status": "done", "detail": {"fingerprint": ""}} for key in touched}
    begun = {"status": "started", "detail": {"package_sha256": sha256}}
    return both(
        put("package/sha256", "cafe"),
        put("management_node/journal", {"syndication-run": begun, **entries}),
    )


def earlier(version: str = "16.8.3-12", scope: str = "csp") -> Damage:
    """The journal of another upgrade of this installation."""
    begun = {"status": "started", "detail": {"from_version": "16.6.4", "package_version": version}}
    return put("management_node/journal", {f"{scope}-run": begun})


def csp(damage: Damage) -> Damage:
    """The damage on an installation that is sold as a Cloud Solution Provider."""

    def apply(found: Facts, choices: dict[str, Any]) -> None:
        found.clear()
        found.update(csp_facts())
        choices["scenario"] = "csp"
        damage(found, choices)

    return apply


def release_data(path: str, value: Any) -> Damage:
    """Another value of the catalog's entry."""

    def damage(_found: Facts, choices: dict[str, Any]) -> None:
        choices["goal"] = release(changes={path: value})

    return damage


def state(word: str) -> Damage:
    return release_data("state", word)


def extra_step(_found: Facts, choices: dict[str, Any]) -> None:
    steps = [{"id": "A1", "word": "cleaning", "title": "clean up"}]
    choices["goal"] = release(changes={"procedures/A/steps": steps})


def api(url: str, **values: Any) -> Damage:
    """Another connection to the Public API."""
    return put("connections/0", connection("oa_api", url, **values))


def winrm(**values: str) -> Damage:
    """Another connection to the first endpoint host."""

    def damage(found: Facts, _choices: dict[str, Any]) -> None:
        found["endpoint_hosts"]["iis01"]["connection"].update(values)

    return damage


def sql_row(site: str, **values: Any) -> dict[str, Any]:
    """What SQL Server said of the login of a gateway site."""
    return {"site": site, "login": "gateway-login", "member": True, "error": "", **values}


def sql_login(**values: Any) -> Damage:
    """SQL Server said this of the first gateway site."""
    return put(f"{HOST}/sql_logins", [sql_row("Gateway 1", **values)])


def store_file(**values: Any) -> Damage:
    """The operator's file for the store is to get this owner, group or mode."""
    return put(STORE_FILE, {"src": "/srv/store.js", "dest": "/opt/store/store.js", **values})


def at_url(**found: Any) -> Damage:
    """The platform is told to read the package from an address, where this was found."""
    row = {"url": "http://x/", "secret": False, "sha256": "feed", "error": "", **found}
    return both(put("package/sha256", "feed"), put("package_at_url", row))


GATE = {"word": "store_customizations", "closed": True, "title": "a gate", "remedy": "Do it."}
TASK = {"task_id": 7, "name": "Install Office365", "state": "running"}
UPGRADED = {**instance(2), "package_version": "16.8.4-34"}
BILLING = "billing_hosts/billing01"
STORE_FILE = f"{BILLING}/files/store_customizations/0"
SCHEDULED = f"{BILLING}/synchronization_scheduled"
SCRIPTS = "nested/O365-Import.zip/scripts"
NO_204 = "Status code was 200 and not [204]"
AGENT = "csp_agent_hosts/agent01"
RUN = {"status": "started", "detail": {"from_version": "16.6.4"}}
HOST = "endpoint_hosts/iis01"
CERTIFICATE = f"{HOST}/certificates/0"
API = "connections/0"
WINRM = f"{HOST}/connection"
PROBLEM = {"code": "truncated", "message": "it is truncated"}

#: (check file, key, severity, part of the text, what is wrong)
script_log = put("management_node/logs", ["upgradeResourceSettings16-6To16-8.py.log"])
IMPORTED = put("imported_packages/0", {"package_version": "16.8.4-34"})


def broke_off(start: str) -> Damage:
    """A start of the resource-settings script of which nobody knows how it ended."""
    return put("management_node/journal/resource_settings", {"status": "started", "detail": {"start": start}})


def public_api(**changes: Any) -> Damage:
    """What is known of the access to the Public API; all is well but for ``changes``."""
    known = {"url": "https://mn01.example.com:8440/RPC2", "setting_ids": {"url": "a", "username": "b", "password": "c"}}
    return choose(public_api={**known, "calls": {"iis01": [200, ""], "iis02": [200, ""]}, **changes})


def stopped_by(scope: str, *templates: int, status: str = "started") -> Damage:
    """The journal of another upgrade that has stopped service templates."""
    entry = {"status": status, "detail": {"service_template_ids": list(templates)}}
    return put(f"management_node/journal/{scope}-provisioning", entry)


CASES: list[tuple[str, str, str, str, Damage]] = [
    ("certificates", "gateway_certificate_unusable", BLOCKER, "no certificate", put(f"{HOST}/certificates", [])),
    ("certificates", "gateway_certificate_unusable", BLOCKER, "expired on 2027", put(f"{CERTIFICATE}/valid_to", NOW)),
    (
        "certificates",
        "gateway_certificate_unusable",
        BLOCKER,
        "no private key",
        put(f"{CERTIFICATE}/has_private_key", False),
    ),
    (
        "certificates",
        "gateway_certificate_unusable",
        BLOCKER,
        "not valid yet",
        put(f"{CERTIFICATE}/valid_from", NOW + 1),
    ),
    ("certificates", "client_certificate_missing", BLOCKER, "/srv/ms.pfx", put("ms_cert/file", "/srv/ms.pfx")),
    (
        "billing",
        "billing_host_unreachable",
        BLOCKER,
        "billing01",
        both(put(f"{BILLING}/reachable", False), put(f"{BILLING}/error", "no route")),
    ),
    ("billing", "billing_api_failed", BLOCKER, "wrong login", put("billing_api/error", "wrong login")),
    ("store_files", "store_file_missing", BLOCKER, "not on the controller", put(f"{BILLING}/readable_sources", [])),
    ("store_files", "store_file_missing", BLOCKER, "/srv/store.js", put(f"{BILLING}/readable_sources/0", "/srv/x")),
    ("store_files", "store_file_place", BLOCKER, "/opt/store/store.js is not there", put(f"{BILLING}/folders", [])),
    ("store_files", "store_file_place", BLOCKER, "write into /opt/store", put(f"{BILLING}/writable_folders", [])),
    (
        "store_files",
        "store_file_place",
        BLOCKER,
        "/opt/checker is a folder; the name",
        put(f"{BILLING}/files/trial_checker/0/dest", "/opt/checker"),
    ),
    (
        "store_files",
        "store_file_owner",
        BLOCKER,
        "no user apache, to whom /opt/store/store.js",
        both(store_file(owner="apache"), put(f"{BILLING}/missing_accounts", [["passwd", "apache"]])),
    ),
    (
        "store_files",
        "store_file_owner",
        BLOCKER,
        "no group www,",
        both(store_file(group="www"), put(f"{BILLING}/missing_accounts", [["group", "www"]])),
    ),
    ("store_files", "store_file_owner", BLOCKER, "odin, who writes /opt/store/store.js", store_file(owner="apache")),
    ("store_files", "store_file_owner", BLOCKER, "may not give it to the group wheel", store_file(group="wheel")),
    ("store_files", "store_file_owner", BLOCKER, "may not give it to the user 48", store_file(owner=48)),
    ("store_files", "store_file_mode", BLOCKER, "644 is no mode", store_file(mode=644)),
    ("store_files", "store_file_mode", BLOCKER, "'rw-r--r--' is no mode", store_file(mode="rw-r--r--")),
    ("store_files", "store_file_mode", BLOCKER, "True is no mode", store_file(mode=True)),
    ("billing", "fees_not_compared", INFO, "not given", put("billing_api/reason", "billing_api_url is not given")),
    ("billing", "synchronization_scheduled", BLOCKER, "/etc/cron.d/o365", put(SCHEDULED, ["/etc/cron.d/o365"])),
    (
        "billing",
        "synchronization_scheduled",
        WARNING,
        "/etc/cron.d/o365",
        both(put(SCHEDULED, ["/etc/cron.d/o365"]), choose(synchronization_stopped=True)),
    ),
    ("connections", "tls_not_verified", WARNING, "set oa_api_validate_certs to true", put(f"{API}/verified", "False")),
    ("connections", "tls_not_verified", INFO, "https://[::1]:8440/", api("https://[::1]:8440/", verified=False)),
    ("connections", "tls_not_verified", WARNING, "iis01 (iis01.example.com)", put(f"{WINRM}/verified", "ignore")),
    ("connections", "password_in_clear", WARNING, "Use https in oa_api_url", api("http://mn01.example.com:8440/")),
    ("connections", "password_in_clear", INFO, "http://localhost:8440/", api("http://localhost:8440/")),
    ("connections", "password_in_clear", WARNING, "iis01", winrm(scheme="http", login="basic")),
    ("connections", "password_in_clear", WARNING, "iis01", winrm(scheme="", port="5985", login="")),
    ("connections", "password_in_clear", WARNING, "iis01", winrm(scheme="http", message_encryption="never")),
    ("connections", "password_in_clear", INFO, "127.0.0.1", winrm(host="127.0.0.1", scheme="http", login="plaintext")),
    (
        "connections",
        "password_in_clear",
        WARNING,
        "Set ansible_psrp_protocol to https",
        winrm(plugin="ansible.builtin.psrp", scheme="http", login="basic"),
    ),
    ("csp_agent", "csp_agent_unreachable", BLOCKER, "agent01", csp(put(f"{AGENT}/reachable", False))),
    ("csp_agent", "csp_agent_war_missing", BLOCKER, "/srv/csp-agent.war", csp(put(f"{AGENT}/war_file_exists", False))),
    ("csp_agent", "csp_agent_war_damaged", BLOCKER, "truncated", csp(put(f"{AGENT}/war_file_problem", "truncated"))),
    ("csp_agent", "csp_agent_keep_missing", BLOCKER, "/etc/x", csp(put(f"{AGENT}/keep_missing", ["/etc/x"]))),
    ("csp_agent", "csp_agent_folder_missing", BLOCKER, "agent01", csp(put(f"{AGENT}/folder_exists", False))),
    (
        "csp_agent",
        "csp_agent_check_failing",
        WARNING,
        "was 200 and not [204]",
        csp(put(f"{AGENT}/check_error", NO_204)),
    ),
    ("csp_agent", "csp_agent_service_missing", BLOCKER, "'csp-agent'", csp(put(f"{AGENT}/service_exists", False))),
    ("endpoint_hosts", "powershell_too_old", BLOCKER, "2.0", put(f"{HOST}/host_facts/powershell_version", "2.0")),
    ("endpoint_hosts", "not_administrator", BLOCKER, "iis01", put(f"{HOST}/host_facts/is_administrator", False)),
    ("endpoint_hosts", "disk_space", BLOCKER, "1 MiB are free, 260 MiB", put(f"{HOST}/host_facts/free_bytes", 2**20)),
    ("gates", "gate_store_customizations", BLOCKER, "a gate", choose(gates=[GATE])),
    ("gates", "gate_store_customizations", WARNING, "a gate", choose(gates=[GATE], stop_at_gates=True)),
    (
        "imported_packages",
        "newer_package_imported",
        BLOCKER,
        "16.9.0",
        put("imported_packages/0", {"package_version": "16.9.0-1"}),
    ),
    (
        "imported_packages",
        "package_release_differs",
        BLOCKER,
        "it is 16.8.4-34, but the platform has 16.8.4-30",
        put("imported_packages/0", {"package_version": "16.8.4-30"}),
    ),
    (
        "imported_packages",
        "imported_before_script",
        BLOCKER,
        "16.8.4-34",
        put("imported_packages/0", {"package_version": "16.8.4-34"}),
    ),
    (
        "imported_packages",
        "import_unfinished",
        BLOCKER,
        "its import is 'Importing', not 'Ready', and no task is open",
        put("imported_packages/0", {"package_version": "16.8.4-34", "status": "Importing"}),
    ),
    (
        "imported_packages",
        "import_unfinished",
        WARNING,
        "its import is 'Importing', not 'Ready'",
        both(
            put("imported_packages/0", {"package_version": "16.8.4-34", "status": "Importing"}),
            put("tasks/open", [TASK]),
        ),
    ),
    ("installed_version", "application_not_found", BLOCKER, "Office365", put("application_id", None)),
    ("installed_version", "instance_not_found", BLOCKER, "application 5", put("instances", [])),
    (
        "installed_version",
        "instance_not_found",
        BLOCKER,
        "with the ids [7]",
        both(put("instances", []), choose(instance_ids=[7])),
    ),
    (
        "imported_packages",
        "import_recovered",
        WARNING,
        "16.8.4-34",
        both(put("imported_packages/0", {"package_version": "16.8.4-34"}), choose(recover_import=True)),
    ),
    ("installed_version", "canary_instance_unknown", BLOCKER, "instance 7", choose(canary_instance=7)),
    (
        "installed_version",
        "upgraded_elsewhere",
        BLOCKER,
        "instance 1002",
        put("instances/1/package_version", "16.8.4-34"),
    ),
    (
        "installed_version",
        "version_not_supported",
        BLOCKER,
        "16.5.0 cannot be upgraded to 16.8.4 (syndication scenario)",
        put("instances/1/package_version", "16.5.0-1"),
    ),
    (
        "installed_version",
        "versions_differ",
        BLOCKER,
        "it is at 16.6.5, another instance at 16.6.4",
        put("instances/1/package_version", "16.6.5-22"),
    ),
    (
        "journal",
        "endpoint_changed_since",
        BLOCKER,
        "setup-iis01-1001.json",
        put("management_node/journal/setup-iis01-1001", {"status": "done", "detail": {"fingerprint": "other"}}),
    ),
    (
        "journal",
        "script_outcome_unknown",
        BLOCKER,
        "resource_settings_outcome=completed",
        put("management_node/journal/resource_settings", {"status": "started", "detail": {}}),
    ),
    (
        "journal",
        "script_outcome_unknown",
        BLOCKER,
        "an instance is at 16.8.4 already",
        both(put("imported_packages/0", {"package_version": "16.8.4-34"}), put("instances/1", UPGRADED)),
    ),
    (
        "journal",
        "script_outcome_unknown",
        BLOCKER,
        "left its log, /root/office365/upgradeResourceSettings16-6To16-8.py.log, but the journal in /var/lib/office365",
        script_log,
    ),
    (
        "journal",
        "script_outcome_unknown",
        BLOCKER,
        "-e resource_settings_outcome=not_run:20260102T000000Z if that start changed nothing",
        both(broke_off("20260102T000000Z"), choose(resource_settings_outcome="not_run:20260101T000000Z")),
    ),
    (
        "journal",
        "parameter_unknown_outcome",
        BLOCKER,
        "resource_settings_outcome: 'Completed' is neither completed nor not_run:<start>",
        choose(resource_settings_outcome="Completed"),
    ),
    (
        "journal",
        "resource_settings_by_hand",
        BLOCKER,
        "upgradeResourceSettings16-6To16-8.py: resource_settings_outcome says that it was run by hand",
        choose(resource_settings_outcome="completed"),
    ),
    (
        "journal",
        "resource_settings_by_hand",
        WARNING,
        "by hand",
        both(IMPORTED, choose(resource_settings_outcome="completed")),
    ),
    (
        "journal",
        "endpoint_upgraded_before",
        WARNING,
        "its assemblies are at 16.8.4.34 already, but the journal does not know of it",
        put(f"{HOST}/assemblies/0/files/0/file_version", "16.8.4.34"),
    ),
    (
        "journal",
        "script_outcome_unknown",
        BLOCKER,
        "the guide knows no way back",
        both(
            put("imported_packages/0", {"package_version": "16.8.4-34"}),
            put("instances/1", UPGRADED),
            choose(recover_import=True, resource_settings_outcome="not_run"),
        ),
    ),
    ("notices", "brand_data", INFO, "branding", put("platform/version", "7.1.3")),
    ("notices", "no_way_back", INFO, "Back up first", put("platform/version", "7.1.3")),
    ("notices", "sysadmin_role", INFO, "IS_SRVROLEMEMBER", put("platform/version", "7.1.3")),
    ("notices", "partner_center_sign_in", INFO, "second factor", put("platform/version", "7.1.3")),
    (
        "parameters",
        "parameter_of_other_scenario",
        BLOCKER,
        "csp_agent_war_file: it is set for iis01, iis02",
        choose(other_parameters={"iis01": ["csp_agent_war_file"], "iis02": ["csp_agent_war_file"], "mn01": []}),
    ),
    ("public_api_access", "public_api_url_missing", BLOCKER, "Set public_api_access_url", public_api(url="")),
    (
        "public_api_access",
        "public_api_setting_unknown",
        BLOCKER,
        "are these: url, password",
        public_api(setting_ids={"url": "", "username": "user", "password": ""}),
    ),
    (
        "public_api_access",
        "public_api_refused",
        BLOCKER,
        "add the BackNet address of iis01 (its addresses: 10.20.1.11)",
        both(
            public_api(calls={"iis01": [0, "the connection was closed"], "iis02": [200, ""]}),
            put(f"{HOST}/host_facts/ip_addresses", ["10.20.1.11"]),
        ),
    ),
    ("public_api_access", "public_api_refused", BLOCKER, "no answer", public_api(calls={"iis01": [None, None]})),
    (
        "public_api_access",
        "public_api_refused",
        BLOCKER,
        "Correct public_api_access_username",
        public_api(calls={"iis01": [401, "unauthorized"]}),
    ),
    (
        "other_scope",
        "provisioning_stopped_by_other_upgrade",
        BLOCKER,
        "upgrade syndication-1001: it has stopped provisioning and has not started it again: service templates 13\n",
        stopped_by("syndication-1001", 12, 13),
    ),
    (
        "other_scope",
        "provisioning_stopped_by_other_upgrade",
        WARNING,
        "service templates 7, 8",
        stopped_by("csp", 7, 8),
    ),
    ("release", "release_without_procedure", BLOCKER, "release 16.8.4", state("no_procedure")),
    ("release", "release_overview_only", WARNING, "release 16.8.4", state("overview_only")),
    ("release", "step_by_hand", BLOCKER, "add cleaning to office365_confirmed_steps", extra_step),
    ("release", "step_by_hand", BLOCKER, "No playbook can stop", both(extra_step, choose(stop_at_gates=True))),
    ("rolling", "canary_host_unknown", BLOCKER, "iis99", choose(canary_host="iis99")),
    ("rolling", "hosts_at_a_time_unusable", BLOCKER, "'all'", choose(hosts_at_a_time="all")),
    ("rolling", "max_failed_hosts_unusable", BLOCKER, "-1", choose(max_failed_hosts=-1)),
    ("rolling", "forks_below_hosts", WARNING, "--forks 2", choose(forks=1)),
    ("scenario", "scenario_unknown", BLOCKER, "(it has: syndication, csp)", choose(scenario="ims")),
    ("scenario", "scenario_of_instance_unknown", BLOCKER, "'cps'", choose(instance_scenarios={"1001": "cps"})),
    ("scenario", "scenario_of_instance_unknown", BLOCKER, "iis01", put(f"{HOST}/scenario", "cps")),
    ("scenario", "scenario_of_missing_instance", BLOCKER, "instance 7", choose(instance_scenarios={"7": "csp"})),
    (
        "scenario",
        "no_instance_of_scenario",
        BLOCKER,
        "1001, 1002",
        choose(instance_scenarios={"1001": "csp", 1002: "csp"}),
    ),
    ("scenario", "other_scenario_left", WARNING, "instance 1002", choose(instance_scenarios={"1002": "csp"})),
    ("scenario", "other_scenario_left", WARNING, "instance 1001", put(f"{HOST}/scenario", "csp")),
    (
        "scenario",
        "dispatcher_site_found",
        WARNING,
        "/Dispatcher",
        csp(put(f"{HOST}/applications/0/name", "/Dispatcher")),
    ),
    (
        "service_templates",
        "service_template_mixes_instances",
        BLOCKER,
        "service template 12 (T12)",
        both(put("service_templates/0", template(12, 10, 20)), choose(instance_scenarios={"1002": "csp"})),
    ),
    (
        "service_templates",
        "azure_csp_in_service_template",
        WARNING,
        "service template 12 (T12)",
        put("all_service_templates/templates/0/application_ids", ["5", "9"]),
    ),
    (
        "service_templates",
        "azure_csp_in_service_template",
        WARNING,
        "Azure Budget",
        put("service_templates/0/resource_types/0/name", "Azure Budget"),
    ),
    (
        "service_templates",
        "service_templates_not_listed",
        WARNING,
        "no such type",
        put("all_service_templates/error", "no such type"),
    ),
    (
        "service_templates",
        "service_template_left_out",
        WARNING,
        "service template 14 (T14)",
        both(
            put("all_service_templates/templates/2/application_ids", ["5"]),
            put("service_templates/2", template(15, 99)),
        ),
    ),
    ("management_node", "python_missing", BLOCKER, "not found", put("management_node/error", "not found")),
    ("management_node", "python_too_old", WARNING, "2.7.4", put("management_node/python_version", "2.7.4")),
    ("management_node", "script_still_running", BLOCKER, "mn01", put("management_node/script_running", True)),
    ("management_node", "poaupdater_missing", WARNING, "mn01", put("management_node/poaupdater", False)),
    (
        "other_release",
        "journal_of_other_release",
        BLOCKER,
        "an upgrade to 16.8.3, and this one is to 16.8.4",
        earlier(),
    ),
    ("begun_package", "package_changed_since", BLOCKER, "package of feed", begun_with("feed", "setup-iis01-1001")),
    ("packages", "package_truncated", BLOCKER, "it is truncated", put("package/problems", [PROBLEM])),
    ("packages", "package_refuses_version", BLOCKER, "16.6.4", put("package/accepts", {"16.6.4": False})),
    (
        "packages",
        "package_url_other",
        BLOCKER,
        "http://x/: it has another file, with the SHA-256",
        at_url(sha256="cafe"),
    ),
    ("packages", "package_url_unreadable", BLOCKER, "http://x/: it cannot be read", at_url(error="HTTP Error 404")),
    ("packages", "package_url_with_password", BLOCKER, "office365_package_url: it holds", at_url(secret=True)),
    ("packages", "script_not_in_package", BLOCKER, "has no addTenantCountersTo", put(f"package/{SCRIPTS}", ["a.py"])),
    (
        "packages",
        "script_not_in_package",
        BLOCKER,
        "has no upgradeResourceSettings",
        put(f"resource_settings_packages/1/{SCRIPTS}", []),
    ),
    (
        "packages",
        "script_package_missing",
        BLOCKER,
        "(16.6.3, 16.6.3)",
        put("resource_settings_packages/1/version", "16.6.3"),
    ),
    (
        "packages",
        "package_truncated",
        BLOCKER,
        "office365_resource_settings_packages",
        put("resource_settings_packages/1/problems", [PROBLEM]),
    ),
    ("platform_version", "platform_version_not_supported", BLOCKER, "7.0.0", put("platform/version", "7.0.0")),
    ("platform_version", "platform_hotfix_missing", WARNING, "130748", put("platform/version", "7.0.1")),
    (
        "platform_version",
        "platform_requirement_unknown",
        WARNING,
        "this one is 7.1.0",
        release_data("platform/accepted", []),
    ),
    (
        "sites",
        "endpoint_host_unreachable",
        BLOCKER,
        "no answer",
        both(put(f"{HOST}/reachable", False), put(f"{HOST}/error", "no answer")),
    ),
    (
        "sites",
        "instance_endpoint_invalid",
        BLOCKER,
        "instance 1001",
        put("instances/0/endpoint", {"valid": False, "reason": "x"}),
    ),
    *(
        ("contact_data", "contact_data_types_unusable", BLOCKER, text, choose(contact_data_types=told))
        for told, text in (
            ({"1001": 127}, "it names none for 1002"),
            ({1001: 127, 1002: "x"}, "1002 has 'x', which is no id"),
            ({"1001": True, "1002": "128"}, "1001 has True, which is no id"),
        )
    ),
    *(
        ("overrides", "override_unusable", BLOCKER, text, choose(**{f"{kind}_overrides": {name: members}}))
        for kind, name, members, text in (
            ("gateway", GATEWAYS[0], "10.20.1.11", "it is '10.20.1.11', not a mapping"),
            ("gateway", GATEWAYS[0], {"ipp": "10.20.1.11"}, "it has 'ipp', which means nothing"),
            ("gateway", GATEWAYS[0], {"endpoint_host": "iis99"}, "'iis99' is no endpoint host of the inventory"),
            ("dispatcher", "iis01", {"ip": 10}, "its ip is 10, not a text"),
        )
    ),
    (
        "overrides",
        "override_unknown",
        WARNING,
        "office365_gateway_overrides[gatewya1.example.com]",
        choose(gateway_overrides={"gatewya1.example.com": {"ip": "10.20.1.11"}}),
    ),
    (
        "overrides",
        "override_unknown",
        WARNING,
        "Correct the name (iis01, iis02)",
        choose(dispatcher_overrides={"iis99": {"ip": "10.20.1.21"}}),
    ),
    ("sites", "dispatcher_url_invalid", BLOCKER, "iis01", put(f"{HOST}/dispatcher_url", "http://disp/")),
    ("sites", "gateway_host_unresolved", BLOCKER, "gateway1", put("management_node/names/gateway1.example.com", {})),
    ("sites", "dispatcher_host_unresolved", BLOCKER, "disp", put("management_node/names/dispatcher1.example.com", {})),
    ("sites", "gateway_site_not_found", BLOCKER, "10.20.1.11", put(f"{HOST}/sites/0/bindings", [])),
    ("sites", "dispatcher_site_not_found", BLOCKER, "10.20.1.21", put(f"{HOST}/sites/1/bindings", [])),
    ("sites", "gateway_site_ambiguous", BLOCKER, "2 IIS sites match", same_address),
    (
        "sites",
        "gateway_application_not_found",
        BLOCKER,
        "(it has: /Other)",
        put(f"{HOST}/applications/0/name", "/Other"),
    ),
    ("sites", "dispatcher_application_not_found", BLOCKER, "(it has: /X)", put(f"{HOST}/applications/1/name", "/X")),
    (
        "sites",
        "gateway_assemblies_unreadable",
        BLOCKER,
        "Access is denied",
        put(f"{HOST}/assemblies/0/error", "Access is denied."),
    ),
    ("sql_logins", "sql_login_failed", BLOCKER, "Gateway 1 on iis01", sql_login(error="Login failed for user 'x'.")),
    ("sql_logins", "sql_login_unknown", BLOCKER, "whether gateway-login has", sql_login(member=None)),
    ("sql_logins", "sql_sysadmin_missing", BLOCKER, "gateway-login does not have", sql_login(member=False)),
    ("tasks", "tasks_open", BLOCKER, "7 Install Office365 (running)", put("tasks/open", [TASK])),
    ("tasks", "tasks_failed", BLOCKER, "and 2 more", put("tasks/failed", [TASK] * 12)),
]


def speak(damage: Damage) -> list[Finding]:
    found: Facts = facts()
    choices: dict[str, Any] = {}
    damage(found, choices)
    return planner(found, **choices).findings()


def trouble(damage: Damage) -> list[Finding]:
    """The findings without what is said with every plan."""
    return [row for row in speak(damage) if row.severity != INFO]


def test_a_healthy_installation_has_no_findings_but_the_warnings_of_the_release() -> None:
    for planned in (planner(facts()), planner(csp_facts(), "csp"), planner(csp_facts("16.8.3-30"), "csp")):
        assert [row.key for row in planned.findings()] == [
            "brand_data",
            "no_way_back",
            "partner_center_sign_in",
            "sysadmin_role",
        ]
        assert {row.severity for row in planned.findings()} == {INFO}


@pytest.mark.parametrize(("file", "key", "severity", "text", "damage"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_finding(file: str, key: str, severity: str, text: str, damage: Damage) -> None:
    found: Facts = facts()
    choices: dict[str, Any] = {}
    damage(found, choices)
    check = importlib.import_module(f"{checks.__name__}.{file}").check
    rows = [row for row in check(planner(found, **choices).context) if row.key == key]
    assert rows, [row.key for row in speak(damage)]
    assert {row.severity for row in rows} == {severity}
    said = "\n".join(line for row in rows for line in row.lines())
    assert text in said
    assert all(row.target and row.title and row.detail and row.remedy for row in rows)
    assert rows[0] in speak(damage)


def test_every_check_file_has_a_test() -> None:
    assert sorted({case[0] for case in CASES}) == checks.names()


def test_every_key_has_a_test() -> None:
    """Keys are read from the source; a part in braces stands for any word."""
    folder = Path(checks.__file__).parent
    sources = [*folder.glob("*.py"), folder.parent / "context.py", folder.parent / "targets.py"]
    written = {key for path in sources for key in re.findall(r'key=f?"([^"]+)"', path.read_text(encoding="utf-8"))}
    assert len(written) > 25
    tested = {case[1] for case in CASES}
    forms = {re.sub(r"\\?\{.*\}", r"\\w+", key) for key in written}
    assert [form for form in sorted(forms) if not any(re.fullmatch(form, key) for key in tested)] == []


def test_resource_types_of_every_instance_are_no_finding() -> None:
    assert trouble(choose(contact_data_types={"1001": "127", 1002: 128})) == []


def test_an_override_that_is_of_use_is_no_finding() -> None:
    told = {"endpoint_host": "iis01", "site": "Gateway 1", "application": "App", "ip": "10.20.1.11", "hostname": None}
    assert trouble(choose(gateway_overrides={GATEWAYS[0]: told}, dispatcher_overrides={"iis02": {}})) == []


def test_connections_that_hide_what_they_carry_are_no_finding() -> None:
    """NTLM encrypts over http, psrp logs in with negotiate by default, and an API without a user has no password."""
    for damage in (
        winrm(scheme="http", login="ntlm"),
        winrm(plugin="psrp", scheme="http", login=""),
        winrm(scheme="", port=""),
        winrm(verified="validate"),
        api("http://mn01.example.com:8440/", username=""),
    ):
        assert trouble(damage) == []


def test_many_endpoint_hosts_are_one_finding() -> None:
    found = facts()
    first = found["endpoint_hosts"]["iis01"]
    first["connection"].update(scheme="http", login="basic")
    found["endpoint_hosts"].update({f"iis{number}": first for number in range(10, 18)})
    rows = list(importlib.import_module(f"{checks.__name__}.connections").check(planner(found).context))
    assert [(row.key, row.target) for row in rows] == [("password_in_clear", "WinRM")]
    assert rows[0].title.endswith(" and 4 more")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([], [], True),
        (["Gateway 1"], [], True),
        (["Gateway 1"], ["Other"], True),
        (["Gateway 1"], ["Gateway 2"], False),
    ],
)
def test_the_role_sysadmin_is_only_told_of_where_a_site_was_not_looked_at(
    first: list[str], second: list[str], said: bool
) -> None:
    found = facts()
    found["endpoint_hosts"]["iis01"]["sql_logins"] = [sql_row(site) for site in first]
    found["endpoint_hosts"]["iis02"]["sql_logins"] = [sql_row(site) for site in second]
    assert ("sysadmin_role" in [row.key for row in planner(found).findings()]) is said


def test_blockers_come_first() -> None:
    damage = both(put("management_node/poaupdater", False), put("tasks/open", [TASK]))
    assert [row.severity for row in trouble(damage)] == [BLOCKER, WARNING]


def test_a_link_is_shown() -> None:
    rows = speak(put("platform/version", "7.0.0"))
    assert rows[0].lines()[-2] == "  See: https://kb.cloudblue.com/en/130752"


def test_the_checked_package_at_the_address_that_the_platform_is_told_is_no_matter() -> None:
    assert trouble(at_url()) == []


@pytest.mark.parametrize(
    "values",
    [
        {"owner": "odin", "group": "apache", "mode": "0644"},
        {"owner": 1001, "group": 48, "mode": 0o644},
        {"owner": "1001", "group": "odin", "mode": "u=rw,g+r,o="},
        {"owner": None, "mode": "preserve"},
        {"mode": None},
        {"mode": "0o640"},
    ],
)
def test_a_file_that_its_writer_may_give_away_is_no_finding(values: dict[str, Any]) -> None:
    assert trouble(store_file(**values)) == []


def test_root_may_give_a_file_to_everybody() -> None:
    root = put(f"{BILLING}/identity", "uid=0(root) gid=0(root) groups=0(root)")
    assert trouble(both(root, store_file(owner="apache", group="wheel"))) == []


def test_an_override_settles_an_ambiguous_site() -> None:
    overrides = {"gateway1.example.com": {"site": "Gateway 1"}}
    damage = both(same_address, choose(gateway_overrides=overrides), choose(dispatcher_overrides={}))
    assert "gateway_site_ambiguous" not in [row.key for row in speak(damage)]


@pytest.mark.parametrize("outcome", ["completed", "not_run:20260101T000000Z"])
def test_an_outcome_that_the_operator_gives_settles_the_script(outcome: str) -> None:
    assert trouble(both(broke_off("20260101T000000Z"), choose(resource_settings_outcome=outcome))) == []


@pytest.mark.parametrize("outcome", ["not_run:", "not_run:20260101T000000Z"])
def test_an_outcome_of_another_start_settles_nothing(outcome: str) -> None:
    damage = both(broke_off("20260102T000000Z"), choose(resource_settings_outcome=outcome))
    assert [row.key for row in trouble(damage)] == ["script_outcome_unknown"]


def test_the_log_of_a_script_that_the_journal_knows_is_no_finding() -> None:
    done = put("management_node/journal/resource_settings", {"status": "done", "detail": {}})
    assert trouble(both(script_log, done)) == []


def test_another_upgrade_that_has_started_provisioning_again_is_no_finding() -> None:
    assert trouble(both(stopped_by("csp", 13, status="done"), stopped_by("syndication", 13))) == []


def test_access_to_the_public_api_is_not_asked_where_the_procedure_has_no_such_step() -> None:
    found = csp_facts("16.8.3-30")
    choices: dict[str, Any] = {}
    public_api(url="", calls={"iis01": [0, "closed"]})(found, choices)
    assert [row.key for row in planner(found, "csp", **choices).findings() if row.severity != INFO] == []
    b_from_16_6 = planner(csp_facts(), "csp", **choices).findings()
    assert {row.key for row in b_from_16_6} >= {"public_api_url_missing", "public_api_refused"}


def test_an_upgrade_that_the_journal_knows_may_be_half_done() -> None:
    damage = both(
        put("management_node/journal/syndication-run", RUN),
        put("management_node/journal/resource_settings", {"status": "done", "detail": {}}),
        put("instances/1/package_version", "16.8.4-34"),
    )
    assert trouble(damage) == []


def test_variables_of_both_scenarios_are_right_in_a_mixed_installation() -> None:
    given = choose(other_parameters={"mn01": ["csp_agent_war_file"]}, instance_scenarios={"1002": "csp"})
    assert [row.key for row in trouble(given)] == ["other_scenario_left"]


def test_templates_of_the_other_scenario_are_none_of_our_business() -> None:
    found = facts()
    listed = planner(found, instance_scenarios={"1002": "csp"})
    assert [row["service_template_id"] for row in listed.context.service_templates] == [12]
    assert [row["service_template_id"] for row in planner(facts()).context.service_templates] == [12, 13]


def test_the_recovery_leaves_the_tasks_of_the_failed_import_out() -> None:
    name = "APS application 'Office365', id 5 : updating upgrade relations for APS packages of application"
    others = [
        {"task_id": 8, "name": name.replace("id 5", "id 55"), "state": "failed"},
        {"task_id": 9, "name": "Provisioning Office365", "state": "failed"},
    ]
    failed = [{"task_id": 7, "name": name, "state": "failed"}, *others]
    early = both(put("imported_packages/0", {"package_version": "16.8.4-34"}), put("tasks/failed", failed))
    assert [row.key for row in trouble(early)] == ["imported_before_script", "tasks_failed"]
    assert "office365_recover_import=true" in trouble(early)[1].remedy
    assert "office365_recover_import" not in trouble(put("tasks/failed", others))[0].remedy
    # no instance may be upgraded yet
    half_done = both(early, put("instances/1/package_version", "16.8.4-34"))
    assert ["office365_recover_import" in row.remedy for row in trouble(half_done) if row.key == "tasks_failed"] == [
        False
    ]
    rows = trouble(both(early, choose(recover_import=True)))
    assert [row.key for row in rows] == ["tasks_failed", "import_recovered"]
    assert rows[0].title.startswith("2 Office 365 task(s) failed: 8 ")
    # a later run knows them from the journal, when the package is gone already
    journal = {"status": "done", "detail": {"task_ids": [7, 8, 9]}}
    later = both(put("tasks/failed", failed), put("management_node/journal/recovery", journal))
    assert trouble(later) == []


def test_a_gate_is_open_where_the_step_is_done() -> None:
    done = {"status": "done", "detail": {}}
    damage = both(choose(gates=[GATE]), put("management_node/journal/syndication-store_customizations", done))
    assert trouble(damage) == []


@pytest.mark.parametrize(
    "harmless",
    [
        earlier("16.8.4-34"),
        begun_with("feed"),
        begun_with("cafe", "setup-iis01-1001"),
        begun_with("", "setup-iis01-1001"),
        both(
            begun_with("feed", "setup-iis01-1001"),
            put("instances/0/package_version", "16.8.4-34"),
            put("instances/1/package_version", "16.8.4-34"),
        ),
    ],
)
def test_a_journal_that_fits_and_a_package_that_nothing_uses_are_no_matter(harmless: Damage) -> None:
    found, choices = facts(), dict[str, Any]()
    harmless(found, choices)
    keys = [finding.key for finding in planner(found, **choices).findings()]
    assert not {"package_changed_since", "journal_of_other_release"} & set(keys)
