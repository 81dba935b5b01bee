"""The Billing API, through other people's clients; the state snapshot and the wire log judge."""

from __future__ import annotations

import base64
import json
import ssl
import xmlrpc.client
from typing import Any

import osaapi
import pytest
import requests
from platform_lab import PlatformLab

UNIT, RECURRING_FEE, RESOURCE = 6, 8, 10


def proxy(lab: PlatformLab, scheme: str = "http") -> xmlrpc.client.ServerProxy:
    port = lab.addresses.billing_http_port if scheme == "http" else lab.addresses.billing_https_port
    context = ssl.create_default_context(cafile=lab.authority) if scheme == "https" else None
    return xmlrpc.client.ServerProxy(f"{scheme}://127.0.0.1:{port}/RPC2", context=context, use_builtin_types=True)


def execute(lab: PlatformLab, method: str, *parameters: Any, scheme: str = "http", **members: Any) -> Any:
    """The ``Result`` of a call with the right login, unless ``members`` say otherwise."""
    login = {"Username": lab.credentials.billing_username, "Password": lab.credentials.billing_password}
    struct = {"Server": "BM", "Method": method, "Params": list(parameters), **login, **members}
    with proxy(lab, scheme) as client:
        answer: Any = client.Execute({name: value for name, value in struct.items() if value is not None})
    assert answer.keys() == {"Result"}
    return answer["Result"]


def refusal(lab: PlatformLab, method: str, *parameters: Any, **members: Any) -> str:
    """The text of the fault that a call ends with."""
    with pytest.raises(xmlrpc.client.Fault) as caught:
        execute(lab, method, *parameters, **members)
    return base64.b64decode(caught.value.faultString, validate=True).decode()


def plans(lab: PlatformLab) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.platform.state()["billing"]["plans"]
    return found


def test_every_office_365_template_has_a_plan_with_a_rate_for_each_resource(lab: PlatformLab) -> None:
    state = lab.platform.state()
    templates = {row["id"]: row for row in state["service_templates"] if row["instance_ids"]}
    found = {plan["service_template_id"]: plan for plan in plans(lab)}
    assert len(found) == len(plans(lab)) == len(templates) == 6
    for st_id, plan in found.items():
        resources = [row["id"] for row in templates[st_id]["resource_types"]]
        assert [rate["resource_type_id"] for rate in plan["rates"]] == resources
        assert {rate["unit"] for rate in plan["rates"]} == {"unit"}
        assert sum(rate["recurring_fee"] > 0 for rate in plan["rates"]) == 3


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_plans_and_rates_are_read_as_they_are_in_the_database(lab: PlatformLab, scheme: str) -> None:
    assert execute(lab, "GetVersion_API", scheme=scheme) == [["7.1.0"]]
    for plan in plans(lab):
        (details,) = execute(lab, "PlanDetailsGet_API", plan["id"], scheme=scheme)
        assert details[:2] == [plan["id"], plan["name"]]
        (rows,) = execute(lab, "PlanRateListFullGet_API", plan["id"], 1, scheme=scheme)
        assert {len(row) for row in rows} == {25}
        assert [[row[0], row[1], row[UNIT], row[RECURRING_FEE], row[RESOURCE]] for row in rows] == [
            [rate[name] for name in ("id", "name", "unit", "recurring_fee", "resource_type_id")]
            for rate in plan["rates"]
        ]


def test_the_order_of_the_rates(lab: PlatformLab) -> None:
    (by_id,) = execute(lab, "PlanRateListFullGet_API", 301, 1)
    (backwards,) = execute(lab, "PlanRateListFullGet_API", 301, -1)
    assert backwards == by_id[::-1]
    (by_name,) = execute(lab, "PlanRateListFullGet_API", 301, 2)
    assert [row[1] for row in by_name] == sorted(row[1] for row in by_id)
    assert "Column 99" in refusal(lab, "PlanRateListFullGet_API", 301, 99)


def test_what_is_not_known_is_a_fault(lab: PlatformLab) -> None:
    assert refusal(lab, "PlanGet", 301) == "Method PlanGet of server BM is not known."
    assert "server PEMGATE is not known" in refusal(lab, "PlanDetailsGet_API", 301, Server="PEMGATE")
    assert refusal(lab, "PlanDetailsGet_API", 999) == "Service plan #999 is not found."
    assert refusal(lab, "PlanRateListFullGet_API", 999, 1) == "Service plan #999 is not found."
    assert "2 are expected" in refusal(lab, "PlanRateListFullGet_API", 301)
    assert "must be an integer" in refusal(lab, "PlanDetailsGet_API", "301")
    assert "does not know AutoCommit" in refusal(lab, "GetVersion_API", AutoCommit="No")
    assert "as strings" in refusal(lab, "GetVersion_API", Server=None)
    with proxy(lab) as client, pytest.raises(xmlrpc.client.Fault) as caught:
        client.CommitTransaction({"TransactionID": "1"})
    assert b"CommitTransaction is not known" in base64.b64decode(caught.value.faultString)
    url = f"http://127.0.0.1:{lab.addresses.billing_http_port}"
    assert requests.post(f"{url}/", data=b"", timeout=10).status_code == 404
    assert "not an XML-RPC request" in lab_fault(requests.post(f"{url}/RPC2", data=b"<a>", timeout=10))


