"""The import scripts of the packages, run with Python 2.7 and 3 against the lab's real platform."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office365_lab import supervisor
from office365_lab.faults import FaultPlan
from office365_lab.options import LabOptions
from office365_lab.packages.import_scripts import (
    AUTOCONF_SCRIPT,
    RESOURCE_SETTINGS_SCRIPT,
    TENANT_COUNTERS_SCRIPT,
)
from script_node import PYTHONS, Node

OPTIONS = LabOptions(
    subscriptions=20,
    task_seconds=0.02,
    import_seconds=0.05,
    instance_upgrade_seconds=0.05,
    script_seconds=0.0,
    max_seconds=900.0,
)
APPLICATION = 5
COUNTERS = {"totalPointsSold", "totalSeatsSold"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running lab."""
    folder = tmp_path_factory.mktemp("scripts") / "lab"
    supervisor.up(folder, OPTIONS)
    yield folder
    supervisor.down(folder)


@pytest.fixture(params=PYTHONS, ids=lambda path: path.name)
def node(request: pytest.FixtureRequest, lab: Path) -> Node:
    """The management node of the lab in its start state."""
    supervisor.reset(lab)
    return Node(lab, request.param)


@pytest.fixture
def upgraded(node: Node) -> Node:
    """The management node after the application upgrade, all Office 365 templates inactive."""
    node.upgrade()
    node.deactivate()
    return node


def _bases(state: dict[str, Any]) -> dict[int, tuple[str, int]]:
    return {
        row["id"]: (row["activation_parameters"]["s_format"], int(row["activation_parameters"]["s_limit_base"]))
        for row in state["resource_types"]
        if "s_format" in row["activation_parameters"]
    }


def test_resource_settings_are_converted_once_and_damaged_by_a_second_run(node: Node) -> None:
    before = _bases(node.state())
    scripts = node.unpack("16.6.4")
    output = node.ok(scripts, RESOURCE_SETTINGS_SCRIPT)
    after = node.state()
    assert len(before) == 9
    assert _bases(after) == {rt: ("16.8", base * 1024) for rt, (_, base) in before.items()}
    assert after["resource_settings"] == {"script_runs": 1, "damaged": False, "converted": True}
    assert output.count("converted") == 9
    (run,) = after["script_runs"]
    assert (run["script"], run["arguments"], run["exit_code"]) == (RESOURCE_SETTINGS_SCRIPT, [], 0)
    assert (run["package"], run["folder"]) == ("16.6.4-20", str(scripts))
    asked = subprocess.run([str(node.python), "--version"], capture_output=True, text=True, check=True)
    assert (asked.stdout + asked.stderr).strip() == f"Python {run['python']}"  # 2.7 answers on standard error
    node.ok(scripts, RESOURCE_SETTINGS_SCRIPT)
    assert node.state()["resource_settings"] == {"script_runs": 2, "damaged": True, "converted": True}


def test_settings_are_written_in_transactions(node: Node) -> None:
    node.ok(node.unpack("16.6.4"), RESOURCE_SETTINGS_SCRIPT)
    lines = [json.loads(line) for line in node.layout.wire_log.read_text().splitlines()]
    calls = [line["call"] for line in lines if line["channel"] == "public_api"]
    assert calls.count("txn.Begin") == calls.count("txn.Commit") == 3
    inside = calls[calls.index("txn.Begin") + 1 : calls.index("txn.Commit")]
    assert inside == ["pem.setRTActParams"] * 3


def test_scripts_take_their_time_for_each_instance(node: Node) -> None:
    node.python.write_text(node.python.read_text().replace("SCRIPT_SECONDS=0.0", "SCRIPT_SECONDS=0.3"))
    begun = time.monotonic()
    node.ok(node.unpack("16.6.4"), RESOURCE_SETTINGS_SCRIPT)
    assert time.monotonic() - begun >= 0.9


def test_scripts_need_their_own_folder_and_poaupdater(node: Node, tmp_path: Path) -> None:
    scripts = node.unpack("16.6.4")
    shutil.copy(scripts / RESOURCE_SETTINGS_SCRIPT, tmp_path)
    alone = node.run(tmp_path, RESOURCE_SETTINGS_SCRIPT)
    assert alone.returncode == 1
    assert "o365_import" in alone.stderr
    plain = subprocess.run(
        [sys.executable, RESOURCE_SETTINGS_SCRIPT], cwd=scripts, capture_output=True, text=True, check=False
    )
    assert plain.returncode == 1
    assert "poaupdater" in plain.stderr
    assert node.state()["script_runs"] == []


def test_a_refusing_platform_is_an_error_with_its_words(node: Node) -> None:
    fault = {"where": "public_api:.*:pem.setRTActParams", "do": "error", "times": 1, "fired": 0}
    node.layout.faults.write_text(json.dumps([{**fault, "message": "no way", "module_id": "Common", "extype_id": 2}]))
    done = node.run(node.unpack("16.6.4"), RESOURCE_SETTINGS_SCRIPT)
    state = node.state()
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: ")
    assert "Traceback" not in done.stderr
    assert [run["exit_code"] for run in state["script_runs"]] == [1]
    assert state["resource_settings"]["converted"] is False


