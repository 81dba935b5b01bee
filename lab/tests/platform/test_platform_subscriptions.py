"""Subscriptions and the rules of their limits."""

from __future__ import annotations

from typing import Any

import pytest
from platform_lab import PlatformLab, RefusedError, wait_for

SUBSCRIPTION = 1000001  # of template 11, instance 1001
BACKUP_SPACE = 101  # a counter; subscriptions of Office 365 do not have it
BACKUP_AGENT = 102  # a service; they do not have it either
OVERUSE = ("ResourceManagement", 100)


def _code(lab: PlatformLab, method: str, **arguments: object) -> tuple[str, int]:
    with pytest.raises(RefusedError) as refused:
        lab.call(method, **arguments)
    return refused.value.code


def _resource_type(lab: PlatformLab, name: str) -> int:
    found: int = next(item["id"] for item in lab.platform.state()["resource_types"] if item["name"] == name)
    return found


def _resources(lab: PlatformLab, subscription: int = SUBSCRIPTION) -> dict[int, tuple[int, int]]:
    """Limit and usage by resource type."""
    answer = lab.call("pem.getSubscription", subscription_id=subscription, get_resources=True)
    return {item["resource_type_id"]: (int(item["limit"]), int(item["usage"])) for item in answer["resource_types"]}


def _use(lab: PlatformLab, rt_id: int, usage: int) -> None:
    """Let the subscription use a resource, which no method of the API can do."""
    query = "update subs_resources set curr_usage = :'usage' where sub_id = :'subscription' and rt_id = :'rt_id'"
    lab.psql(query, "postgres", usage=usage, subscription=SUBSCRIPTION, rt_id=rt_id)


def _set(lab: PlatformLab, rt_id: int, limit: object, **more: object) -> None:
    lab.call(
        "pem.setResourceTypeLimits",
        subscription_id=SUBSCRIPTION,
        resource_limits=[{"resource_type_id": rt_id, "limit": limit}],
        parameters=[],
        **more,
    )


def test_reading_a_subscription(lab: PlatformLab) -> None:
    answer = lab.call("pem.getSubscription", subscription_id=SUBSCRIPTION, get_resources=True)
    assert answer["st_id"] == 11
    assert answer["owner_id"] == 2000001
    assert answer["is_active"] is True
    assert answer["c_date"] == "2017-01-01 00:00:00"
    tenant = next(item for item in answer["resource_types"] if item["name"] == "Office 365 Tenant")
    assert tenant["limit"] == "1"
    assert tenant["parent_resource_type_id"] == -1
    assert "resource_types" not in lab.call("pem.getSubscription", subscription_id=SUBSCRIPTION, get_resources=False)
    assert _code(lab, "pem.getSubscription", subscription_id=5, get_resources=False) == ("Common", 90002)


def test_subscriptions_of_an_account(lab: PlatformLab) -> None:
    assert lab.call("pem.getAccountSubscriptions", account_id=2000001) == [SUBSCRIPTION]
    assert lab.call("pem.getAccountSubscriptions", account_id=1) == [1]
    assert _code(lab, "pem.getAccountSubscriptions", account_id=5) == ("Common", 90002)


def test_usage_of_one_subscription_and_of_all_customers(lab: PlatformLab) -> None:
    tenant = _resource_type(lab, "Office 365 Tenant")
    usage = lab.call("pem.getResourceUsage", subscription_id=SUBSCRIPTION, resource_type_ids=[tenant, BACKUP_SPACE])
    assert usage["subscription_id"] == SUBSCRIPTION
    (row,) = usage["resource_type_usages"]
    assert (row["resource_type_id"], row["limit"]) == (tenant, "1")
    assert isinstance(row["usage"], int)
    assert isinstance(row["usage64"], str)
    assert isinstance(row["last_checkpoint"], int)
    customers = lab.call("pem.getCustomerSubscriptionsResources", vendor_account_id=1, resource_type_ids=[tenant])
    with_tenant = [
        item["owner_id"] for item in lab.platform.state()["subscriptions"] if str(tenant) in item["resource_types"]
    ]
    assert [item["account_id"] for item in customers] == with_tenant
    assert customers[0]["resources"][0]["resource_type_usages"] == [row]


def test_a_resource_type_can_be_added(lab: PlatformLab) -> None:
    assert BACKUP_SPACE not in _resources(lab)
    _set(lab, BACKUP_SPACE, "-1")
    assert _resources(lab)[BACKUP_SPACE] == (-1, 0)
    _set(lab, BACKUP_SPACE, 25)
    assert _resources(lab)[BACKUP_SPACE] == (25, 0)
    lab.call(
        "pem.setResourceTypeLimit",
        subscription_id=SUBSCRIPTION,
        resource_type_id=BACKUP_SPACE,
        limit=3,
        limit64=str(2**40),
    )
    assert _resources(lab)[BACKUP_SPACE] == (2**40, 0)


@pytest.mark.parametrize("limit", ["", "many", "-2", "1.5", True])
def test_limits_are_whole_numbers(lab: PlatformLab, limit: object) -> None:
    with pytest.raises(RefusedError) as refused:
        _set(lab, BACKUP_SPACE, limit)
    assert refused.value.code == ("OpenAPI", 21)
    assert BACKUP_SPACE not in _resources(lab)


