"""Service templates, their resource types, and resource types as such."""

from __future__ import annotations

import time
from typing import Any

import pytest
from platform_lab import APPLICATION, PlatformLab, RefusedError, wait_for

INACTIVE = 16  # the last of the six Office 365 templates
RESELLERS = 15


def _code(lab: PlatformLab, method: str, **arguments: object) -> tuple[str, int]:
    with pytest.raises(RefusedError) as refused:
        lab.call(method, **arguments)
    return refused.value.code


def _template(lab: PlatformLab, st_id: int) -> dict[str, Any]:
    return next(item for item in lab.platform.state()["service_templates"] if item["id"] == st_id)


def _pairs(**parameters: str) -> list[dict[str, str]]:
    return [{"var_name": name, "var_value": value} for name, value in parameters.items()]


def test_lists_are_by_owner_and_optionally_active_ones_only(lab: PlatformLab) -> None:
    everything = lab.call("pem.getServiceTemplateList", owner_id=1, active=False)
    active = lab.call("pem.getServiceTemplateList", owner_id=1, active=True)
    assert {item["st_id"] for item in everything} - {item["st_id"] for item in active} == {INACTIVE, 18}
    assert {item["st_id"]: item["active"] for item in everything}[INACTIVE] is False
    assert all(item["owner_id"] == 1 for item in everything)
    resellers = lab.call("pem.getServiceTemplateList", owner_id=1000002, active=False)
    assert [item["st_id"] for item in resellers] == [RESELLERS]
    assert set(resellers[0]) == {"st_id", "name", "description", "active", "owner_id"}
    assert _code(lab, "pem.getServiceTemplateList", owner_id=1) == ("OpenAPI", 21)
    assert _code(lab, "pem.getServiceTemplateList", owner_id=77, active=False) == ("Common", 90002)


def test_lists_of_what_changed_since(lab: PlatformLab) -> None:
    now = int(time.time()) - 1
    assert lab.call("pem.getServiceTemplateList", owner_id=1, active=False, m_time=now) == []
    lab.call("pem.deactivateST", st_id=11)
    changed = lab.call("pem.getServiceTemplateList", owner_id=1, active=False, m_time=now)
    assert [item["st_id"] for item in changed] == [11]


def test_a_template_with_and_without_resources(lab: PlatformLab) -> None:
    plain = lab.call("pem.getServiceTemplate", st_id=11, get_resources=False)
    assert plain == {
        "st_id": 11,
        "version": 1,
        "name": "Office 365 Template 01",
        "owner_id": 1,
        "is_active": True,
        "autoprovidable": True,
    }
    resources = lab.call("pem.getServiceTemplate", st_id=11, get_resources=True)["resource_types"]
    tenant = next(item for item in resources if item["name"] == "Office 365 Tenant")
    assert tenant["resclass_name"] == "rc.saas.service"
    assert tenant["limit"] == "1"
    assert isinstance(tenant["usage"], str)
    assert "parent_resource_type_id" not in tenant
    assert "act_params" not in tenant


def test_full_info_is_slow_and_tells_activation_parameters(lab: PlatformLab) -> None:
    started = time.monotonic()
    full = lab.call("pem.getServiceTemplate", st_id=11, get_resources=True, get_full_info=True)
    assert time.monotonic() - started >= 0.3
    tenant = next(item for item in full["resource_types"] if item["name"] == "Office 365 Tenant")
    assert {"var_name": "service_id", "var_value": "tenant"} in tenant["act_params"]
    assert tenant["attributes"] == []
    assert full["act_params"] == []


def test_an_active_template_cannot_be_edited(lab: PlatformLab) -> None:
    limits = [{"resource_id": 103, "resource_limit": 5}]
    assert _code(lab, "pem.addResourceTypeToServiceTemplate", owner_id=1, st_id=11, rt_id=101) == (
        "ResourceManagement",
        90004,
    )
    assert _code(lab, "pem.setSTRTLimits", st_id=11, limits=limits) == ("ResourceManagement", 90004)
    assert _code(lab, "pem.removeServiceTemplate", st_id=11) == ("ResourceManagement", 90004)
    lab.call("pem.deactivateST", st_id=11)
    lab.call("pem.setSTRTLimits", st_id=11, limits=limits)