def _plan_fault(node: Node, do: str, **more: Any) -> None:
    FaultPlan(node.layout.faults).add(f"management_node:mn01:{RESOURCE_SETTINGS_SCRIPT}", do, **more)


def test_a_script_fails_before_it_starts(node: Node) -> None:
    _plan_fault(node, "fail", message="the disk is full")
    scripts = node.unpack("16.6.4")
    done = node.run(scripts, RESOURCE_SETTINGS_SCRIPT)
    assert (done.returncode, done.stderr) == (1, "ERROR: the disk is full\n")
    assert node.state()["resource_settings"]["converted"] is False
    assert [fault["fired"] for fault in FaultPlan(node.layout.faults).all()] == [1]
    node.ok(scripts, RESOURCE_SETTINGS_SCRIPT)


def test_a_script_is_killed_in_the_middle(node: Node) -> None:
    _plan_fault(node, "die")
    done = node.run(node.unpack("16.6.4"), RESOURCE_SETTINGS_SCRIPT)
    state = node.state()
    assert done.returncode == -9
    assert [form for form, _ in _bases(state).values()] == ["16.8"] * 3 + ["16.6"] * 6
    assert [run["exit_code"] for run in state["script_runs"]] == [-9]
    assert state["resource_settings"] == {"script_runs": 1, "damaged": False, "converted": False}


def test_a_script_starts_late(node: Node) -> None:
    _plan_fault(node, "delay", seconds=0.7)
    begun = time.monotonic()
    node.ok(node.unpack("16.6.4"), RESOURCE_SETTINGS_SCRIPT)
    assert time.monotonic() - begun >= 0.7


def _counters(state: dict[str, Any]) -> dict[int, str]:
    return {
        row["id"]: row["name"]
        for row in state["resource_types"]
        if row["activation_parameters"].get("resource_id") in COUNTERS
    }


def _holders(state: dict[str, Any], resource_types: set[int]) -> tuple[set[int], set[int]]:
    """The templates and the subscriptions that have all of the resource types."""
    templates = {
        row["id"] for row in state["service_templates"] if resource_types <= {rt["id"] for rt in row["resource_types"]}
    }
    subscriptions = {
        row["id"] for row in state["subscriptions"] if resource_types <= {int(rt) for rt in row["resource_types"]}
    }
    return templates, subscriptions


def test_counters_are_added_to_every_template_and_subscription_of_the_application(upgraded: Node) -> None:
    before = upgraded.state()
    upgraded.ok(upgraded.unpack("16.8.4"), TENANT_COUNTERS_SCRIPT, "--o365-app-id", str(APPLICATION))
    after = upgraded.state()
    counters = _counters(after)
    assert sorted(counters.values()) == sorted(
        f"{prefix}Total {what} sold" for prefix in ("", "O365INST2: ", "O365INST3: ") for what in ("points", "seats")
    )
    for instance, prefix in ((1001, ""), (1002, "O365INST2: "), (1003, "O365INST3: ")):
        mine = {rt for rt, name in counters.items() if name.startswith(f"{prefix}Total")}
        templates = {row["id"] for row in before["service_templates"] if row["instance_ids"] == [instance]}
        subscriptions = {row["id"] for row in before["subscriptions"] if row["service_template_id"] in templates}
        assert _holders(after, mine) == (templates, subscriptions)
    for old, new in zip(before["subscriptions"], after["subscriptions"], strict=True):
        added = {rt: limit for rt, limit in new["resource_types"].items() if rt not in old["resource_types"]}
        assert set(added.values()) <= {-1}
        assert {**old["resource_types"], **added} == new["resource_types"]


def test_a_second_run_of_the_counters_writes_nothing(upgraded: Node) -> None:
    scripts = upgraded.unpack("16.8.4")
    words = ("--o365-app-id", str(APPLICATION))
    upgraded.ok(scripts, TENANT_COUNTERS_SCRIPT, *words)
    before, mark = upgraded.state(), upgraded.layout.wire_log.stat().st_size
    output = upgraded.ok(scripts, TENANT_COUNTERS_SCRIPT, *words)
    with upgraded.layout.wire_log.open() as log:
        log.seek(mark)
        assert [
            line["call"] for line in map(json.loads, log) if line["write"] and line["channel"] == "public_api"
        ] == []
    after = upgraded.state()
    assert "created" not in output
    assert {**after, "script_runs": None} == {**before, "script_runs": None}


