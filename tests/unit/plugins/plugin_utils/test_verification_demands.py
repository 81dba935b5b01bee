# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every demand of the verification: what makes it pass, fail, or be not checkable."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._verification.answers import (
    FAILED,
    NOT_CHECKABLE,
    PASSED,
    Answer,
)
from ansible_collections.odin.office365.plugins.plugin_utils._verification.demands import demand, keys
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import template
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.upgraded import (
    URLS,
    evidence,
    sold_template,
    upgraded,
)

Facts = dict[str, Any]
Damage = Callable[[Facts], object]

# What no system tells: these never pass.
NEVER_PASS = {"contact_data_in_billing", "fees_kept", "resource_settings_once", "service_parameter", "units_of_measure"}
# Demands of procedure B.
CSP = {"csp_agent_answers", "csp_agent_service", "csp_agent_war", "new_offers"}


def put(path: str, value: Any) -> Damage:
    """Set one fact; the steps of ``path`` are separated by ``|``, numbers are places in a list."""

    def damage(found: Facts) -> None:
        here: Any = found
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("|"))
        for step in steps:
            here = here[step]
        here[last] = value

    return damage


def every(*damages: Damage) -> Damage:
    def damage(found: Facts) -> None:
        for one in damages:
            one(found)

    return damage


def before_the_upgrade(found: Facts) -> None:
    for row in found["instances"]:
        row["package_version"] = "16.6.4-20"


IIS = "verification|hosts|iis01"
SUBSCRIPTIONS = "verification|subscriptions|0"
PACKAGE = "imported_packages|1"
FILES = "verification|billing_hosts|billing01"
AGENT = "csp_agent_hosts|agent01"
BIN = "endpoint_hosts|iis01|assemblies"
UNREAD = every(put("endpoint_hosts|iis01|reachable", False), put("endpoint_hosts|iis01|error", "no route"))
IMPORT = "APS application 'Office365', id 5 : updating upgrade relations for APS packages of application"
BROKEN_IMPORT = put("tasks|failed", [{"task_id": 9, "name": IMPORT}])
TASK = {"task_id": 7, "name": "Provisioning Tenant", "state": "running"}
GAP = {"resource_type_id": 77, "count": 3, "subscription_ids": [1000001, 1000002]}
GONE = {"count": 1, "first": [{"subscription_id": 1000009, "message": "it is locked"}]}
OLD = [
    {"name": "Gateway.dll", "file_version": "16.8.4.0", "sha256": "new"},
    {"name": "Core.dll", "file_version": "16.6.4.0", "sha256": "old"},
]
ALL_INACTIVE = every(put("service_templates|0|active", False), put("management_node|journal", {}))