def lab_fault(answer: requests.Response) -> str:
    with pytest.raises(xmlrpc.client.Fault) as caught:
        xmlrpc.client.loads(answer.content)
    return base64.b64decode(caught.value.faultString).decode()


@pytest.mark.parametrize(
    "login", [{"Password": "wrong"}, {"Username": "wrong"}, {"Username": None, "Password": None}, {"Password": None}]
)
def test_a_wrong_login_is_a_fault(lab: PlatformLab, login: dict[str, str | None]) -> None:
    assert refusal(lab, "GetVersion_API", **login) == "Access denied: wrong user name or password."


def test_the_vendors_client_works_unchanged(lab: PlatformLab) -> None:
    def client(password: str) -> Any:
        return osaapi.PBA(
            "127.0.0.1",
            user=lab.credentials.billing_username,
            password=password,
            port=lab.addresses.billing_http_port,
        )

    pba = client(lab.credentials.billing_password)
    assert pba.Execute("GetVersion_API") == {"status": 0, "result": ["7.1.0"]}
    details = pba.Execute("PlanDetailsGet_API", [301])
    assert details["result"][1] == plans(lab)[0]["name"]
    rates = pba.Execute("PlanRateListFullGet_API", [301, 1])
    assert [row[0] for row in rates["result"]] == [rate["id"] for rate in plans(lab)[0]["rates"]]
    failed = pba.Execute("PlanDetailsGet_API", [999])
    assert (failed["status"], failed["error_message"]) == (-1, b"Service plan #999 is not found.")
    assert client("wrong").Execute("GetVersion_API")["status"] == -1


def test_calls_are_logged_without_passwords(lab: PlatformLab) -> None:
    execute(lab, "PlanDetailsGet_API", 301)
    refusal(lab, "GetVersion_API", Password="some-other-secret")
    read, refused = lab.wire()
    assert (read["channel"], read["host"], read["call"]) == ("billing_api", "billing01", "BM.PlanDetailsGet_API")
    assert (read["write"], read["outcome"], read["arguments"]["Params"]) == (False, "ok", [301])
    assert refused["outcome"] == "error: Access denied: wrong user name or password."
    text = json.dumps([read, refused])
    assert lab.credentials.billing_password not in text
    assert "some-other-secret" not in text


def test_planned_faults(lab: PlatformLab) -> None:
    where = "^billing_api:billing01:BM.GetVersion_API$"
    lab.faults.add(where, "fault", message="the daemon is busy")
    assert refusal(lab, "GetVersion_API") == "the daemon is busy"
    lab.faults.add(where, "reset", times=2)  # the client itself tries a second time
    with pytest.raises(ConnectionError):
        execute(lab, "GetVersion_API")
    assert execute(lab, "GetVersion_API") == [["7.1.0"]]
    assert [fault["fired"] for fault in lab.faults.all()] == [1, 2]


def test_a_unit_is_changed_with_and_without_the_known_damage(lab: PlatformLab) -> None:
    def fees() -> dict[int, list[tuple[str, float]]]:
        found: dict[int, list[tuple[str, float]]] = {}
        for plan in plans(lab):
            for rate in plan["rates"]:
                found.setdefault(rate["resource_type_id"], []).append((rate["unit"], rate["recurring_fee"]))
        return found

    before = fees()
    sold = [type_id for type_id, rates in before.items() if rates[0][1] > 0]
    lab.call("lab.billing.setUnit", resource_type_id=sold[0], unit="GB")
    lab.call("lab.billing.setUnit", resource_type_id=sold[1], unit="GB", multiply_fees=True)
    after = fees()
    assert after[sold[0]] == [("GB", fee) for _unit, fee in before[sold[0]]]
    assert after[sold[1]] == [("GB", fee * 1024 * 1024) for _unit, fee in before[sold[1]]]
    assert {key: after[key] for key in sold[2:]} == {key: before[key] for key in sold[2:]}
    (rows,) = execute(lab, "PlanRateListFullGet_API", 301, 1)
    multiplied = [row for row in rows if row[RESOURCE] == sold[1]]
    assert [(row[UNIT], row[RECURRING_FEE]) for row in multiplied] == [("GB", before[sold[1]][0][1] * 1024 * 1024)]