def test_what_does_not_exist(lab: PlatformLab) -> None:
    with pytest.raises(RefusedError) as refused:
        _set(lab, 9999, "1")
    assert refused.value.code == ("Common", 90002)
    no_limit = {"subscription_id": SUBSCRIPTION, "resource_type_id": BACKUP_SPACE}
    assert _code(lab, "pem.setResourceTypeLimit", **no_limit) == ("OpenAPI", 21)
    assert _code(lab, "pem.setResourceTypeLimits", subscription_id=SUBSCRIPTION, resource_limits=[]) == ("OpenAPI", 21)


@pytest.mark.parametrize("autoprovide", [False, True])
def test_a_limit_below_the_usage_is_refused_in_both_modes(lab: PlatformLab, autoprovide: bool) -> None:
    _set(lab, BACKUP_SPACE, "10")
    _use(lab, BACKUP_SPACE, 10)
    with pytest.raises(RefusedError) as refused:
        _set(lab, BACKUP_SPACE, "9", autoprovide=autoprovide)
    assert refused.value.code == OVERUSE
    assert refused.value.answer["properties"] == {
        "resource_type_id": str(BACKUP_SPACE),
        "subscription_id": str(SUBSCRIPTION),
        "usage": "10",
        "limit": "9",
    }
    assert _resources(lab)[BACKUP_SPACE] == (10, 10)
    _set(lab, BACKUP_SPACE, "-1")
    _set(lab, BACKUP_SPACE, "10")


def test_zero_without_autoprovide_leaves_overuse(lab: PlatformLab) -> None:
    _set(lab, BACKUP_AGENT, "1")
    _use(lab, BACKUP_AGENT, 1)
    _set(lab, BACKUP_AGENT, "0")
    assert _resources(lab)[BACKUP_AGENT] == (0, 1)
    assert lab.task("rovisioning") is None


def test_autoprovide_provides_and_unprovides_services(lab: PlatformLab) -> None:
    tenant = _resource_type(lab, "Office 365 Tenant")
    _set(lab, tenant, "0")
    _use(lab, tenant, 0)
    lab.faults.add("task:mn01:rovisioning", "delay", times=2, seconds=0.2)
    _set(lab, tenant, "1", autoprovide=True)
    url = lab.installation.instances[0].endpoint_uri
    task = lab.task("Provisioning")
    assert task is not None
    assert task["name"] == f'Provisioning "Tenant" for APS application Office365({url})'
    assert lab.psql("select subscription_id from tm_tasks where status in ('u', 'e')") == [[str(SUBSCRIPTION)]]
    wait_for(lambda: _resources(lab)[tenant] == (1, 1))
    _set(lab, tenant, "1", autoprovide=True)
    assert lab.task("rovisioning") is None
    _set(lab, tenant, "0", autoprovide=True)
    wait_for(lambda: _resources(lab)[tenant] == (0, 0))


def test_a_service_reference_is_never_unprovisioned(lab: PlatformLab) -> None:
    offer = _resource_type(lab, "Office 365 Enterprise E3")
    _set(lab, offer, "50")
    _use(lab, offer, 5)
    _set(lab, offer, "0", autoprovide=True)
    assert lab.task("rovisioning") is None
    assert _resources(lab)[offer] == (0, 5)


def test_a_new_subscription(lab: PlatformLab) -> None:
    sub_id = lab.call("pem.addSubscription", account_id=2000001, service_template_id=11)["subscription_id"]
    assert isinstance(sub_id, int)
    limits = {item["id"]: item["limit"] for item in lab.platform.state()["service_templates"][0]["resource_types"]}
    assert {rt_id: limit for rt_id, (limit, _) in _resources(lab, sub_id).items()} == limits
    assert lab.task("rovisioning") is None
    lab.call("pem.removeSubscription", subscription_id=sub_id)
    assert _code(lab, "pem.getSubscription", subscription_id=sub_id, get_resources=False) == ("Common", 90002)


def test_an_activated_subscription_has_own_limits_and_is_provisioned(lab: PlatformLab) -> None:
    tenant, offer = _resource_type(lab, "Office 365 Tenant"), _resource_type(lab, "Office 365 Enterprise E3")
    arguments: dict[str, Any] = {
        "subscription_id": 1777777,
        "account_id": 2000001,
        "service_template_id": 11,
        "resource_limits": [{"resource_id": offer, "resource_limit": 3}],
    }
    assert lab.call("pem.activateSubscription", **arguments) == {"subscription_id": 1777777}
    wait_for(lambda: _resources(lab, 1777777)[tenant] == (1, 1))
    assert _resources(lab, 1777777)[offer] == (3, 0)
    assert _code(lab, "pem.activateSubscription", **arguments) == ("ResourceManagement", 205)
    inactive = {"account_id": 2000001, "service_template_id": 16}
    assert _code(lab, "pem.addSubscription", **inactive) == ("ResourceManagement", 90008)