#: (key, target, state, part of the text, what is wrong)
CASES: list[tuple[str, str, str, str, Damage]] = [
    ("platform_supported", "platform", FAILED, "7.0.0 is not supported", put("platform|version", "7.0.0")),
    ("platform_supported", "platform", NOT_CHECKABLE, "130748", put("platform|version", "7.0.1")),
    (
        "azure_csp_apart",
        "service template 12 (T12)",
        NOT_CHECKABLE,
        "Azure CSP",
        put("all_service_templates|templates|0|application_ids", ["5", "9"]),
    ),
    ("endpoint_hosts_read", "iis01", FAILED, "no route", UNREAD),
    ("endpoint_hosts_read", "iis01", FAILED, "access denied", put(f"{IIS}|problem", "access denied")),
    ("sites_found", "gateway1.example.com", NOT_CHECKABLE, "may be on iis01", UNREAD),
    ("sites_found", "gateway1.example.com", FAILED, "no IIS site", put("endpoint_hosts|iis01|sites|0|bindings", [])),
    (
        "public_api_settings",
        "instance 1002",
        FAILED,
        "username (oa_user) is another one",
        put("verification|instances|1|settings|oa_user", "admin"),
    ),
    (
        "public_api_settings",
        "instance 1001",
        FAILED,
        "url (oa_url) is not set",
        every(put("verification|public_api", {}), put("verification|instances|0|settings|oa_url", "")),
    ),
    (
        "public_api_password",
        "instance 1001",
        NOT_CHECKABLE,
        "gives no password back",
        put("verification|instances|0|settings|oa_password", ""),
    ),
    ("public_api_settings", "instances", NOT_CHECKABLE, "username", put("verification|setting_ids|username", "")),
    ("public_api_settings", "instance 1001", NOT_CHECKABLE, "not read", put("verification|instances", [])),
    ("public_api_reachable", "iis01", FAILED, "reset", put(f"{IIS}|public_api", {"status": 0, "problem": "reset"})),
    # a template of ansible-core before 2.19 makes text of a number
    ("public_api_reachable", "iis01", PASSED, "answers it", put(f"{IIS}|public_api|status", "200")),
    ("public_api_reachable", "iis01", NOT_CHECKABLE, "public_api_access_url", put(f"{IIS}|public_api", {})),
    ("tasks_failed", "task 7", FAILED, "Provisioning Tenant", put("tasks|failed", [TASK])),
    ("tasks_processed", "Operations > Tasks", NOT_CHECKABLE, "7 Provisioning Tenant", put("tasks|open", [TASK])),
    ("gateway_assemblies", "site 'Gateway 1' on iis01", FAILED, "Core.dll (16.6.4.0)", put(f"{BIN}|0|files", OLD)),
    ("gateway_assemblies", "site 'Gateway 1' on iis01", NOT_CHECKABLE, "there is none", put(f"{BIN}|0|files", [])),
    (
        "gateway_assemblies",
        "site 'Gateway 1' on iis01",
        NOT_CHECKABLE,
        "they show 4.0.1",
        put(f"{BIN}|0|files", [{"name": "a.dll", "file_version": "4.0.1", "sha256": ""}, {"name": "b", "sha256": ""}]),
    ),
    ("dispatcher_assemblies", "site 'Dispatcher 1' on iis01", FAILED, "Core.dll", put(f"{BIN}|1|files", OLD)),
    ("dispatcher_assemblies", "site 'Dispatcher 1' on iis01", NOT_CHECKABLE, "none", put(f"{BIN}|1|files", [])),
    (
        "sites_running",
        "site 'Gateway 1' on iis01",
        FAILED,
        "'Gateway 1' is Stopped",
        put("endpoint_hosts|iis01|sites|0|state", "Stopped"),
    ),
    (
        "sites_running",
        "site 'Dispatcher 1' on iis01",
        FAILED,
        "pool 'Dispatcher 1'",
        put(f"{IIS}|pools|1|attributes|state", "Stopped"),
    ),
    ("sites_running", "site 'Gateway 1' on iis01", NOT_CHECKABLE, "pools were not read", put(f"{IIS}|pools", [])),
    ("gateways_answer", URLS[0], FAILED, "status 404", put(f"{IIS}|unanswered", {URLS[0]: "status 404"})),
    ("gateways_answer", URLS[0], NOT_CHECKABLE, "not called", put(f"{IIS}|called", [])),
    (
        "gateway_certificates",
        "gateway1.example.com on iis01",
        FAILED,
        "no private key",
        put("endpoint_hosts|iis01|certificates|0|has_private_key", False),
    ),
    (
        "csp_agent_war",
        "agent01",
        FAILED,
        "no route",
        every(put(f"{AGENT}|reachable", False), put(f"{AGENT}|error", "no route")),
    ),
    ("csp_agent_war", "agent01", FAILED, "another one than", put(f"{AGENT}|installed_sha256", "old")),
    ("csp_agent_war", "agent01", NOT_CHECKABLE, "no csp_agent_war_file", put(f"{AGENT}|war_sha256", "")),
    (
        "csp_agent_war",
        "agent01",
        NOT_CHECKABLE,
        "confirmed version 1.5",
        every(put(f"{AGENT}|installed_sha256", "old"), put(f"{AGENT}|confirmed_version", "1.5")),
    ),
    ("csp_agent_war", "csp-agent-war", NOT_CHECKABLE, "names no host", put("csp_agent_hosts", {})),
    ("csp_agent_service", "agent01", FAILED, "stopped", put(f"{AGENT}|service_state", "stopped")),
    ("csp_agent_service", "agent01", NOT_CHECKABLE, "not read", put(f"{AGENT}|service_state", "")),
    (
        "csp_agent_answers",
        "agent01",
        FAILED,
        "status 503",
        put("verification|csp_agents|agent01|problem", "status 503"),
    ),
    ("csp_agent_answers", "agent01", NOT_CHECKABLE, "check_url", put("verification|csp_agents", {})),
    (
        "resource_settings_converted",
        "upgradeResourceSettings16-6To16-8.py",
        NOT_CHECKABLE,
        "The journal claims that it was done, 2026-11-25",
        before_the_upgrade,
    ),
    (
        "resource_settings_once",
        "upgradeResourceSettings16-6To16-8.py",
        NOT_CHECKABLE,
        "does not know of it",
        put("management_node|journal", {}),
    ),
    ("package_imported", "package 16.8.4", FAILED, "not imported", put(PACKAGE, {"package_version": "16.6.5-1"})),
    (
        "package_imported",
        "package 16.8.4",
        FAILED,
        "16.8.4-35, 16.8.4-34",
        put("imported_packages|0", {"package_version": "16.8.4-35", "status": "Ready", "active": True}),
    ),
    ("package_complete", "package 16.8.4-34", FAILED, "Content error", put(f"{PACKAGE}|status", "Content error")),
    ("package_complete", "package 16.8.4-34", FAILED, "active", put(f"{PACKAGE}|active", False)),
    ("package_complete", "package 16.8.4-34", NOT_CHECKABLE, "state", put(f"{PACKAGE}|status", "unknown")),
    ("upgrade_relations", "package 16.8.4-34", FAILED, "task 9", every(before_the_upgrade, BROKEN_IMPORT)),
    ("upgrade_relations", "package 16.8.4-34", NOT_CHECKABLE, "does not tell", before_the_upgrade),
    ("instance_version", "instance 1002", FAILED, "16.6.4-20", put("instances|1|package_version", "16.6.4-20")),
    ("instance_ready", "instance 1002", FAILED, "Upgrading", put("instances|1|status", "Upgrading")),
    ("contact_data_in_billing", "Billing", NOT_CHECKABLE, "no playbook does or checks it", lambda _f: None),
    ("units_of_measure", "units of measure", NOT_CHECKABLE, "claims that it was done (outcome: run)", lambda _f: None),
    ("service_parameter", "service parameter o365_based_on_email", NOT_CHECKABLE, "claims", lambda _f: None),
    (
        "fees_kept",
        "fees of service plans",
        NOT_CHECKABLE,
        "that it was begun, not that it ended",
        put("management_node|journal|syndication-autoconf", {"status": "started"}),
    ),
    (
        "tenant_counter_types",
        "Total seats sold",
        FAILED,
        "no resource type",
        put("verification|resource_types|2|name", "X"),
    ),
    ("tenant_counter_types", "Total seats sold", NOT_CHECKABLE, "not read", put("verification|resource_types", [])),
    (
        "tenant_counters_in_templates",
        "service template 12 (T12)",
        FAILED,
        "Total seats sold",
        put("service_templates|0|resource_types|3|name", "X"),
    ),
    (
        "tenant_counters_in_subscriptions",
        "subscriptions of service template 12, 13",
        FAILED,
        "3 of 200 lack the tenant counters (resource type 79)",
        put(f"{SUBSCRIPTIONS}|lacking|2", {**GAP, "resource_type_id": 79}),
    ),
    (
        "tenant_counters_in_subscriptions",
        "subscriptions of service template 12",
        FAILED,
        "none can have the tenant counters",
        put("service_templates|0", template(12, 10, 77)),
    ),
    (
        "tenant_counters_in_subscriptions",
        "subscriptions of service template 12, service template 13",
        NOT_CHECKABLE,
        "not read",
        put("verification|subscriptions", []),
    ),
    (
        "contact_data_type",
        "instance 1002",
        FAILED,
        "TenantContactData",
        put("instances|1|service_resource_types|1|resource_type_id", 0),
    ),
    (
        "contact_data_type",
        "instance 1001",
        FAILED,
        "not of the class rc.saas.service",
        put("verification|resource_types|0|resource_class", "rc.saas.resource"),
    ),
    ("contact_data_type", "instance 1001", NOT_CHECKABLE, "not read", put("verification|resource_types", [])),
    (
        "contact_data_in_templates",
        "service template 12 (T12)",
        FAILED,
        "lacks",
        put("service_templates|0", template(12, 10)),
    ),
    (
        "contact_data_in_subscriptions",
        "subscriptions of service template 12, 13",
        FAILED,
        "3 of 200 lack Tenant Contact Data (resource type 77), the first: 1000001, 1000002",
        put(f"{SUBSCRIPTIONS}|lacking|0", GAP),
    ),
    (
        "contact_data_in_subscriptions",
        "subscriptions of service template 12, 13",
        NOT_CHECKABLE,
        "1 of 200 could not be read, the first: 1000009 (it is locked)",
        put(f"{SUBSCRIPTIONS}|unreadable", GONE),
    ),
    (
        "reseller_templates",
        "APS controller",
        NOT_CHECKABLE,
        "no such type",
        put("all_service_templates|error", "no such type"),
    ),
    (
        "store_customizations",
        "/srv/store/a.js on billing01",
        FAILED,
        "another file",
        put(f"{FILES}|store_customizations|there", ["2"]),
    ),
    ("trial_checker", "/srv/store/a.js on billing01", FAILED, "missing", put(f"{FILES}|trial_checker|there", [""])),
    (
        "trial_checker",
        "script3.js of the trial subscription checker on billing01",
        FAILED,
        "no route",
        every(put(f"{FILES}|trial_checker|problem", "no route"), put(f"{FILES}|trial_checker|given", [])),
    ),
    (
        "store_customizations",
        "the customization files of the online store and the panels",
        NOT_CHECKABLE,
        "no file was given",
        put("verification|billing_hosts", {}),
    ),
    (
        "provisioning_started",
        "service template 12 (T12)",
        FAILED,
        "still inactive",
        put("service_templates|0|active", False),
    ),
    ("provisioning_started", "service templates", FAILED, "none of the 2", ALL_INACTIVE),
    (
        "provisioning_started",
        "service templates",
        NOT_CHECKABLE,
        "1 of 2 are inactive: service template 13 (T13)",
        put("management_node|journal", {}),
    ),
    (
        "provisioning_started",
        "service templates",
        PASSED,
        "all 2 are active",
        every(put("management_node|journal", {}), put("service_templates|1", sold_template(13, 20))),
    ),
    (
        "new_offers",
        "new offers",
        NOT_CHECKABLE,
        "named after 1 of 8: Customer Lockbox for faculty",
        put("verification|resource_types|3|name", "X"),
    ),
    ("new_offers", "new offers", NOT_CHECKABLE, "not read", put("verification|resource_types", [])),
]


