"""The judge of an upgrade finds each kind of fault in an otherwise good state."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tools.check_upgrade import Goal, is_version, problems, report, summary

State = dict[str, Any]

LICENCE, CONTACT, POINTS, SEATS, FOREIGN = 10, 11, 12, 13, 90


def resource_type(number: int, resource_class: str, **parameters: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"RT {number}",
        "resource_class": resource_class,
        "activation_parameters": parameters,
        "instance_id": None,
    }


def template(number: int, active: bool, instances: list[int], resource_types: list[int]) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"ST {number}",
        "active": active,
        "owner_id": 1,
        "instance_ids": instances,
        "resource_types": [{"id": one, "name": f"RT {one}", "limit": -1} for one in resource_types],
    }


def subscription(number: int, template_id: int, resource_types: dict[int, int]) -> dict[str, Any]:
    return {
        "id": number,
        "service_template_id": template_id,
        "owner_id": 1,
        "resource_types": {str(key): limit for key, limit in resource_types.items()},
    }


def installation(package_version: str, file_version: str, added: list[int], settings: dict[str, Any]) -> State:
    """A small installation: one gateway and one dispatcher, an active, an inactive and a foreign template."""
    limits = {LICENCE: 5} | dict.fromkeys(added, -1)
    return {
        "packages": [
            {
                "application": "Office365",
                "application_id": 5,
                "version": package_version,
                "status": "Ready",
                "enabled": True,
                "relations": "ok",
            }
        ],
        "instances": [
            {
                "id": 1001,
                "name": "Office365 1",
                "package_version": package_version,
                "status": "Ready",
                "public_api_password_ok": True,
                "settings": {"oa_api_url": package_version},
            }
        ],
        "service_templates": [
            template(1, True, [1001], [LICENCE, *added]),
            template(2, False, [1001], [LICENCE, *added]),
            template(3, True, [], [FOREIGN]),
        ],
        "resource_types": [
            resource_type(LICENCE, "rc.saas.service.link"),
            resource_type(CONTACT, "rc.saas.service", service_id="TenantContactData"),
            resource_type(POINTS, "rc.saas.resource.unit", resource_id="totalPointsSold"),
            resource_type(SEATS, "rc.saas.resource.unit", resource_id="totalSeatsSold"),
            resource_type(FOREIGN, "rc.disk"),
        ],
        "subscriptions": [subscription(1000001, 1, limits), subscription(1000002, 3, {FOREIGN: 7})],
        "tasks": [],
        "resource_settings": settings,
        "script_runs": [],
        "billing": {
            "files": {"store/office365.tpl": package_version},
            "units": dict.fromkeys(map(str, added), "unit"),
            "plans": [
                {"id": 301, "name": "Plan", "rates": [{"id": 7001, "setup_fee": 1.5, "recurring_fee": 4.25}]},
            ],
        },
        "csp_agents": {},
        "endpoint_hosts": {
            "iis01": {
                "application_pools": [{"name": "Gateway pool", "state": "Started"}],
                "sites": [{"name": "Office 365 Gateway 01", "state": "Started"}],
                "applications": [
                    {"site": "Gateway 01", "name": "Office365GatewayApplication01", "version": file_version},
                    {"site": "Dispatcher 01", "name": "Office365DispatcherApplication", "version": file_version},
                    {"site": "Default Web Site", "name": "Other", "version": None},
                ],
                "setup_runs": [],
                "iisreset_runs": 0,
            }
        },
    }


BEFORE = installation("16.6.4-20", "16.6.4.0", [], {"script_runs": 0, "damaged": False, "converted": False})
AFTER = installation(
    "16.8.4-34", "16.8.4.0", [CONTACT, POINTS, SEATS], {"script_runs": 1, "damaged": False, "converted": True}
)
SETUP = {"GatewaySiteName": "Gateway 01", "Force": True}
DISPATCHER = {f"Dispatcher{word}": "x" for word in ("SiteName", "AppName", "IPAddress")}
DONE = {"exit_code": 0, "arguments": {**SETUP, **DISPATCHER}}
AFTER["endpoint_hosts"]["iis01"].update(setup_runs=[{"exit_code": 1}, DONE], iisreset_runs=1)


def test_good_upgrade_has_no_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert problems(BEFORE, AFTER) == []
    assert report(BEFORE, AFTER) is True
    assert "as the guide wants it" in capsys.readouterr().out


def test_untouched_installation_is_full_of_problems() -> None:
    found = "\n".join(problems(BEFORE, BEFORE))
    for expected in (
        "0 packages of version 16.8.4 are imported, not one",
        "instance Office365 1 is Ready at 16.6.4-20, not Ready at 16.8.4",
        "application Office365GatewayApplication01 of site Gateway 01 is at 16.6.4.0, not 16.8.4",
        "application Office365DispatcherApplication of site Dispatcher 01 is at 16.6.4.0, not 16.8.4",
        "0 successful runs of setup.cmd for 1 gateway sites",
        "iisreset has not run",
        "upgradeResourceSettings16-6To16-8.py ran 0 times, not 1",
        "service template ST 2 lacks TenantContactData",
        "subscription 1000001 lacks totalSeatsSold",
        "customization file store/office365.tpl has not been replaced",
        "autoconf.py has set no unit",
    ):
        assert expected in found


ARGUMENTS = ("endpoint_hosts", "iis01", "setup_runs", 1, "arguments")


def set_value(*path: Any) -> Callable[[State], None]:
    """A change of a state: the last of ``path`` becomes the value at the place that the others name."""

    def change(state: State) -> None:
        place: Any = state
        for step in path[:-2]:
            place = place[step]
        place[path[-2]] = path[-1]

    return change


def drop(*path: Any) -> Callable[[State], None]:
    """A change of a state: remove what ``path`` names."""

    def change(state: State) -> None:
        place: Any = state
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (set_value("packages", 0, "relations", "failed"), "upgrade relations: failed"),
        (set_value("packages", 0, "enabled", False), "enabled: False"),
        (set_value("instances", 0, "status", "Upgrading"), "instance Office365 1 is Upgrading"),
        (set_value("instances", 0, "public_api_password_ok", False), "cannot log in to the Public API"),
        (set_value("instances", []), "instances are gone: [1001]"),
        (set_value("endpoint_hosts", "iis01", "sites", 0, "state", "Stopped"), "site Office 365 Gateway 01 is Stopped"),
        (set_value("endpoint_hosts", "iis01", "setup_runs", [DONE] * 2), "2 successful runs of setup.cmd"),
        (
            set_value("endpoint_hosts", "iis01", "application_pools", 0, "state", "Stopped"),
            "application pool Gateway pool is Stopped",
        ),
        (
            set_value("billing", "plans", 0, "rates", 0, "recurring_fee", 4.25 * 1024 * 1024),
            "plan Plan: the fees of rate 7001 are not (1.5, 4.25) any more",
        ),
        (set_value("billing", "plans", 0, "rates", []), "plan Plan: the fees of rate 7001 are not (1.5, 4.25)"),
        (set_value("billing", "files", {}), "customization file store/office365.tpl has not been replaced"),
        (set_value(*ARGUMENTS, SETUP), "got 0 parameters of the dispatcher, not 3"),
        (set_value(*ARGUMENTS, {**DISPATCHER, "GatewaySiteName": "Gateway 01"}), "was started without Force"),
        (set_value("resource_settings", "script_runs", 2), "ran 2 times, not 1"),
        (set_value("resource_settings", "damaged", True), "damaged: True"),
        (set_value("service_templates", 0, "active", False), "were active and are not any more: [1]"),
        (set_value("service_templates", 1, "active", True), "were not active and are now: [2]"),
        (drop("service_templates", 1, "resource_types", 1), "service template ST 2 lacks TenantContactData"),
        (drop("subscriptions", 0, "resource_types", str(POINTS)), "subscription 1000001 lacks totalPointsSold"),
        (
            set_value("subscriptions", 0, "resource_types", str(LICENCE), 6),
            "limits of resource types ['10'] have changed",
        ),
        (set_value("subscriptions", 1, "resource_types", str(CONTACT), -1), "has nothing to do with Office365"),
        (drop("subscriptions", 1), "the list of subscriptions has changed"),
        (
            set_value("tasks", [{"id": 7, "name": "Provisioning", "status": "f", "method": "m"}]),
            "task 7 (Provisioning) is left with status f",
        ),
    ],
)
def test_each_fault_is_found_and_named(
    spoil: Callable[[State], None], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    after = copy.deepcopy(AFTER)
    spoil(after)
    assert len(problems(BEFORE, after)) == 1
    assert expected in problems(BEFORE, after)[0]
    assert report(BEFORE, after) is False
    assert expected in capsys.readouterr().err


def short() -> tuple[State, State]:
    """Before and after an upgrade from 16.8.3 in the syndication scenario, which leaves the resources alone."""
    converted = {"script_runs": 0, "damaged": False, "converted": True}
    before = installation("16.8.3-30", "16.8.3.0", [], converted)
    after = installation("16.8.4-34", "16.8.4.0", [], converted)
    after["endpoint_hosts"]["iis01"].update(setup_runs=[DONE], iisreset_runs=1)
    after["billing"], after["instances"][0]["settings"] = before["billing"], before["instances"][0]["settings"]
    after["instances"][0]["public_api_password_ok"] = False
    return before, after


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (set_value("instances", 0, "settings", {}), "the settings of instance Office365 1 were changed"),
        (set_value("script_runs", [{"script": "autoconf.py"}]), "scripts ran on the management node"),
        (set_value("resource_settings", "damaged", True), "the resource settings were changed"),
        (set_value("subscriptions", 0, "resource_types", "11", -1), "subscriptions were changed"),
        (
            set_value("billing", {**BEFORE["billing"], "files": {"store/office365.tpl": "new"}}),
            "was replaced, which procedure C",
        ),
        (set_value("billing", "units", {"10": "unit"}), "units were changed"),
    ],
)
def test_what_the_short_procedures_do_not_do(spoil: Callable[[State], None], expected: str) -> None:
    before, after = short()
    assert problems(before, after, Goal(procedure="C")) == []
    changed = copy.deepcopy(after)
    spoil(changed)
    (found,) = problems(before, changed, Goal(procedure="C"))
    assert expected in found


def test_the_csp_scenario_has_no_dispatcher_and_no_trial_checker() -> None:
    before, after = copy.deepcopy(BEFORE), copy.deepcopy(AFTER)
    set_value(*ARGUMENTS, SETUP)(after)
    before["billing"]["files"]["panels/script3.js"] = after["billing"]["files"]["panels/script3.js"] = "old"
    assert problems(before, after, Goal(procedure="B")) == []
    after["billing"]["files"]["panels/script3.js"] = "new"
    set_value(*ARGUMENTS, {**SETUP, "MSCertPath": "x", "DispatcherSiteName": "y"})(after)
    found = "\n".join(problems(before, after, Goal(procedure="B")))
    for text in ("got DispatcherSiteName, which the CSP", "got MSCertPath, which the CSP", "script3.js was replaced"):
        assert text in found


def agent(war: str, **changes: str) -> dict[str, str]:
    usual = {"platform": "windows", "service_state": "running", "configuration_sha256": "same", "war_sha256": war}
    return {**usual, **changes}


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        ({"a": agent("new"), "b": agent("new"), "c": agent("old", platform="linux")}, ""),
        ({"a": agent("old"), "b": agent("old"), "c": agent("old", platform="linux")}, "on any host"),
        ({"a": agent("new"), "b": agent("old"), "c": agent("old", platform="linux")}, "b: csp-agent-war has not been"),
        ({"a": agent("new", service_state="stopped"), "b": agent("new")}, "a: the service of csp-agent-war is stopped"),
        ({"a": agent("new", configuration_sha256="x"), "b": agent("new")}, "a: the configuration of csp-agent-war"),
    ],
)
def test_agents_of_the_csp_scenario(agents: dict[str, Any], expected: str) -> None:
    before, after = copy.deepcopy(BEFORE), copy.deepcopy(AFTER)
    set_value(*ARGUMENTS, SETUP)(after)
    before["csp_agents"] = {name: agent("old", platform=row["platform"]) for name, row in agents.items()}
    after["csp_agents"] = agents
    found = problems(before, after, Goal(procedure="B"))
    assert len(found) == bool(expected)
    assert expected in "".join(found)
    found = problems(before, {**after, "endpoint_hosts": AFTER["endpoint_hosts"]}, Goal(procedure="A"))
    assert any("not of the syndication scenario" in problem for problem in found) == (
        any(row["war_sha256"] == "new" for row in agents.values())
    )


def test_converted_settings_need_no_further_run() -> None:
    before = copy.deepcopy(BEFORE)
    before["resource_settings"] = {"script_runs": 1, "damaged": False, "converted": True}
    assert problems(before, AFTER) == []


def test_tasks_of_others_were_there_before() -> None:
    before, after = copy.deepcopy(BEFORE), copy.deepcopy(AFTER)
    before["tasks"] = after["tasks"] = [{"id": 1, "name": "Back up a host", "status": "f", "method": "m"}]
    assert problems(before, after) == []


@pytest.mark.parametrize(
    "name",
    [
        "APS application 'Office365', id 5 : updating upgrade relations for APS packages of application",
        "Importing APS package Office365-16.8.4-34.app.zip",
    ],
)
def test_an_import_that_was_repeated_leaves_cancelled_tasks(name: str) -> None:
    after = copy.deepcopy(AFTER)
    after["tasks"] = [{"id": 9, "name": name, "status": "c", "method": "m"}]
    assert problems(BEFORE, after) == []
    after["tasks"][0]["status"] = "f"
    assert len(problems(BEFORE, after)) == 1


def test_long_lists_of_problems_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(BEFORE, BEFORE, shown=2) is False
    assert f"... and {len(problems(BEFORE, BEFORE)) - 2} more" in capsys.readouterr().err


def test_summary_counts_what_was_checked() -> None:
    assert summary(AFTER) == "1 instances, 1 gateway applications on 1 hosts, 2 service templates, 2 subscriptions"


@pytest.mark.parametrize("found", ["16.8.4", "16.8.4-34", "16.8.4.0"])
def test_version_in_any_form(found: str) -> None:
    assert is_version(found, "16.8.4")


@pytest.mark.parametrize("found", ["16.8.40", "16.8.3-30", None, ""])
def test_other_versions(found: str | None) -> None:
    assert not is_version(found, "16.8.4")
