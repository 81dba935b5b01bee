# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oa_service_template and oa_service_template_info."""

from __future__ import annotations

import xmlrpc.client
from typing import Any

import pytest
from ansible_collections.odin.office365.tests.unit.plugins.wire import response, xml


def expect_template(
    wire: Any, number: int, *, active: bool = False, types: dict[int, Any] | None = None, resources: bool = True
) -> None:
    wire.call(
        "pem.getServiceTemplate",
        {"st_id": number, "get_resources": resources},
        {
            "st_id": number,
            "name": f"Template {number}",
            "is_active": active,
            "owner_id": 1,
            "autoprovidable": True,
            "resource_types": [
                {"resource_type_id": key, "name": f"Type {key}", "resclass_name": "rc.saas.service", "limit": limit}
                for key, limit in (types or {}).items()
            ],
        },
    )


def add(number: int, resource_type: int) -> tuple[str, dict[str, Any], None]:
    return (
        "pem.addResourceTypeToServiceTemplate",
        {"st_id": number, "owner_id": 1, "rt_id": resource_type},
        None,
    )


@pytest.mark.parametrize("check", [True, False])
def test_adds_a_missing_type_with_its_limit(wire: Any, run: Any, check: bool) -> None:
    expect_template(wire, 12, types={5: "3"})
    if not check:
        limits = {"st_id": 12, "limits": [{"resource_id": 77, "resource_limit64": "-1"}]}
        request = wire.transaction("service-template-12", add(12, 77), ("pem.setSTRTLimits", limits, None))
        wire.request_status(request, 1)
        wire.request_status(request)
    result = run(
        "oa_service_template",
        check=check,
        diff=True,
        service_template_ids=[12],
        resource_types=[{"resource_type_id": 77, "limit": -1}],
    )
    assert result["changed"] is True
    assert result["rows"] == [
        {
            "service_template_id": 12,
            "name": "Template 12",
            "owner_id": 1,
            "changed": True,
            "outcome": "changed",
            "active_before": False,
            "active": False,
            "resource_types_added": [77],
            "limits_changed": [],
            "message": "",
        }
    ]
    assert result["diff"] == {
        "before": {"12": {"active": False, "resource_types": {"5": 3}}},
        "after": {"12": {"active": False, "resource_types": {"5": 3, "77": -1}}},
    }
    assert wire.pauses == ([] if check else [0.5])


def test_check_mode_assumes_that_an_earlier_task_has_deactivated_the_templates(wire: Any, run: Any) -> None:
    """What would be refused now, and would be done then; the second template lacks nothing."""
    expect_template(wire, 12, active=True)
    expect_template(wire, 13, active=True, types={77: "-1"})
    options = {"service_template_ids": [12, 13], "resource_types": [{"resource_type_id": 77, "limit": -1}]}
    result = run("oa_service_template", check=True, assume_inactive=True, readers=1, **options)
    words = ("outcome", "active_before", "active", "resource_types_added")
    told = [tuple(row[word] for word in words) for row in result["rows"]]
    assert told == [("changed", False, False, [77]), ("unchanged", False, False, [])]


def test_a_real_run_assumes_nothing(wire: Any, run: Any) -> None:
    expect_template(wire, 12, active=True, resources=False)
    result = run("oa_service_template", assume_inactive=True, service_template_ids=[12], state="active")
    assert result["changed"] is False


def test_the_second_run_changes_nothing(wire: Any, run: Any) -> None:
    expect_template(wire, 12, types={77: "-1"})
    options = {"service_template_ids": [12], "resource_types": [{"resource_type_id": 77, "limit": -1}]}
    result = run("oa_service_template", **options)
    assert (result["changed"], result["rows"][0]["outcome"]) == (False, "unchanged")


def test_a_present_limit_changes_only_where_one_is_given(wire: Any, run: Any) -> None:
    expect_template(wire, 12, types={5: 3, 6: 4})
    limits = {"st_id": 12, "limits": [{"resource_id": 6, "resource_limit64": "5000000000"}]}
    wire.request_status(wire.transaction("service-template-12", ("pem.setSTRTLimits", limits, None)))
    types = [{"resource_type_id": 5}, {"resource_type_id": 6, "limit": 5000000000}]
    result = run("oa_service_template", service_template_ids=[12], resource_types=types)
    row = result["rows"][0]
    assert (row["resource_types_added"], row["limits_changed"]) == ([], [6])


def test_an_active_template_is_refused_before_anything_is_written(wire: Any, run: Any) -> None:
    expect_template(wire, 12)
    expect_template(wire, 13, active=True)
    options = {"service_template_ids": [12, 13], "resource_types": [{"resource_type_id": 77}], "readers": 1}
    result = run("oa_service_template", **options)
    assert result["failed"] is True
    assert "these are active: 13 (Template 13)" in result["msg"]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(("state", "method"), [("active", "pem.activateST"), ("inactive", "pem.deactivateST")])
def test_switches_the_state(wire: Any, run: Any, check: bool, state: str, method: str) -> None:
    wanted = state == "active"
    expect_template(wire, 12, active=not wanted, resources=False)
    if not check:
        wire.request_status(wire.transaction("service-template-12", (method, {"st_id": 12}, None)))
    result = run("oa_service_template", check=check, service_template_ids=[12], state=state)
    row = result["rows"][0]
    assert (row["changed"], row["active_before"], row["active"]) == (True, not wanted, wanted)


def test_a_template_in_the_wanted_state_is_left_alone(wire: Any, run: Any) -> None:
    expect_template(wire, 12, active=True, resources=False)
    assert run("oa_service_template", service_template_ids=[12, 12], state="active")["changed"] is False