def answers(key: str, damage: Damage = lambda _found: None) -> list[Answer]:
    scenario = "csp" if key in CSP else "syndication"
    found = upgraded(scenario)
    damage(found)
    return list(demand(key).check(evidence(found, scenario)))


@pytest.mark.parametrize("key", sorted(set(keys()) - NEVER_PASS))
def test_passes_after_an_upgrade(key: str) -> None:
    found = answers(key)
    assert found
    assert [(row.target, row.state, row.detail) for row in found if row.state != PASSED] == []
    assert all(row.target and row.detail and not row.remedy for row in found)


@pytest.mark.parametrize(("key", "target", "state", "text", "damage"), CASES)
def test_answer(key: str, target: str, state: str, text: str, damage: Damage) -> None:
    row = next(row for row in answers(key, damage) if row.target == target and row.state == state)
    assert text in row.detail
    assert bool(row.remedy) is (state != PASSED)


def test_every_demand_has_its_tests() -> None:
    """The healthy installation passes each; here is what each says otherwise."""
    assert {case[0] for case in CASES} == set(keys())
    assert set(keys()) >= NEVER_PASS


@pytest.mark.parametrize("key", keys())
def test_every_state_that_a_demand_can_say_is_tested(key: str) -> None:
    names = {node.id for node in ast.walk(ast.parse(inspect.getsource(demand(key)))) if isinstance(node, ast.Name)}
    said = {state for state in (FAILED, NOT_CHECKABLE) if state in names}
    assert said <= {case[2] for case in CASES if case[0] == key}
