# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: procedure, steps with what is left of them, targets by name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._planner import catalog
from ansible_collections.odin.office365.plugins.plugin_utils._planner.checks import installed_version
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import plan_differences, plan_lines
from ansible_collections.odin.office365.plugins.plugin_utils._planner.service_templates import template_instances
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import (
    csp_facts,
    facts,
    instance,
    planner,
    release,
    release_data,
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
    journal = {key if key == "resource_settings" else f"syndication-{key}": row for key, row in journal.items()}
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
    detail = {"service_template_ids": [12], "activated_in_between": [13]}
    found["management_node"]["journal"]["syndication-provisioning"] = {"status": "started", "detail": detail}
    plan = planner(found).plan()
    assert (plan["start_templates"], plan["activated_in_between"]) == ([12], [13])
    assert pending(plan)["A13"] == ["service template 12"]


def test_a_site_that_the_journal_calls_done_is_not_done_again() -> None:
    found = facts()
    found["management_node"]["journal"]["setup-iis01-1001"] = DONE
    found["management_node"]["journal"]["endpoint-iis01"] = {**DONE, "detail": {"sites": ["setup-iis01-1001"]}}
    found["management_node"]["journal"]["setup-iis02-1002"] = {"status": "started", "detail": {}}
    plan = planner(found).plan()
    assert pending(plan)["A5"] == ["site 'Gateway 2' on iis02"]
    assert plan["endpoint_hosts"]["iis02"]["gateway_sites"][0]["started_before"] is True


def test_a_site_whose_setup_broke_off_is_compared_with_what_was_before_it() -> None:
    found = facts()
    detail = {"version_before": "16.6.3.0", "fingerprint_before": "that of before"}
    found["management_node"]["journal"]["setup-iis01-1001"] = {"status": "started", "detail": detail}
    hosts = planner(found).plan()["endpoint_hosts"]
    site, other = hosts["iis01"]["gateway_sites"][0], hosts["iis02"]["gateway_sites"][0]
    assert (site["version_at_start"], site["fingerprint_before"]) == ("16.6.3.0", "that of before")
    assert len(other["fingerprint_before"]) == 64


def test_a_site_whose_setup_broke_off_is_pending_whatever_its_instance_says() -> None:
    found = done_already()
    found["management_node"]["journal"]["setup-iis01-1001"] = {"status": "started", "detail": {}}
    sites = planner(found).plan()["endpoint_hosts"]["iis01"]["gateway_sites"]
    assert [row["pending"] for row in sites] == [True]


@pytest.mark.parametrize("nobody", [0, "0", None, ""])
def test_no_canary_is_none_in_whatever_form_it_comes(nobody: object) -> None:
    assert [f.key for f in planner(facts(), canary_instance=nobody).findings() if f.stops] == []


@pytest.mark.parametrize(("outcome", "needed"), [("completed", False), ("not_run:", True), ("", True)])
def test_the_operators_word_on_a_script_that_broke_off(outcome: str, needed: bool) -> None:
    found = facts()
    found["management_node"]["journal"]["resource_settings"] = {"status": "started", "detail": {}}
    settings = planner(found, resource_settings_outcome=outcome).plan()["resource_settings"]
    assert (settings["needed"], settings["known_by"]) == (needed, "" if needed else "confirmed by the operator")


@pytest.mark.parametrize(
    ("ended", "needed", "known_by"),
    [({"rc": 0}, False, "exit code 0, found by a later run"), ({"rc": 1}, True, ""), (None, True, "")],
)
def test_the_exit_code_of_a_script_whose_run_did_not_live_to_note_it(
    ended: dict[str, int] | None, needed: bool, known_by: str
) -> None:
    found = facts()
    entry = {"status": "started", "detail": {}, "ended": ended}
    found["management_node"]["journal"]["resource_settings"] = entry
    settings = planner(found).plan()["resource_settings"]
    assert (settings["needed"], settings["known_by"]) == (needed, known_by)
    assert [f.key for f in planner(found).findings() if f.stops] == (["script_outcome_unknown"] if needed else [])


@pytest.mark.parametrize(
    ("restarted_after", "left"),
    [
        (None, ["restart of IIS on iis01"]),
        (["setup-iis01-1002"], ["restart of IIS on iis01"]),
        (["setup-iis01-1002", "setup-iis01-1001"], []),
    ],
)
def test_iis_is_restarted_where_a_run_ended_before_it_did(restarted_after: list[str] | None, left: list[str]) -> None:
    found = facts()
    journal = found["management_node"]["journal"]
    journal["setup-iis01-1001"] = {**DONE, "time": "2026-01-01T10:00:00Z"}
    if restarted_after is not None:
        # a clock that was set back between the two says nothing
        detail = {"sites": restarted_after}
        journal["endpoint-iis01"] = {"status": "done", "time": "2026-01-01T09:00:00Z", "detail": detail}
    plan = planner(found).plan()
    assert [text for text in pending(plan).get("A5", []) if text.startswith("restart")] == left
    assert plan["endpoint_hosts"]["iis01"]["restart_pending"] is bool(left)
    assert plan["endpoint_hosts"]["iis02"]["restart_pending"] is False


def test_a_script_that_was_run_by_hand_is_left_out_and_noted() -> None:
    settings = planner(facts(), resource_settings_outcome="completed").plan()["resource_settings"]
    assert (settings["needed"], settings["known_by"]) == (False, "confirmed by the operator")


@pytest.mark.parametrize("outcome", ["", "completed"])
def test_a_package_that_was_imported_before_the_script_is_removed_whoever_ran_it(outcome: str) -> None:
    found = facts()
    found["imported_packages"] = [{"package_version": "16.8.4-34", "status": "Ready"}]
    plan = planner(found, recover_import=True, resource_settings_outcome=outcome).plan()
    assert plan["recovery"]["needed"] is True
    assert plan["import_needed"] is True
    assert plan["resource_settings"]["needed"] is not bool(outcome)


def test_a_journal_that_was_left_open_is_closed_by_the_next_run() -> None:
    found = done_already()
    ids = [row["service_template_id"] for row in found["service_templates"] if row["active"]]
    entry = {"status": "started", "detail": {"service_template_ids": ids}}
    found["management_node"]["journal"]["syndication-provisioning"] = entry
    plan = planner(found).plan()
    assert pending(plan)["A13"] == ["a note that provisioning is active again"]
    assert plan["confirmation_needed"] is False
    entry["status"] = "done"
    assert pending(planner(found).plan())["A13"] == []


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
    assert lines[1].startswith("Plan ")
    assert lines[1].endswith(", package 16.8.4-34, application 5, 2 instance(s), 2 service template(s)")
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


def words(plan: dict[str, Any]) -> list[str]:
    return [f"{step['id']} {step['word']}" for step in plan["steps"]]


def test_procedure_b_stops_provisioning_before_the_public_api() -> None:
    plan = planner(csp_facts(), "csp").plan()
    assert (plan["procedure"], plan["scope"]) == ("B", "csp")
    assert words(plan) == [
        "B1 collect",
        "B2 stop_provisioning",
        "B3 public_api_access",
        "B4 csp_agent",
        "B4 endpoint",
        "B5 resource_settings",
        "B6 application",
        "B7 autoconf",
        "B8 tenant_counters",
        "B9 tenant_contact_data",
        "B10 store_customizations",
        "B11 start_provisioning",
        "B12 new_offers",
    ]
    assert pending(plan)["B5"] == ["upgradeResourceSettings16-6To16-8.py"]
    assert plan["steps"][3]["pending"] == ["csp-agent-war on agent01"]
    assert all(host["dispatcher"] == {} for host in plan["endpoint_hosts"].values())
    assert len(plan["new_offers"]) == 8
    assert plan["steps"][-1]["mandatory"] is False


@pytest.mark.parametrize("scenario", ["syndication", "csp"])
def test_from_16_8_3_only_the_short_procedures_are_done(scenario: str) -> None:
    found = csp_facts("16.8.3-30") if scenario == "csp" else facts()
    for row in found["instances"]:
        row.update(package_version="16.8.3-30", version="16.8.3")
    plan = planner(found, scenario).plan()
    assert plan["procedure"] == ("D" if scenario == "csp" else "C")
    assert plan["resource_settings"] == {"needed": False, "script": "", "package": {}, "known_by": ""}
    skipped = {"public_api_access", "resource_settings", "autoconf", "tenant_counters", "tenant_contact_data"}
    assert skipped.isdisjoint(step["word"] for step in plan["steps"])
    assert ("csp_agent" in {step["word"] for step in plan["steps"]}) is (scenario == "csp")


def test_every_version_gets_its_procedure_or_a_refusal() -> None:
    """From 16.0.0 to 21.99.9: what the guide accepts and nothing else (facts 1.1)."""
    planned = {}
    goal = release()
    found = csp_facts()
    found["instances"] = found["instances"][:1]
    for major in range(16, 22):
        for minor in range(100):
            for patch in range(10):
                version = f"{major}.{minor}.{patch}"
                if version == "16.8.4":
                    continue
                found["instances"][0].update(package_version=f"{version}-1", version=version)
                for scenario in ("syndication", "csp"):
                    check = planner(found, scenario, goal)
                    if check.context.procedure:
                        planned[scenario, version] = check.context.procedure.id
                        continue
                    rows = [row for row in installed_version.check(check.context) if row.key == "version_not_supported"]
                    assert len(rows) == 1, version
                    text = "\n".join(rows[0].lines())
                    assert "16.6.3 or later 16.6.x, exactly 16.8.3" in text
                    assert "https://kb.cloudblue.com/en/130752" in text
    wanted: dict[tuple[str, str], str] = {}
    for patch in range(3, 10):
        wanted |= {("syndication", f"16.6.{patch}"): "A", ("csp", f"16.6.{patch}"): "B"}
    assert planned == {**wanted, ("syndication", "16.8.3"): "C", ("csp", "16.8.3"): "D"}


def test_a_made_up_release_is_planned_without_touching_code() -> None:
    data = release_data()
    data |= {"release": "99.1", "state": "overview_only", "new_offers": ["An offer"]}
    data["platform"] = {"accepted": [{"series": "8.3", "hotfixes": ["OA 8.3.0 HOTFIX PLATFORM v21"]}]}
    data["procedures"] = {
        "X": {
            "scenarios": ["csp_direct", "csp"],
            "from": [{"versions": ["98.3", "98.3.1"]}, {"above": "98.4", "maximum": "98.6"}],
            "title": "from 98",
            "steps": [
                {"id": "X1", "word": "collect", "title": "collect"},
                {"id": "X2", "word": "synchronization_off", "title": "turn synchronization off"},
                {"id": "X3", "word": "endpoint", "title": "upgrade the endpoint", "irreversible": True},
                {"id": "X4", "word": "application", "title": "upgrade the application", "irreversible": True},
                {"id": "X5", "word": "synchronization_on", "title": "turn synchronization on"},
            ],
        }
    }
    goal = catalog.Release.from_data(data)
    found = csp_facts("98.4.1-7")
    found["platform"] = {"version": "8.3.2", "hotfixes": ["OA 8.3.0 hotfix platform v21"]}
    found["package"] = {**found["package"], "version": "99.1", "package_version": "99.1-3", "accepts": {}}
    planned = planner(found, "csp_direct", goal)
    plan = planned.plan()
    assert (plan["procedure"], plan["confirmation"], plan["release"]) == ("X", "98.4.1 to 99.1", "99.1")
    assert pending(plan)["X2"] == ["turn synchronization off"]
    assert pending(plan)["X4"] == ["import of package 99.1-3", "instance 1001", "instance 1002"]
    keys = {row.key: row.severity for row in planned.findings()}
    assert keys["release_overview_only"] == "warning"
    assert keys["step_by_hand"] == "blocker"
    assert "platform_hotfix_missing" not in keys
    confirmed = planner(found, "csp_direct", goal, confirmed_steps=["synchronization_off", "synchronization_on"])
    assert [row.key for row in confirmed.findings() if row.severity == "blocker"] == []
    for version in ("98.4", "98.3.2", "98.6.1"):
        for row in found["instances"]:
            row.update(package_version=f"{version}-1", version=version)
        refusals = [row for row in planner(found, "csp_direct", goal).findings() if row.key == "version_not_supported"]
        assert refusals, version
        assert "exactly 98.3 or 98.3.1 or above 98.4 up to 98.6" in refusals[0].detail


def test_the_instance_that_goes_first_is_the_first() -> None:
    rows = planner(facts(), canary_instance=1002).plan()["instances"]
    assert [row["application_instance_id"] for row in rows] == [1002, 1001]


def test_scripts_are_told_the_instances_where_others_are_left_alone() -> None:
    assert planner(facts()).plan()["single_instances"] == []
    mixed = planner(facts(), instance_scenarios={"1002": "csp"}).plan()
    assert mixed["single_instances"] == [{"application_instance_id": 1001}]
    assert [row["application_instance_id"] for row in mixed["instances"]] == [1001]
    assert list(mixed["endpoint_hosts"]) == ["iis01"]
    chosen = planner(facts(), instance_ids=[1002, 1001]).plan()
    assert chosen["scope"] == "syndication-1001-1002"
    assert len(chosen["single_instances"]) == 2


def test_the_recovery_is_planned() -> None:
    found = facts()
    found["imported_packages"].append({"package_version": "16.8.4-34", "version": "16.8.4"})
    plan = planner(found, recover_import=True).plan()
    assert plan["recovery"] == {"needed": True, "package_version": "16.8.4-34", "tolerated_tasks": []}
    assert pending(plan)["A7"][0] == "import of package 16.8.4-34"
    assert "       before it: remove package 16.8.4-34, imported too early" in plan_lines(plan)
    assert planner(found).plan()["recovery"]["needed"] is False
    assert planner(facts(), recover_import=True).plan()["recovery"]["needed"] is False


def test_an_agent_that_has_the_new_file_and_runs_is_done() -> None:
    found = csp_facts()
    agent = found["csp_agent_hosts"]["agent01"]
    agent["installed_sha256"] = "new"
    assert planner(found, "csp").plan()["steps"][3]["pending"] == []
    agent["service_state"] = "stopped"
    assert planner(found, "csp").plan()["steps"][3]["pending"] == ["csp-agent-war on agent01"]
    agent["confirmed_version"] = "1.7"
    assert planner(found, "csp").plan()["steps"][3]["pending"] == ["csp-agent-war on agent01"]
    found["management_node"]["journal"]["csp-agent-agent01"] = DONE
    assert planner(found, "csp").plan()["steps"][3]["pending"] == []


def test_the_id_names_the_content_of_a_plan() -> None:
    plan = planner(facts()).plan()
    assert len(plan["id"]) == 12
    assert planner(facts()).plan()["id"] == plan["id"]
    busy = facts()
    busy["service_templates"][0]["resource_types"][0]["usage"] = 7
    assert planner(busy).plan()["id"] == plan["id"]
    stopped = facts()
    stopped["service_templates"][0]["active"] = False
    other = planner(stopped).plan()
    assert other["id"] != plan["id"]
    assert plan_differences(plan, other) == [
        "service_templates[1].active: True -> False",
        "steps[4].pending: ['service template 12'] -> []",
        "steps[13].pending: ['service template 12'] -> []",
        "stop_templates: [12] -> []",
    ]
    assert plan_differences(plan, plan) == []


def test_another_package_of_the_same_version_is_another_plan() -> None:
    plans = []
    for digest in ("feed", "cafe"):
        found = facts()
        found["package"]["sha256"] = digest
        plans.append(planner(found).plan())
    assert plans[0]["id"] != plans[1]["id"]
    assert plan_differences(*plans) == ["package_sha256: feed -> cafe"]
    assert "SHA-256 of the package: feed" in plan_lines(plans[0])