def test_counters_of_one_instance_with_given_resource_types(upgraded: Node) -> None:
    def create(name: str, resource: str) -> int:
        parameters = [{"var_name": "app_id", "var_value": "5"}, {"var_name": "resource_id", "var_value": resource}]
        answer = upgraded.call(
            "pem.addResourceType", resclass_name="rc.saas.resource.unit", name=name, act_params=parameters
        )
        return int(answer["resource_type_id"])

    points, seats = create("My points", "totalPointsSold"), create("My seats", "totalSeatsSold")
    words = ("--o365-points-counter-rt-id", str(points), "--o365-seats-counter-rt-id", str(seats))
    upgraded.ok(upgraded.unpack("16.8.4"), TENANT_COUNTERS_SCRIPT, "--o365-app-instance-id", "1002", *words)
    state = upgraded.state()
    assert set(_counters(state)) == {points, seats}
    templates, subscriptions = _holders(state, {points, seats})
    assert templates == {row["id"] for row in state["service_templates"] if row["instance_ids"] == [1002]}
    assert subscriptions == {row["id"] for row in state["subscriptions"] if row["service_template_id"] in templates}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "required"),
        (("--o365-app-id", "5", "--o365-app-instance-id", "1001"), "not allowed"),
        (("--o365-app-instance-id", "1001", "--o365-points-counter-rt-id", "1"), "go together"),
        (
            ("--o365-app-id", "5", "--o365-points-counter-rt-id", "1", "--o365-seats-counter-rt-id", "2"),
            "need --o365-app-instance-id",
        ),
        (("--o365-app-id", "five"), "invalid int"),
    ],
)
def test_rules_of_the_counter_options(node: Node, words: tuple[str, ...], message: str) -> None:
    done = node.run(node.unpack("16.8.4"), TENANT_COUNTERS_SCRIPT, *words)
    assert done.returncode == 1
    assert message in done.stderr
    assert node.state()["script_runs"] == []


def test_active_templates_stop_the_counters_before_anything_is_changed(node: Node) -> None:
    node.upgrade()
    before = node.state()
    done = node.run(node.unpack("16.8.4"), TENANT_COUNTERS_SCRIPT, "--o365-app-id", str(APPLICATION))
    after = node.state()
    assert done.returncode == 1
    assert "active" in done.stderr
    assert "Office 365 Template 01" in done.stderr
    assert after["resource_types"] == before["resource_types"]
    assert after["script_runs"][-1]["exit_code"] == 1


def test_autoconf(upgraded: Node) -> None:
    upgraded.ok(upgraded.unpack("16.8.4"), AUTOCONF_SCRIPT, "--application-id", str(APPLICATION), "--prefix", "NEW")
    state = upgraded.state()
    offers = {str(row["id"]) for row in state["resource_types"] if "s_units" in row["activation_parameters"]}
    mine = [row for row in state["service_templates"] if row["instance_ids"]]
    (contact_data,) = [
        row for row in state["resource_types"] if row["activation_parameters"].get("service_id") == "TenantContactData"
    ]
    assert state["billing"]["units"].keys() == offers
    assert state["billing"]["service_parameters"] == {
        str(row["id"]): {"o365_based_on_email": "boolean"} for row in mine
    }
    assert (contact_data["name"], contact_data["resource_class"]) == (
        "NEW: Office 365 Tenant Contact Data",
        "rc.saas.service",
    )
    assert contact_data["activation_parameters"]["autoprovide_service"] == "0"
    templates, subscriptions = _holders(state, {contact_data["id"]})
    assert templates == {row["id"] for row in mine if row["owner_id"] == 1}
    assert subscriptions == set()
    upgraded.ok(upgraded.unpack("16.8.4"), AUTOCONF_SCRIPT, "--application-id", str(APPLICATION))
    assert {**upgraded.state(), "script_runs": None} == {**state, "script_runs": None}


def test_autoconf_needs_an_upgraded_application(node: Node) -> None:
    node.deactivate()
    done = node.run(node.unpack("16.8.4"), AUTOCONF_SCRIPT, "--application-id", str(APPLICATION))
    assert done.returncode == 1
    assert "is it upgraded?" in done.stderr


def test_autoconf_sets_the_units_of_billings_rates_and_leaves_the_fees(upgraded: Node) -> None:
    def rates(state: dict[str, Any]) -> list[dict[str, Any]]:
        return [rate for plan in state["billing"]["plans"] for rate in plan["rates"]]

    before = rates(upgraded.state())
    words = ("--application-id", str(APPLICATION))
    upgraded.ok(upgraded.unpack("16.8.4"), AUTOCONF_SCRIPT, *words)
    state = upgraded.state()
    licences = {row["id"] for row in state["resource_types"] if "s_units" in row["activation_parameters"]}
    wanted = [{**rate, "unit": "licence" if rate["resource_type_id"] in licences else "unit"} for rate in before]
    assert rates(state) == wanted
    FaultPlan(upgraded.layout.faults).add(f"management_node:mn01:{AUTOCONF_SCRIPT}", "multiply_fees")
    upgraded.ok(upgraded.unpack("16.8.4"), AUTOCONF_SCRIPT, *words)
    damage = 1024 * 1024
    assert rates(upgraded.state()) == [
        {**rate, "recurring_fee": rate["recurring_fee"] * (damage if rate["resource_type_id"] in licences else 1)}
        for rate in wanted
    ]
    assert [fault["fired"] for fault in FaultPlan(upgraded.layout.faults).all()] == [1]
