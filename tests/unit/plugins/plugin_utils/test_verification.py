# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification as a whole: which demands there are, what is asked, and what is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._verification.answers import FAILED, NOT_CHECKABLE
from ansible_collections.odin.office365.plugins.plugin_utils._verification.demands import keys
from ansible_collections.odin.office365.plugins.plugin_utils._verification.verification import (
    Row,
    lines,
    unread,
    verification,
)
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.upgraded import (
    CONTACT_DATA,
    POINTS,
    SEATS,
    URLS,
    evidence,
    upgraded,
)

# Users and reports know the demands by these: a key never changes, so rows are only added here.
KEYS = [
    "azure_csp_apart",
    "contact_data_in_billing",
    "contact_data_in_subscriptions",
    "contact_data_in_templates",
    "contact_data_type",
    "csp_agent_answers",
    "csp_agent_service",
    "csp_agent_war",
    "dispatcher_assemblies",
    "endpoint_hosts_read",
    "fees_kept",
    "gateway_assemblies",
    "gateway_certificates",
    "gateways_answer",
    "instance_ready",
    "instance_version",
    "new_offers",
    "package_complete",
    "package_imported",
    "platform_supported",
    "provisioning_started",
    "public_api_password",
    "public_api_reachable",
    "public_api_settings",
    "reseller_templates",
    "resource_settings_converted",
    "resource_settings_once",
    "service_parameter",
    "sites_found",
    "sites_running",
    "store_customizations",
    "tasks_failed",
    "tasks_processed",
    "tenant_counter_types",
    "tenant_counters_in_subscriptions",
    "tenant_counters_in_templates",
    "trial_checker",
    "units_of_measure",
    "upgrade_relations",
]


def steps(found: dict[str, Any]) -> dict[str, str]:
    return {row["key"]: row["step"] for row in found["rows"]}


def test_keys_are_for_ever() -> None:
    assert keys() == KEYS


def test_after_an_upgrade_nothing_has_failed() -> None:
    found = verification(evidence(upgraded()))
    assert found["counts"]["failed"] == 0
    assert found["failed_text"] == ""
    assert found["counts"]["not_checkable"] == 5
    assert found["lines"][0] == (
        "Verification of 16.8.4 (syndication, procedure A: from 16.6.4, as the journal says): "
        f"{found['counts']['passed']} passed, 0 failed, 5 not checkable"
    )
    assert len(found["lines"]) == 1 + 2 * 5
    assert all(row["remedy"] for row in found["rows"] if row["state"] == NOT_CHECKABLE)


def test_rows_are_in_the_order_of_the_guide() -> None:
    found = [row["step"] for row in verification(evidence(upgraded()))["rows"]]
    order = ["all", *(f"A{number}" for number in range(1, 14))]
    assert found == sorted(found, key=order.index)
    assert set(found) == set(order) - {"A2"}


@pytest.mark.parametrize(
    ("scenario", "version", "absent"),
    [
        ("syndication", "16.6.4", {"csp_agent_war", "csp_agent_service", "csp_agent_answers", "new_offers"}),
        ("csp", "16.6.4", {"trial_checker", "dispatcher_assemblies"}),
    ],
)
def test_only_the_demands_of_the_procedure(scenario: str, version: str, absent: set[str]) -> None:
    found = verification(evidence(upgraded(scenario), scenario, from_version=version))
    assert set(KEYS) - set(steps(found)) == absent


def test_a_short_procedure_demands_less() -> None:
    found = verification(evidence(upgraded(), from_version="16.8.3"))
    assert found["procedure"] == "C"
    assert steps(found)["gateway_assemblies"] == "C4"
    assert not {"contact_data_type", "public_api_settings", "resource_settings_once"} & set(steps(found))
    assert found["to_ask"]["subscriptions"] == []


@pytest.mark.parametrize("told", ["banana", "15.0.1", "16.8.4"])
def test_a_version_that_no_upgrade_starts_from_is_refused(told: str) -> None:
    with pytest.raises(
        ValueError, match=rf"office365_from_version is '{told}', but no procedure of release 16.8.4 .*It can be 16\."
    ):
        verification(evidence(upgraded(), from_version=told))


