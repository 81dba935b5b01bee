# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""billing_plan_info, and what modules for Billing do with the login, bad options and failures."""

from __future__ import annotations

import base64
import datetime
import threading
import xmlrpc.client
from typing import Any

import pytest
import requests
from ansible_collections.odin.office365.plugins.module_utils import (
    _billing_client,
    _billing_explain,
    _billing_plans,
    _explain,
    _http,
    _xmlrpc,
)
from ansible_collections.odin.office365.tests.unit.plugins.running import run_module
from ansible_collections.odin.office365.tests.unit.plugins.wire import (
    BILLING_URL,
    PASSWORD,
    READS,
    USERNAME,
    response,
    xml,
)

LOGIN = {"api_url": BILLING_URL, "api_username": USERNAME, "api_password": PASSWORD}
VERSION: tuple[str, list[Any], list[Any]] = ("GetVersion_API", [], [["7.1.0"]])
RATES = [[7001, "Seat", "unit", 4.25], [7002, "Storage", "GB", 0.5]]


def fault(text: str) -> xmlrpc.client.Fault:
    return xmlrpc.client.Fault(1, base64.encodebytes(text.encode()).decode())


def expect_plan(wire: Any, plan_id: int, name: str, rates: Any) -> None:
    wire.billing("PlanDetailsGet_API", [plan_id], [[plan_id, name, 1]])
    wire.billing("PlanRateListFullGet_API", [plan_id, 1], rates)


@pytest.fixture
def read(wire: Any) -> Any:
    def start(*plan_ids: int, check: bool = False, **options: Any) -> dict[str, Any]:
        wire.check_mode = check
        return run_module("billing_plan_info", {**LOGIN, "plan_ids": list(plan_ids), **options}, check=check)

    return start


@pytest.mark.parametrize("check", [False, True])
def test_reads_plans_and_their_rates(wire: Any, read: Any, check: bool) -> None:
    wire.billing(*VERSION)
    expect_plan(wire, 302, "Second", [RATES])
    expect_plan(wire, 301, "First", [[]])
    assert read(302, 301, 302, readers=1, check=check) == {
        "changed": False,
        "version": "7.1.0",
        "plans": [
            {"plan_id": 302, "name": "Second", "details": [302, "Second", 1], "rates": RATES},
            {"plan_id": 301, "name": "First", "details": [301, "First", 1], "rates": []},
        ],
    }


def test_without_plans_only_the_version_is_read(wire: Any, read: Any) -> None:
    wire.billing("GetVersion_API", [], [])
    assert read() == {"changed": False, "version": "", "plans": []}


class MeetingTransport:
    """Answers the details of a plan when two plans are asked for at the same time, and counts how many are."""

    url = BILLING_URL

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._meeting = threading.Barrier(2, timeout=10)
        self._lock = threading.Lock()

    def call(self, _method: str, params: tuple[Any, ...]) -> Any:
        if params[0]["Method"] != "PlanDetailsGet_API":
            return {"Result": [["7.1.0"]]}
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self._meeting.wait()
        with self._lock:
            self._now -= 1
        return {"Result": [[params[0]["Params"][0], "name"]]}


def test_as_many_plans_are_read_at_once_as_there_are_readers() -> None:
    transport = MeetingTransport()
    found = _billing_plans.collect(_billing_client.BillingClient(transport), plan_ids=[4, 2, 3, 1], readers=2)
    assert [plan["plan_id"] for plan in found["plans"]] == [4, 2, 3, 1]
    assert transport.most == 2


def test_a_password_without_a_name_is_refused(wire: Any) -> None:
    result = run_module("billing_plan_info", {"api_url": BILLING_URL, "api_password": PASSWORD, "plan_ids": [301]})
    assert "required together" in result["msg"]


def test_a_single_row_may_come_without_a_list_around_it(wire: Any, read: Any) -> None:
    wire.billing("GetVersion_API", [], [[["7.1.0"]]])
    wire.billing("PlanDetailsGet_API", [301], [[[301, "First"]]])
    wire.billing("PlanRateListFullGet_API", [301, 1], [RATES[0]])
    result = read(301)
    assert (result["version"], result["plans"][0]["name"]) == ("7.1.0", "First")
    assert result["plans"][0]["rates"] == [RATES[0]]


def test_values_that_json_cannot_carry_become_text(wire: Any, read: Any) -> None:
    wire.billing(*VERSION)
    expect_plan(wire, 301, "First", [[[7001, datetime.datetime(2026, 11, 24, 1, 2, 3), b"\xc3\xa9"]]])
    assert read(301)["plans"][0]["rates"] == [[7001, "2026-11-24T01:02:03", "\u00e9"]]