def test_adding_a_resource_type_and_limits(lab: PlatformLab) -> None:
    assert lab.raw("pem.addResourceTypeToServiceTemplate", {"owner_id": 1, "st_id": INACTIVE, "rt_id": 101}) == {
        "status": 0
    }
    added = next(item for item in _template(lab, INACTIVE)["resource_types"] if item["id"] == 101)
    assert added["limit"] == -1
    again = {"owner_id": 1, "st_id": INACTIVE, "rt_id": 101}
    assert _code(lab, "pem.addResourceTypeToServiceTemplate", **again) == ("ResourceManagement", 90005)
    lab.call("pem.setSTRTLimits", st_id=INACTIVE, limits=[{"resource_id": 101, "resource_limit64": str(2**40)}])
    added = next(item for item in _template(lab, INACTIVE)["resource_types"] if item["id"] == 101)
    assert added["limit"] == 2**40


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"owner_id": 1, "st_id": INACTIVE, "rt_id": 9999}, ("Common", 90002)),
        ({"owner_id": 1, "st_id": 9999, "rt_id": 101}, ("Common", 90002)),
        ({"owner_id": 1000002, "st_id": INACTIVE, "rt_id": 101}, ("Common", 2)),
    ],
)
def test_adding_what_does_not_fit(lab: PlatformLab, arguments: dict[str, int], code: tuple[str, int]) -> None:
    assert _code(lab, "pem.addResourceTypeToServiceTemplate", **arguments) == code


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"resource_id": 101, "resource_limit": 1}, ("ResourceManagement", 90006)),
        ({"resource_id": 103}, ("OpenAPI", 21)),
        ({"resource_id": 103, "resource_limit": -2}, ("OpenAPI", 21)),
        ({"resource_id": 103, "resource_limit64": "many"}, ("OpenAPI", 21)),
    ],
)
def test_limits_that_do_not_fit(lab: PlatformLab, limit: dict[str, object], code: tuple[str, int]) -> None:
    if limit["resource_id"] == 103:
        lab.call("pem.deactivateST", st_id=11)
    st_id = 11 if limit["resource_id"] == 103 else INACTIVE
    assert _code(lab, "pem.setSTRTLimits", st_id=st_id, limits=[limit]) == code


def test_switching_is_repeatable_and_leaves_a_task(lab: PlatformLab) -> None:
    lab.faults.add("task:mn01:Provisioning", "delay", seconds=0.3)
    lab.call("pem.deactivateST", st_id=11)
    url = "https://office365gateway01.hosting.local/Office365GatewayApplication01/aps/"
    assert lab.task("Provisioning") is not None
    assert lab.psql("select name from tm_tasks where status in ('u', 'e')") == [
        [f'Provisioning "Tenant" for APS application Office365({url})']
    ]
    wait_for(lambda: lab.task("Provisioning") is None)
    lab.call("pem.deactivateST", st_id=11)
    assert lab.task("Provisioning") is None
    assert _template(lab, 11)["active"] is False
    lab.call("pem.activateST", st_id=11)
    lab.call("pem.activateST", st_id=11)
    assert _template(lab, 11)["active"] is True


def test_creating_cloning_and_removing(lab: PlatformLab) -> None:
    created = lab.call(
        "pem.addServiceTemplate",
        owner_id=1,
        name="New",
        resources=[{"resource_type_id": 101}, {"resource_type_id": 102, "subscription_id": 1}],
        auto_provisioning=True,
    )
    st_id = created["st_id"]
    assert isinstance(st_id, int)
    new = _template(lab, st_id)
    assert (new["active"], [item["limit"] for item in new["resource_types"]]) == (False, [-1, -1])
    clone = lab.call("pem.cloneServiceTemplate", service_template_id=11, name="Clone")["st_id"]
    assert _template(lab, clone)["resource_types"] == _template(lab, 11)["resource_types"]
    assert _template(lab, clone)["active"] is False
    lab.call("pem.removeServiceTemplate", st_id=clone)
    assert clone not in [item["id"] for item in lab.platform.state()["service_templates"]]
    lab.call("pem.deactivateST", st_id=11)
    assert _code(lab, "pem.removeServiceTemplate", st_id=11) == ("ResourceManagement", 90007)


