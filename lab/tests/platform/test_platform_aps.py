"""The APS controller: tokens, lists and their parts, queries, resources, the resource type manager."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import requests
from office365_lab.options import LabOptions
from office365_lab.platform.aps import rql
from platform_lab import FAST, PlatformLab, RefusedError, running

SUBSCRIPTIONS = "/collections/subscriptions"
OFFICE = "http://www.parallels.com/Office365"


def _ids(answer: requests.Response) -> list[int]:
    assert answer.status_code in (200, 206), answer.text
    return [item["subscriptionId"] for item in answer.json()]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("pem.APS.getUserToken", {"user_id": 1}),
        ("pem.APS.getAccountToken", {"account_id": 1, "subscription_id": 0}),
        ("pem.APS.getAccountToken", {"account_id": 2000001, "subscription_id": 1000001}),
        ("pem.APS.getSubscriptionToken", {"subscription_id": 1000001}),
        ("pem.APS.getApplicationInstanceToken", {"application_instance_id": 1001}),
    ],
)
def test_tokens(lab: PlatformLab, method: str, arguments: dict[str, int]) -> None:
    answer = lab.call(method, **arguments)
    assert answer["controller_uri"] == f"https://127.0.0.1:{lab.addresses.aps_port}/"
    assert lab.rest("/packages", token=answer["aps_token"]).status_code == 200


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("pem.APS.getUserToken", {"user_id": 2}),
        ("pem.APS.getAccountToken", {"account_id": 7, "subscription_id": 0}),
        ("pem.APS.getAccountToken", {"account_id": 1, "subscription_id": 7}),
        ("pem.APS.getSubscriptionToken", {"subscription_id": 7}),
        ("pem.APS.getApplicationInstanceToken", {"application_instance_id": 7}),
    ],
)
def test_tokens_for_nobody(lab: PlatformLab, method: str, arguments: dict[str, int]) -> None:
    with pytest.raises(RefusedError) as refused:
        lab.call(method, **arguments)
    assert refused.value.code == ("Common", 90002)


def test_without_a_valid_token_nothing_is_told(lab: PlatformLab) -> None:
    url = f"https://127.0.0.1:{lab.addresses.aps_port}/aps"
    assert requests.get(f"{url}/2/packages", verify=lab.authority, timeout=10).status_code == 403
    wrong = lab.rest("/packages", token="nonsense")
    assert (wrong.status_code, wrong.json()["message"]) == (403, "Token is not valid")
    assert requests.get(url, verify=lab.authority, timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url, timeout=10)


def test_a_token_expires(tmp_path: Path) -> None:
    with running(tmp_path, LabOptions.from_json({**FAST.to_json(), "token_seconds": 0.3})) as lab:
        token = lab.token()
        assert lab.rest("/packages", token=token).status_code == 200
        time.sleep(0.35)
        late = lab.rest("/packages", token=token)
        assert late.status_code == 403
        assert late.json() == {"code": 403, "type": "APS::Util::AccessViolation", "message": "Token expired"}
        assert lab.rest("/packages").status_code == 200


def test_subscriptions_of_a_template(lab: PlatformLab) -> None:
    answer = lab.rest(f"{SUBSCRIPTIONS}?serviceTemplateId=eq=11")
    assert answer.status_code == 200
    assert answer.headers["Content-Range"] == "items 0-1/2"
    assert answer.headers["Content-Type"] == "application/json"
    assert _ids(answer) == [1000001, 1000007]
    item = answer.json()[0]
    assert item["serviceTemplateId"] == 11
    assert isinstance(item["subscriptionId"], int)
    assert item["disabled"] is False
    assert item["aps"]["type"] == "http://parallels.com/aps/types/pa/subscription/1.0"
    assert item["aps"]["status"] == "aps:ready"
    single = lab.rest(f"/resources/{item['aps']['id']}")
    assert single.json() == item


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("eq(serviceTemplateId,11)", [1000001, 1000007]),
        ("serviceTemplateId=11", [1000001, 1000007]),
        ("serviceTemplateId=eq=11&ne(subscriptionId,1000001)", [1000007]),
        ("serviceTemplateId=eq=11,subscriptionId=ne=1000007", [1000001]),
        ("and(serviceTemplateId=eq=11,eq(subscriptionId,1000007))", [1000007]),
        ("in(subscriptionId,(1000002,1000003,7))", [1000002, 1000003]),
        ("in(serviceTemplateId,(11)),out(subscriptionId,(1000001))", [1000007]),
        ("like(name,Office%20365%20Template%2001*)", [1000001, 1000007]),
        (
            "name=like=*Customer%200000?,in(serviceTemplateId,(11,12)),sort(-subscriptionId)",
            [1000008, 1000007, 1000002, 1000001],
        ),
        ("like(name,%25*)", []),
        ("name=eq=Office%20365%20Template%2001%20for%20Customer%2000001", [1000001]),
        ("serviceTemplateId=eq=11,sort(-subscriptionId)", [1000007, 1000001]),
        ("aps.status=eq=aps:ready,serviceTemplateId=eq=11", [1000001, 1000007]),
        ("serviceTemplateId=eq=99", []),
        ("implementing(http://aps-standard.org/types/core/subscription/1.0),subscriptionId=eq=1", [1]),
    ],
)
def test_queries(lab: PlatformLab, query: str, expected: list[int]) -> None:
    answer = lab.rest(f"{SUBSCRIPTIONS}?{query}")
    assert _ids(answer) == expected
    assert answer.headers["Content-Range"].endswith(f"/{len(expected)}")


def test_every_subscription_but_the_providers(lab: PlatformLab) -> None:
    numbers = _ids(lab.rest(f"{SUBSCRIPTIONS}?ne(subscriptionId,1)"))
    assert numbers == [item["id"] for item in lab.platform.state()["subscriptions"]]
    assert len(_ids(lab.rest(SUBSCRIPTIONS))) == len(numbers) + 1


def test_parts_of_a_list(lab: PlatformLab) -> None:
    first = lab.rest(f"{SUBSCRIPTIONS}?ne(subscriptionId,1),limit(0,5)")
    assert (first.status_code, first.headers["Content-Range"]) == (206, "items 0-4/17")
    last = lab.rest(f"{SUBSCRIPTIONS}?ne(subscriptionId,1),limit(15,5)")
    assert (last.status_code, last.headers["Content-Range"]) == (206, "items 15-16/17")
    beyond = lab.rest(f"{SUBSCRIPTIONS}?ne(subscriptionId,1),limit(20,5)")
    assert (beyond.json(), beyond.headers["Content-Range"]) == ([], "items */17")
    whole = lab.rest(f"{SUBSCRIPTIONS}?ne(subscriptionId,1)")
    assert (whole.status_code, whole.headers["Content-Range"]) == (200, "items 0-16/17")


def test_a_list_ends_after_a_thousand_unless_asked_for_more(tmp_path: Path) -> None:
    with running(tmp_path, LabOptions.from_json({**FAST.to_json(), "subscriptions": 1200})) as lab:
        answer = lab.rest(SUBSCRIPTIONS)
        assert (answer.status_code, answer.headers["Content-Range"]) == (206, "items 0-999/1206")
        assert lab.rest(f"{SUBSCRIPTIONS}?limit(0,2000)").status_code == 200


def test_only_some_members(lab: PlatformLab) -> None:
    answer = lab.rest(f"{SUBSCRIPTIONS}?serviceTemplateId=eq=11,select(subscriptionId,aps.id,nothing)")
    assert [set(item) for item in answer.json()] == [{"subscriptionId", "aps"}] * 2
    assert set(answer.json()[0]["aps"]) == {"id"}


@pytest.mark.parametrize(
    "query",
    [
        "gt(subscriptionId,1)",
        "limit(a,b)",
        "in(subscriptionId,1)",
        "eq(name",
        "implementing()",
        "sort(a'b)",
        "(",
        "active()",
        "eq(name,(a,b))",
        "limit(1,2,3)",
    ],
)
def test_queries_that_are_not_understood(lab: PlatformLab, query: str) -> None:
    answer = lab.rest(f"{SUBSCRIPTIONS}?{query}")
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"code", "type", "message"}


def test_terms_are_decoded_after_they_were_cut() -> None:
    assert rql.parse("eq(name,a%2Cb%29)") == [rql.Term("eq", ("name", "a,b)"))]
    assert rql.parse("in(x,(a,b)),limit(0,5)") == [rql.Term("in", ("x", ["a", "b"])), rql.Term("limit", ("0", "5"))]
    assert rql.parse("") == []


def test_packages(lab: PlatformLab) -> None:
    answer = lab.rest("/packages")
    assert [(item["name"], item["version"], item["release"]) for item in answer.json()] == [
        ("Backup", "2.1", "7"),
        ("Office365", "16.6.4", "20"),
    ]
    office = lab.rest(f"/packages?id=eq={OFFICE}").json()[0]
    assert set(office["services"]) == {"tenant", "user", "cloudUser", "domain"}
    assert office["aps"]["href"] == f"/aps/2/packages/{office['aps']['id']}"
    assert lab.rest(f"/packages/{office['aps']['id']}").json() == office
    assert len(lab.rest("/packages?active()").json()) == 2
    lab.convert_settings()
    assert lab.import_package() == (0, [])
    versions = [item["version"] for item in lab.rest(f"/packages?id=eq={OFFICE},name=Office365").json()]
    assert versions == ["16.6.4", "16.8.4"]


def test_applications_and_their_resources(lab: PlatformLab) -> None:
    applications = lab.rest("/applications").json()
    assert [item["aps"]["id"] for item in applications] == [
        instance.resource_uuid for instance in lab.installation.instances
    ]
    first = applications[0]
    assert first["aps"]["type"] == f"{OFFICE}/app/16.0"
    assert first["aps"]["package"]["name"] == "Office365"
    assert lab.rest("/applications?limit(0,1)").json() == applications
    assert lab.rest(f"/resources/{first['aps']['id']}").json() == first


def test_resources_by_type(lab: PlatformLab) -> None:
    hub = lab.rest("/resources?implementing(http://parallels.com/aps/types/pa/poa/1.0)").json()
    assert [item["name"] for item in hub] == ["Odin Automation"]
    offers = lab.rest(f"/resources?implementing({OFFICE}/License/1.0)").json()
    assert len(offers) == 3 * 3
    assert lab.rest("/resources").status_code == 400
    assert {"id": f"{OFFICE}/app/16.0"} in lab.rest("/types").json()


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nothing", "GET", 404),
        ("/packages", "POST", 405),
        ("/resources/not-an-id", "GET", 404),
        ("/resources/00000000-0000-0000-0000-000000000000", "GET", 404),
        ("/packages/00000000-0000-0000-0000-000000000000", "GET", 404),
        ("/services/resource-type-manager/resourceTypes/101", "GET", 404),
    ],
)
def test_what_is_not_there(lab: PlatformLab, path: str, method: str, status: int) -> None:
    answer = lab.rest(path, method, json={})
    assert answer.status_code == status
    assert answer.json()["code"] == status


def test_resource_types_can_be_made_changed_and_removed(lab: PlatformLab) -> None:
    manager = "/services/resource-type-manager/resourceTypes"
    uid = lab.installation.instances[0].resource_uuid
    draft = {
        "resourceClassName": "rc.saas.service.link",
        "name": "By REST",
        "attributes": ["one"],
        "activationParameters": {"app_id": "5", "resource_uid": uid},
    }
    created = lab.rest(manager, "POST", json=draft)
    assert created.status_code == 201
    rt_id = created.json()["id"]
    assert created.json() == {**draft, "id": rt_id, "description": ""}
    changed = lab.rest(f"{manager}/{rt_id}", "PUT", json={"name": "New", "activationParameters": {"s_limit": "7"}})
    assert changed.json()["name"] == "New"
    assert changed.json()["activationParameters"] == {"app_id": "5", "resource_uid": uid, "s_limit": "7"}
    assert lab.rest(f"{manager}/{rt_id}", "DELETE").status_code == 200
    assert lab.rest(f"{manager}/{rt_id}", "DELETE").status_code == 404
    assert [line["write"] for line in lab.wire() if line["channel"] == "aps"] == [True] * 4


@pytest.mark.parametrize(
    "body",
    [
        {"name": "X"},
        {"name": "X", "activationParameters": {"app_id": 5}},
        {"name": "X", "activationParameters": {}, "colour": "red"},
        {"activationParameters": {}, "resourceClassName": "rc.saas.service"},
        [],
    ],
)
def test_resource_types_that_do_not_fit(lab: PlatformLab, body: object) -> None:
    answer = lab.rest("/services/resource-type-manager/resourceTypes", "POST", json=body)
    assert answer.status_code == 400


def test_a_body_that_is_not_json(lab: PlatformLab) -> None:
    answer = lab.rest("/services/resource-type-manager/resourceTypes", "POST", data=b"{")
    assert answer.status_code == 400


def test_a_newer_platform_reads_resource_types(tmp_path: Path) -> None:
    with running(tmp_path, LabOptions.from_json({**FAST.to_json(), "platform_version": "8.0.0"})) as lab:
        answer = lab.rest("/services/resource-type-manager/resourceTypes/101")
        assert answer.status_code == 200
        assert answer.json()["activationParameters"] == {"app_id": "3", "resource_id": "space"}
        assert lab.rest("/services/resource-type-manager/resourceTypes/9999").status_code == 404