@pytest.mark.parametrize(
    ("imported", "journal", "told", "version", "source", "procedure"),
    [
        (["16.6.4-20"], True, "16.8.3", "16.8.3", "the operator says", "C"),
        (["16.8.3-30"], True, "", "16.6.4", "the journal says", "A"),
        (["16.6.4-20", "16.8.3-30"], False, "", "16.8.3", "the newest older package that is imported shows", "C"),
        (["16.6.4-20", "16.5.0-1"], False, "", "16.6.4", "the newest older package that is imported shows", "A"),
        ([], False, "", "", "nothing shows", "A"),
    ],
)
def test_where_the_upgrade_started(
    imported: list[str], journal: bool, told: str, version: str, source: str, procedure: str
) -> None:
    facts = upgraded()
    facts["imported_packages"] = [{"package_version": text} for text in imported] + facts["imported_packages"][1:]
    if not journal:
        facts["management_node"]["journal"] = {}
    found = verification(evidence(facts, from_version=told))
    assert (found["origin"], found["procedure"]) == ({"version": version, "source": source}, procedure)


def test_an_instance_that_is_not_upgraded_shows_the_start() -> None:
    facts = upgraded()
    facts["management_node"]["journal"] = {}
    facts["instances"][1]["package_version"] = "16.6.5-22"
    assert verification(evidence(facts))["origin"]["version"] == "16.6.5"


def test_what_there_is_to_ask() -> None:
    found = verification(evidence(upgraded()))["to_ask"]
    assert found["endpoint_hosts"]["iis01"] == [
        {"hostname": "gateway1.example.com", "application": "App", "url": URLS[0]}
    ]
    assert found["subscriptions"] == [
        {"service_template_ids": [12, 13], "resource_type_ids": [CONTACT_DATA, POINTS, SEATS]}
    ]
    assert "public_api_access" in found["words"]


def test_a_resource_type_that_the_operator_names_is_asked_for() -> None:
    named = {"1001": 90, 1002: 91}
    found = verification(evidence(upgraded(), contact_data_ids=named))["to_ask"]["subscriptions"]
    assert [row["resource_type_ids"] for row in found] == [[POINTS, SEATS, 90], [POINTS, SEATS, 91]]


def test_an_unknown_scenario_is_refused() -> None:
    with pytest.raises(ValueError, match="no procedure for the scenario 'ims'"):
        verification(evidence(upgraded(), "ims"))


def test_many_targets_stay_readable() -> None:
    rows = [Row("gateway_assemblies", "A5", f"site {n}", FAILED, "it is old", "Run setup.cmd.") for n in range(100)]
    assert lines(rows, FAILED) == [
        "FAILED A5 gateway_assemblies: 100 targets",
        "  site 0: it is old",
        "  site 1: it is old",
        "  site 2: it is old",
        "  and 97 more, see the file of the verification",
        "  What to do: Run setup.cmd.",
    ]


def test_what_has_failed_comes_first() -> None:
    first, second = Row("a", "A1", "x", NOT_CHECKABLE, "d", "r"), Row("b", "A2", "y", FAILED, "d", "r")
    assert [line.split(":")[0] for line in lines([first, second], FAILED, NOT_CHECKABLE)] == [
        "FAILED A2 b",
        "  What to do",
        "NOT CHECKABLE A1 a",
        "  What to look at",
    ]


def test_names_stay_data() -> None:
    """Whatever a name looks like, it is told as it is."""
    facts = upgraded()
    facts["service_templates"][0]["name"] = "{{ 7 * 7 }} <b>"
    facts["service_templates"][0]["active"] = False
    assert "service template 12 ({{ 7 * 7 }} <b>)" in verification(evidence(facts))["failed_text"]


def test_a_platform_that_was_not_read_has_failed() -> None:
    found = unread("connection refused")
    assert found["counts"] == {"passed": 0, "failed": 1, "not_checkable": 0}
    assert "nothing is verified: connection refused" in found["failed_text"]
    assert found["to_ask"] == {"words": [], "endpoint_hosts": {}, "subscriptions": []}
    assert set(found) == set(verification(evidence(upgraded())))


def test_facts_without_the_verifications_own_are_not_checkable_not_passed() -> None:
    facts = upgraded()
    del facts["verification"]
    found = verification(evidence(facts))
    states = {row["key"]: row["state"] for row in found["rows"]}
    asked = ("public_api_settings", "public_api_reachable", "sites_running", "gateways_answer", "trial_checker")
    assert {states[key] for key in (*asked, "contact_data_in_subscriptions", "contact_data_type")} == {NOT_CHECKABLE}