def test_templates_with_account_wide_services_exclude_each_other(lab: PlatformLab) -> None:
    wide = lab.call("pem.addServiceTemplate", owner_id=1, name="Wide", resources=[], account_wide_services=True)
    lab.call("pem.activateST", st_id=wide["st_id"])
    question = {"account_id": 2000001, "st_ids": [{"st_id": 11}, {"st_id": wide["st_id"]}]}
    answer = lab.call("pem.checkServiceTemplatesForProvisioning", **question)
    assert [item["can_be_provided"] for item in answer] == [True, True]
    lab.call("pem.addSubscription", account_id=2000001, service_template_id=wide["st_id"])
    answer = lab.call("pem.checkServiceTemplatesForProvisioning", **question)
    assert answer == [{"st_id": 11, "can_be_provided": True}, {"st_id": wide["st_id"], "can_be_provided": False}]


def test_resource_types_by_class(lab: PlatformLab) -> None:
    links = lab.call("pem.getResourceTypesByClass", resclass_name="rc.saas.service.link")
    assert len(links) == 3 * 4
    assert set(links[0]) == {"resource_type_id", "resource_type_name"}
    same = lab.call("pem.getResourceTypesByClass", friendly_name="Application Service Reference")
    assert same == links
    assert lab.call("pem.getResourceTypesByClass", resclass_name="rc.saas.resource.unit") == []
    assert _code(lab, "pem.getResourceTypesByClass") == ("OpenAPI", 21)
    assert _code(lab, "pem.getResourceTypesByClass", resclass_name="rc.saas.counter") == ("Common", 90002)


@pytest.mark.parametrize(
    ("resource_class", "parameters", "code"),
    [
        ("rc.saas.service", {"app_id": "5"}, ("Common", 2)),
        ("rc.saas.service", {"app_id": "five", "service_id": "tenant"}, ("Common", 2)),
        ("rc.saas.service", {"app_id": "77", "service_id": "tenant"}, ("Common", 90002)),
        ("rc.saas.service", {"app_id": "5", "service_id": "TenantContactData"}, ("Common", 90002)),
        ("rc.saas.service", {"app_id": "5", "service_id": "tenant", "colour": "red"}, ("Common", 2)),
        ("rc.saas.resource.unit", {"app_id": "5", "resource_id": "totalPointsSold"}, ("Common", 90002)),
        ("rc.saas.service.link", {"app_id": "5", "resource_uid": "nobody"}, ("Common", 90002)),
        ("rc.saas.counter", {"app_id": "5"}, ("Common", 90002)),
    ],
)
def test_resource_types_that_do_not_fit(
    lab: PlatformLab, resource_class: str, parameters: dict[str, str], code: tuple[str, int]
) -> None:
    arguments = {"resclass_name": resource_class, "name": "X", "act_params": _pairs(**parameters)}
    assert _code(lab, "pem.addResourceType", **arguments) == code


def test_a_resource_type_from_creation_to_removal(lab: PlatformLab) -> None:
    uid = lab.installation.instances[0].resource_uuid
    rt_id = lab.call(
        "pem.addResourceType",
        resclass_name="rc.saas.service.link",
        name="Reference",
        attrs=["one", "two"],
        act_params=_pairs(app_id=str(APPLICATION), resource_uid=uid),
    )["resource_type_id"]
    assert isinstance(rt_id, int)
    created = next(item for item in lab.platform.state()["resource_types"] if item["id"] == rt_id)
    assert created == {
        "id": rt_id,
        "name": "Reference",
        "resource_class": "rc.saas.service.link",
        "activation_parameters": {"app_id": "5", "resource_uid": uid},
        "instance_id": None,
    }
    lab.call("pem.setRTAttributes", rt_id=rt_id, attr=["three"])
    assert lab.psql("select attribute from lab_rt_attributes where rt_id = :'rt'", rt=rt_id) == [["three"]]
    lab.call("pem.setRTActParams", rt_id=rt_id, act_params=_pairs(s_limit="7"))
    assert _code(lab, "pem.setRTActParams", rt_id=rt_id, act_params=_pairs(colour="red")) == ("Common", 2)
    lab.call("pem.addResourceTypeToServiceTemplate", owner_id=1, st_id=INACTIVE, rt_id=rt_id)
    assert _code(lab, "pem.removeResourceType", rt_id=rt_id) == ("ResourceManagement", 90007)
    clone = lab.call(
        "pem.addResourceType",
        resclass_name="rc.saas.service.link",
        name="Reference",
        act_params=_pairs(app_id=str(APPLICATION), resource_uid=uid),
    )["resource_type_id"]
    lab.call("pem.removeResourceType", rt_id=clone)
    assert clone not in [item["id"] for item in lab.platform.state()["resource_types"]]