def test_the_login_is_left_out_where_there_is_none(wire: Any) -> None:
    wire.raw("BM.GetVersion_API", ([], {}), lambda _request: response(200, xml({"Result": [["7.1.0"]]})))
    assert run_module("billing_plan_info", {"api_url": BILLING_URL, "plan_ids": []})["version"] == "7.1.0"


def test_the_login_comes_from_the_environment(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("URL", BILLING_URL.removesuffix("/RPC2")), ("USERNAME", USERNAME), ("PASSWORD", PASSWORD)):
        monkeypatch.setenv(f"BILLING_API_{name}", value)
    wire.billing(*VERSION)
    assert run_module("billing_plan_info", {"plan_ids": []})["version"] == "7.1.0"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"api_url": "billing01:5224"}, "has to look like https://billing01.example.com:5224/RPC2"),
        ({"api_url": "https://admin:geheim@billing01:5224/"}, "holds a login"),
        ({"readers": 0}, "Option readers is 0; it has to be at least 1"),
        ({"read_timeout": 0}, "has to be at least 1"),
    ],
)
def test_bad_options_are_refused_before_anything_is_sent(wire: Any, read: Any, options: Any, text: str) -> None:
    message = read(301, **options)["msg"]
    assert text in message
    assert "geheim" not in message


def test_a_fault_is_told_in_plain_text(wire: Any, read: Any) -> None:
    wire.billing("GetVersion_API", [], fault("Access denied."))
    result = read(301)
    assert result["msg"].startswith(
        "Billing refused BM.GetVersion_API: Access denied. If this is about the login, check "
    )
    assert "api_username and api_password" in result["msg"]
    assert (result["error"]["type"], result["error"]["method"]) == ("billing", "BM.GetVersion_API")
    assert PASSWORD not in str(result)


def test_a_fault_that_is_no_base64_is_told_as_it_came(wire: Any, read: Any) -> None:
    wire.billing("GetVersion_API", [], xmlrpc.client.Fault(1, "not: base64"))
    assert "Billing refused BM.GetVersion_API: not: base64." in read(301)["msg"]


@pytest.mark.parametrize("details", [[], [[]], [[301]]])
def test_a_plan_that_billing_has_not(wire: Any, read: Any, details: Any) -> None:
    wire.billing(*VERSION)
    wire.billing("PlanDetailsGet_API", [301], details)
    assert read(301)["msg"] == "Billing has no service plan 301. Correct plan_ids (billing_plan_ids)."


@pytest.mark.parametrize("answer", ["text", {}, {"Status": "ok"}, {"Result": "text"}, {"Result": [1]}])
def test_an_answer_without_a_result_is_told(wire: Any, read: Any, answer: Any) -> None:
    wire.raw("BM.GetVersion_API", None, lambda _request: response(200, xml(answer)))
    result = read(301)
    assert result["error"]["kind"] == "garbage"
    assert (
        "came back without the Result member of the Billing API. Check that the address is the one of the"
        in result["msg"]
    )


def test_a_read_is_repeated_after_a_passing_failure(wire: Any, read: Any) -> None:
    reset = requests.exceptions.ConnectionError(ConnectionResetError())
    wire.billing("GetVersion_API", [], reset)
    wire.billing(*VERSION)
    assert read()["version"] == "7.1.0"
    assert wire.pauses == [0.5]
    for _try in range(4):
        wire.billing("GetVersion_API", [], requests.exceptions.ConnectionError(ConnectionRefusedError()))
    result = read()
    assert result["error"]["kind"] == "refused"
    assert f"No usable answer from {BILLING_URL}: the connection was refused. Nothing listens there" in result["msg"]
    assert "8440" not in result["msg"]


def test_certificates_are_checked_and_waiting_is_limited(wire: Any, read: Any) -> None:
    wire.billing(*VERSION)
    read(connect_timeout=3, read_timeout=7)
    assert (wire.options["verify"], wire.options["timeout"]) == (True, (3.0, 7.0))


def test_a_method_that_is_not_known_to_read_is_never_sent(wire: Any) -> None:
    transport = _xmlrpc.XmlRpcTransport(BILLING_URL, _http.HttpClient(_http.HttpSettings()))
    with pytest.raises(ValueError, match="PlanAdd_API is no reading method"):
        _billing_client.BillingClient(transport).read("PlanAdd_API", 1)
    assert wire.sent == []


def test_every_method_that_is_called_reading_reads() -> None:
    assert [name for name in sorted(_billing_client.READ_METHODS) if not READS.match(f"BM.{name}")] == []


def test_every_kind_of_failure_has_advice_of_its_own() -> None:
    assert _billing_explain._NEXT.keys() == _explain._NEXT.keys()
