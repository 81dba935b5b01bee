# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oa_resource_type and oa_resource_type_info."""

from __future__ import annotations

from typing import Any

import pytest

CONTACT_DATA = {
    "name": "Office 365 Tenant Contact Data",
    "resource_class": "rc.saas.service",
    "activation_parameters": {"app_id": 5, "service_id": "TenantContactData", "autoprovide_service": False},
    "application_instance_ids": [1001, 1002],
}
CREATED = {
    "resclass_name": "rc.saas.service",
    "name": "Office 365 Tenant Contact Data",
    "act_params": [
        {"var_name": "app_id", "var_value": "5"},
        {"var_name": "service_id", "var_value": "TenantContactData"},
        {"var_name": "autoprovide_service", "var_value": "0"},
    ],
}


def expect_services(wire: Any, **types: int) -> None:
    for instance, number in types.items():
        wire.call(
            "pem.APS.getApplicationInstanceServiceResourceTypes",
            {"application_instance_id": int(instance[1:]), "service_id": "TenantContactData"},
            [{"service_id": "TenantContactData", "service_resource_type_id": number}],
        )


def expect_names(wire: Any, *numbers: int) -> None:
    """Types of the wanted name among others."""
    wire.call(
        "pem.getResourceTypesByClass",
        {"resclass_name": "rc.saas.service"},
        [
            {"resource_type_id": 5, "resource_type_name": "Tenant"},
            *({"resource_type_id": number, "resource_type_name": CONTACT_DATA["name"]} for number in numbers),
        ],
    )


def expect_all_services(wire: Any, **users: int) -> None:
    for instance, number in users.items():
        wire.call(
            "pem.APS.getApplicationInstanceServiceResourceTypes",
            {"application_instance_id": int(instance[1:]), "service_id": ""},
            [
                {"service_id": "TenantContactData", "service_resource_type_id": 0},
                {"service_id": "user", "service_resource_type_id": number},
            ],
        )


@pytest.mark.parametrize("check", [True, False])
def test_creates_the_type_of_a_service(wire: Any, run: Any, check: bool) -> None:
    expect_services(wire, i1001=0, i1002=0)
    expect_names(wire)
    if not check:
        wire.call("pem.addResourceType", CREATED, {"resource_type_id": 77})
        expect_services(wire, i1001=77, i1002=0)
    result = run("oa_resource_type", check=check, diff=True, **CONTACT_DATA)
    numbers = [None, 0, 0] if check else [77, 77, 77]
    assert result["changed"] is True
    assert result["resource_type_id"] == numbers[0]
    assert result["resource_type_ids"] == [
        {"application_instance_id": 1001, "resource_type_id": numbers[1]},
        {"application_instance_id": 1002, "resource_type_id": numbers[2]},
    ]
    assert result["diff"] == {
        "before": {},
        "after": {"name": "Office 365 Tenant Contact Data", "resource_class": "rc.saas.service"},
    }


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("first", [0, 77])
def test_a_type_that_is_not_listed_yet_is_not_created_again(wire: Any, run: Any, check: bool, first: int) -> None:
    expect_services(wire, i1001=first, i1002=0)
    expect_names(wire, 77)
    expect_all_services(wire, i1001=6, i1002=6)
    result = run("oa_resource_type", check=check, **CONTACT_DATA)
    assert (result["changed"], result["resource_type_id"]) == (False, 77)
    assert [row["resource_type_id"] for row in result["resource_type_ids"]] == [77, 77]


def test_a_type_of_another_service_is_not_taken(wire: Any, run: Any) -> None:
    expect_services(wire, i1001=0, i1002=0)
    expect_names(wire, 6)
    expect_all_services(wire, i1001=6, i1002=0)
    wire.call("pem.addResourceType", CREATED, {"resource_type_id": 77})
    expect_services(wire, i1001=77, i1002=77)
    result = run("oa_resource_type", **CONTACT_DATA)
    assert (result["changed"], result["resource_type_id"]) == (True, 77)


def test_of_two_types_that_are_not_listed_none_is_taken(wire: Any, run: Any) -> None:
    expect_services(wire, i1001=0, i1002=0)
    expect_names(wire, 77, 78)
    expect_all_services(wire, i1001=0, i1002=0)
    result = run("oa_resource_type", **CONTACT_DATA)
    assert result["failed"] is True
    assert "Nothing was created: 2 resource types of class rc.saas.service" in result["msg"]
    assert "(77, 78)" in result["msg"]


def test_leaves_an_existing_type_alone(wire: Any, run: Any) -> None:
    expect_services(wire, i1001=77, i1002=77)
    result = run("oa_resource_type", **CONTACT_DATA)
    assert result["changed"] is False
    assert result["resource_type_id"] == 77
    assert "diff" not in result


def test_a_type_without_a_service_is_known_by_its_name(wire: Any, run: Any) -> None:
    wire.call(
        "pem.getResourceTypesByClass",
        {"resclass_name": "rc.disk"},
        [{"resource_type_id": "9", "resource_type_name": "Disk"}],
    )
    result = run("oa_resource_type", name="Disk", resource_class="rc.disk")
    assert (result["changed"], result["resource_type_id"], result["resource_type_ids"]) == (False, 9, [])


@pytest.mark.parametrize("check", [True, False])
def test_removes_the_one_type_of_that_name(wire: Any, run: Any, check: bool) -> None:
    rows = [{"resource_type_id": 9, "resource_type_name": "Disk"}]
    wire.call("pem.getResourceTypesByClass", {"resclass_name": "rc.disk"}, rows)
    if not check:
        wire.call("pem.removeResourceType", {"rt_id": 9})
    result = run("oa_resource_type", check=check, name="Disk", resource_class="rc.disk", state="absent")
    assert (result["changed"], result["resource_type_id"]) == (True, 9)


def test_removing_what_is_not_there_changes_nothing(wire: Any, run: Any) -> None:
    wire.call("pem.getResourceTypesByClass", {"resclass_name": "rc.disk"}, [])
    result = run("oa_resource_type", name="Disk", resource_class="rc.disk", state="absent")
    assert (result["changed"], result["resource_type_id"]) == (False, None)


def test_of_two_types_with_one_name_none_is_removed(wire: Any, run: Any) -> None:
    rows = [{"resource_type_id": number, "resource_type_name": "Disk"} for number in (9, 10)]
    wire.call("pem.getResourceTypesByClass", {"resclass_name": "rc.disk"}, rows)
    result = run("oa_resource_type", name="Disk", resource_class="rc.disk", state="absent")
    assert result["failed"] is True
    assert "Nothing was removed: 2 resource types" in result["msg"]


def test_lists_the_types_of_classes(wire: Any, run: Any) -> None:
    wire.call(
        "pem.getResourceTypesByClass",
        {"resclass_name": "rc.a"},
        [{"resource_type_id": 5, "resource_type_name": "B"}, {"resource_type_id": "4", "resource_type_name": "A"}],
    )
    wire.call("pem.getResourceTypesByClass", {"resclass_name": "rc.b"}, [])
    result = run("oa_resource_type_info", resource_classes=["rc.a", "rc.b", "rc.a"])
    assert result == {
        "changed": False,
        "resource_types": [
            {"resource_type_id": 4, "name": "A", "resource_class": "rc.a"},
            {"resource_type_id": 5, "name": "B", "resource_class": "rc.a"},
        ],
    }