def test_edits_while_it_is_switched_off(wire: Any, run: Any) -> None:
    expect_template(wire, 12, active=True)
    wire.request_status(wire.transaction("service-template-12", ("pem.deactivateST", {"st_id": 12}, None), add(12, 77)))
    result = run(
        "oa_service_template", service_template_ids=[12], state="inactive", resource_types=[{"resource_type_id": 77}]
    )
    assert result["rows"][0]["resource_types_added"] == [77]


def test_a_refused_template_does_not_stop_the_others(wire: Any, run: Any) -> None:
    expect_template(wire, 12)
    expect_template(wire, 13)
    wire.transaction("service-template-12", commit=False)
    arguments = {**add(12, 77)[1], "txn_id": "7001"}
    wire.refused("pem.addResourceTypeToServiceTemplate", arguments, error_message="no such type", extype_id=4)
    wire.request_status(wire.transaction("service-template-13", add(13, 77), txn_id="7002"))
    options = {"service_template_ids": [12, 13], "resource_types": [{"resource_type_id": 77}], "readers": 1}
    result = run("oa_service_template", **options)
    assert result["failed"] is True
    assert result["changed"] is True
    assert [row["outcome"] for row in result["rows"]] == ["failed", "changed"]
    assert "no such type" in result["rows"][0]["message"]


@pytest.mark.parametrize("check", [True, False])
def test_a_template_that_cannot_be_read_does_not_stop_the_others(wire: Any, run: Any, check: bool) -> None:
    """Somebody has removed it meanwhile."""
    expect_template(wire, 12, resources=False)
    wire.refused(
        "pem.getServiceTemplate", {"st_id": 13, "get_resources": False}, error_message="no such template", extype_id=4
    )
    expect_template(wire, 14, resources=False)
    if not check:
        first = wire.transaction("service-template-12", ("pem.activateST", {"st_id": 12}, None), txn_id="7001")
        second = wire.transaction("service-template-14", ("pem.activateST", {"st_id": 14}, None), txn_id="7002")
        wire.request_status(first)
        wire.request_status(second)
    options = {"service_template_ids": [12, 13, 14], "state": "active", "assume_inactive": True, "readers": 1}
    result = run("oa_service_template", check=check, diff=True, **options)
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"].startswith("1 of 3 service templates failed: service template 13: The platform refused")
    assert "no such template" in result["msg"]
    assert [row["outcome"] for row in result["rows"]] == ["changed", "failed", "changed"]
    unread = result["rows"][1]
    assert (unread["name"], unread["changed"], unread["active_before"], unread["active"]) == ("", False, None, None)
    assert result["diff"]["before"]["13"] == result["diff"]["after"]["13"]


def test_where_no_template_can_be_read_nothing_is_written(wire: Any, run: Any) -> None:
    wire.refused("pem.getServiceTemplate", {"st_id": 13, "get_resources": True}, error_message="no", extype_id=4)
    result = run("oa_service_template", service_template_ids=[13], resource_types=[{"resource_type_id": 77}])
    assert (result["failed"], result["changed"], result["rows"][0]["outcome"]) == (True, False, "failed")


def test_a_failed_task_is_told_with_its_reasons(wire: Any, run: Any) -> None:
    expect_template(wire, 12, resources=False)
    request = wire.transaction("service-template-12", ("pem.activateST", {"st_id": 12}, None))
    wire.request_status(request, 2, ["the template is broken"])
    result = run("oa_service_template", service_template_ids=[12], state="active")
    assert result["failed"] is True
    assert "the template is broken" in result["msg"]
    assert request.value in result["msg"]
    assert (result["rows"][0]["outcome"], result["rows"][0]["changed"]) == ("failed", True)


def test_waiting_has_an_end(wire: Any, run: Any) -> None:
    expect_template(wire, 12, resources=False)
    request = wire.transaction("service-template-12", ("pem.activateST", {"st_id": 12}, None))
    for _try in range(3):
        wire.request_status(request, 1)
    options = {"service_template_ids": [12], "state": "active", "timeout": 1, "poll_interval": 5}
    result = run("oa_service_template", **options)
    assert "did not end within 1 seconds" in result["msg"]
    assert wire.pauses == [0.5, 0.5]


def test_lists_templates_by_their_resource_types(wire: Any, run: Any) -> None:
    for owner, numbers in ((1, (13, 12)), (1000002, (14,))):
        rows = [{"st_id": n, "name": f"Template {n}", "active": True, "owner_id": owner} for n in numbers]
        wire.call("pem.getServiceTemplateList", {"owner_id": owner, "active": False}, rows)
    expect_template(wire, 12, types={5: -1})
    expect_template(wire, 13, types={77: "10"})
    expect_template(wire, 14, types={5: -1, 77: -1})
    options = {"owner_ids": [1, 1000002, 1], "resource_type_ids": [77], "resources": True, "readers": 1}
    result = run("oa_service_template_info", **options)
    assert [row["service_template_id"] for row in result["service_templates"]] == [13, 14]
    assert result["service_templates"][0]["resource_types"] == [
        {"resource_type_id": 77, "name": "Type 77", "resource_class": "rc.saas.service", "limit": 10, "usage": None}
    ]


def test_reads_many_templates_at_the_same_time(wire: Any, run: Any) -> None:
    for _template in range(20, 30):
        wire.raw("pem.getServiceTemplate", None, answer)
    result = run("oa_service_template_info", service_template_ids=list(range(20, 30)), readers=4)
    assert [row["name"] for row in result["service_templates"]] == [f"Template {n}" for n in range(20, 30)]


def answer(request: Any) -> Any:
    params: Any = xmlrpc.client.loads(request.body)[0]
    return response(200, xml({"status": 0, "result": {"name": f"Template {params[0]['st_id']}", "is_active": True}}))
