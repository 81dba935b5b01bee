# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: procedure, steps with what is left of them, targets by name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import plan_lines, template_instances
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import (
    facts,
    instance,
    planner,
    template,
)

DONE: dict[str, Any] = {"status": "done", "detail": {}}


def pending(plan: dict[str, Any]) -> dict[str, list[str]]:
    return {step["id"]: step["pending"] for step in plan["steps"]}


def done_already() -> dict[str, Any]:
    """The facts after a complete upgrade."""
    found = facts()
    for row in found["instances"]:
        row.update(package_version="16.8.4-34", version="16.8.4")
        row["service_resource_types"][1]["resource_type_id"] = 77
    found["imported_packages"].append({"package_version": "16.8.4-34", "version": "16.8.4"})
    found["service_templates"] = [template(12, 10, 77), template(13, 20, 77, active=False)]
    words = ("resource_settings", "autoconf", "tenant_counters", "tenant_contact_data")
    journal: dict[str, Any] = dict.fromkeys(words, DONE)
    journal["run"] = {"status": "done", "detail": {"from_version": "16.6.4"}}
    found["management_node"]["journal"] = journal
    return found


def test_a_fresh_installation_has_everything_to_do() -> None:
    plan = planner(facts()).plan()
    assert (plan["procedure"], plan["from_version"], plan["release"]) == ("A", "16.6.4", "16.8.4")
    assert plan["confirmation"] == "16.6.4 to 16.8.4"
    assert plan["confirmation_needed"] is True
    assert plan["package_version"] == "16.8.4-34"
    assert (plan["stop_templates"], plan["start_templates"], plan["window_needed"]) == ([12], [], True)
    assert pending(plan) == {
        "A1": [],
        "A2": [],
        "A3": [],
        "A4": ["service template 12"],
        "A5": ["site 'Gateway 1' on iis01", "site 'Gateway 2' on iis02"],
        "A6": ["upgradeResourceSettings16-6To16-8.py"],
        "A7": ["import of package 16.8.4-34", "instance 1001", "instance 1002"],
        "A8": ["autoconf.py"],
        "A9": ["addTenantCountersToSubscriptions.py"],
        "A10": ["service template 12", "service template 13", "subscriptions"],
        "A11": [],
        "A12": [],
        "A13": ["service template 12"],
    }


def test_the_script_comes_from_the_package_of_the_installed_version() -> None:
    settings = planner(facts()).plan()["resource_settings"]
    assert settings["needed"] is True
    assert settings["package"]["package_version"] == "16.6.4-20"


def test_targets_are_named_for_each_endpoint_host() -> None:
    hosts = planner(facts()).plan()["endpoint_hosts"]
    assert sorted(hosts) == ["iis01", "iis02"]
    site = hosts["iis01"]["gateway_sites"][0]
    assert (site["site"], site["application"], site["ip"]) == ("Gateway 1", "App", "10.20.1.11")
    assert (site["application_instance_id"], site["journal_key"]) == (1001, "setup-iis01-1001")
    assert (site["pending"], site["started_before"]) == (True, False)
    assert hosts["iis01"]["dispatcher"]["site"] == "Dispatcher 1"


def test_after_the_upgrade_nothing_is_left() -> None:
    plan = planner(done_already()).plan()
    assert {key: names for key, names in pending(plan).items() if names} == {}
    assert (plan["window_needed"], plan["confirmation_needed"], plan["stop_templates"]) == (False, False, [])
    assert plan["from_version"] == "16.6.4"


def test_templates_that_a_broken_run_left_stopped_are_started() -> None:
    found = done_already()
    found["service_templates"][0]["active"] = False
    entry = {"status": "started", "detail": {"service_template_ids": [12]}}
    found["management_node"]["journal"]["provisioning"] = entry
    plan = planner(found).plan()
    assert plan["start_templates"] == [12]
    assert pending(plan)["A13"] == ["service template 12"]


def test_a_site_that_the_journal_calls_done_is_not_done_again() -> None:
    found = facts()
    found["management_node"]["journal"]["setup-iis01-1001"] = DONE
    found["management_node"]["journal"]["setup-iis02-1002"] = {"status": "started", "detail": {}}
    plan = planner(found).plan()
    assert pending(plan)["A5"] == ["site 'Gateway 2' on iis02"]
    assert plan["endpoint_hosts"]["iis02"]["gateway_sites"][0]["started_before"] is True


@pytest.mark.parametrize(("outcome", "needed"), [("completed", False), ("not_run", True), ("", True)])
def test_the_operators_word_on_a_script_that_broke_off(outcome: str, needed: bool) -> None:
    found = facts()
    found["management_node"]["journal"]["resource_settings"] = {"status": "started", "detail": {}}
    settings = planner(found, resource_settings_outcome=outcome).plan()["resource_settings"]
    assert (settings["needed"], settings["confirmed"]) == (needed, not needed)


def test_an_outcome_is_worth_nothing_where_no_run_left_it_open() -> None:
    assert planner(facts(), resource_settings_outcome="completed").plan()["resource_settings"]["needed"] is True


def test_templates_belong_to_instances_by_their_own_resource_types() -> None:
    rows = [instance(1), instance(2)]
    for row in rows:
        row["service_resource_types"][1]["resource_type_id"] = 77
    assert template_instances(template(1, 10, 77), rows) == [1001]
    assert template_instances(template(1, 10, 20), rows) == [1001, 1002]
    assert template_instances(template(1, 77), rows) == [1001, 1002]
    assert template_instances(template(1, 0, 99), rows) == []


def test_the_plan_as_text() -> None:
    lines = plan_lines(planner(facts()).plan())
    assert "Office 365 application: 16.6.4 to 16.8.4 (syndication), procedure A" in lines[0]
    assert lines[1] == "Package 16.8.4-34, application 5, 2 instance(s), 2 service template(s)"
    assert "  iis01: dispatcher site 'Dispatcher 1', application Disp, 10.20.1.21" in lines
    assert [line for line in lines if line.endswith("<-- point of no return")] == [
        "  A5   upgrade the application endpoint: site 'Gateway 1' on iis01, site 'Gateway 2' on iis02"
        "   <-- point of no return"
    ]


def test_long_lists_are_shortened() -> None:
    found = facts()
    found["service_templates"] = [template(number, 10) for number in range(1, 8)]
    lines = plan_lines(planner(found).plan())
    assert "service template 4 and 3 more" in "\n".join(lines)
