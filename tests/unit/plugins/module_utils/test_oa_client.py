# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of the Public API on a scripted network: envelope, transactions, request ids, batches, repeated reads."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from ansible_collections.odin.office365.plugins.module_utils import _http, _xmlrpc
from ansible_collections.odin.office365.plugins.module_utils._errors import (
    ApiError,
    FaultError,
    TaskFailedError,
    TransportError,
    WaitTimeoutError,
)
from ansible_collections.odin.office365.plugins.module_utils._oa_client import READ_METHODS, OaClient
from ansible_collections.odin.office365.tests.unit.plugins.wire import (
    API_URL,
    PASSWORD,
    READS,
    USERNAME,
    RequestId,
    response,
    xml,
)

READ = ("pem.getServiceTemplate", {"st_id": 5})
WRITE = ("pem.activateST", {"st_id": 5})
RESET = requests.exceptions.ConnectionError(ConnectionResetError())


@pytest.fixture
def oa(wire: Any) -> OaClient:
    settings = _http.HttpSettings(username=USERNAME, password=PASSWORD)
    return OaClient(_xmlrpc.XmlRpcTransport(API_URL, _http.HttpClient(settings)))


def test_every_method_that_is_called_reading_reads() -> None:
    assert [name for name in sorted(READ_METHODS) if not READS.match(name)] == []


def test_values_keep_their_types(wire: Any, oa: OaClient) -> None:
    sent = {"text": "h\u00e9 <&>", "number": 5, "yes": True, "list": [1, "2"], "struct": {"raw": b"\x00\xff"}}
    wire.call("pem.getX", sent, {"echo": sent})
    assert oa.call("pem.getX", **sent, absent=None) == {"echo": sent}


def test_a_method_without_output_gives_none(wire: Any, oa: OaClient) -> None:
    wire.call(*WRITE)
    assert oa.call(WRITE[0], **WRITE[1]) is None


def test_a_signature_stands_beside_the_result(wire: Any, oa: OaClient) -> None:
    params = ({"method_name": "pem.activateST"},)
    wire.raw("pem.getMethodSignature", params, lambda _r: response(200, xml({"status": 0, "signature": "(a)"})))
    assert oa.call("pem.getMethodSignature", method_name="pem.activateST") == "(a)"


def test_an_error_keeps_text_and_numbers(wire: Any, oa: OaClient) -> None:
    wire.refused(
        *WRITE,
        error_message="not allowed",
        module_id="SaaS",
        extype_id=12,
        properties={"reason": "why", "pool_id": "3"},
    )
    with pytest.raises(ApiError) as caught:
        oa.call(WRITE[0], **WRITE[1])
    error = caught.value
    assert (error.method, error.message, error.module_id, error.extype_id) == (WRITE[0], "not allowed", "SaaS", 12)
    assert error.properties == {"reason": "why", "pool_id": "3"}


def test_an_error_needs_nothing_but_its_status(wire: Any, oa: OaClient) -> None:
    wire.raw(WRITE[0], (WRITE[1],), lambda _r: response(200, xml({"status": -1})))
    with pytest.raises(ApiError) as caught:
        oa.call(WRITE[0], **WRITE[1])
    assert (caught.value.message, caught.value.module_id) == ("the platform gave no reason", None)


def test_a_fault_is_an_error_of_its_own(wire: Any, oa: OaClient) -> None:
    fault = (
        b"<?xml version='1.0'?><methodResponse><fault><value><struct>"
        b"<member><name>faultCode</name><value><int>4</int></value></member>"
        b"<member><name>faultString</name><value><string>no such method</string></value></member>"
        b"</struct></value></fault></methodResponse>"
    )
    wire.raw("pem.noSuchMethod", ({},), lambda _r: response(200, fault))
    with pytest.raises(FaultError, match="no such method") as caught:
        oa.call("pem.noSuchMethod")
    assert caught.value.extype_id == 4


def test_a_transaction_is_committed_at_its_end(wire: Any, oa: OaClient) -> None:
    request = wire.transaction("label", ("pem.addX", {"a": 1}, {"id": 9}), ("pem.getX", {}, 2))
    with oa.transaction("label") as transaction:
        assert transaction.call("pem.addX", a=1) == {"id": 9}
        assert transaction.call("pem.getX") == 2
    assert transaction.request_id == request.value


def test_the_platform_closes_a_transaction_on_an_error(wire: Any, oa: OaClient) -> None:
    wire.transaction("label", commit=False)
    wire.refused("pem.addX", {"txn_id": "7001"})
    with pytest.raises(ApiError), oa.transaction("label") as transaction:
        transaction.call("pem.addX")
    assert "txn.Rollback" not in wire.sent


def test_any_other_error_rolls_back(wire: Any, oa: OaClient) -> None:
    wire.transaction("label", commit=False)
    wire.call("txn.Rollback", {"txn_id": "7001"})
    with pytest.raises(KeyError), oa.transaction("label"):
        raise KeyError


def test_a_failed_rollback_does_not_hide_the_reason(wire: Any, oa: OaClient) -> None:
    wire.transaction("label", commit=False)
    wire.refused("txn.Rollback", {"txn_id": "7001"})
    with pytest.raises(KeyError), oa.transaction("label"):
        raise KeyError


def test_a_request_id_in_use_is_replaced_by_another(wire: Any, oa: OaClient) -> None:
    first = RequestId("label")
    wire.refused("txn.Begin", {"request_id": first, "timeout": 120}, module_id="OpenAPI", extype_id=3001)
    second = wire.transaction("label")
    with oa.transaction("label"):
        pass
    assert first.value != second.value


def test_replacing_request_ids_has_an_end(wire: Any, oa: OaClient) -> None:
    for _try in range(5):
        wire.refused("txn.Begin", {"request_id": RequestId("x"), "timeout": 120}, module_id="OpenAPI", extype_id=3001)
    with pytest.raises(ApiError), oa.transaction("x"):
        pass


def test_another_error_of_begin_is_not_repeated(wire: Any, oa: OaClient) -> None:
    wire.refused("txn.Begin", {"request_id": RequestId("x"), "timeout": 120}, module_id="OpenAPI", extype_id=2001)
    with pytest.raises(ApiError), oa.transaction("x"):
        pass


def test_a_batch_is_one_call(wire: Any, oa: OaClient) -> None:
    head = {"request_id": "mine"}
    operation = {"operation": "pem.addX", "parameters": [{"a": 1}]}
    wire.raw("pem.batchRequest", (head, operation), lambda _r: response(200, xml({"status": 0})))
    oa.batch([("pem.addX", {"a": 1, "b": None})], request_id="mine")


def test_a_read_is_repeated_with_growing_pauses(wire: Any, oa: OaClient) -> None:
    wire.lost(*READ, RESET)
    wire.lost(*READ, requests.exceptions.ReadTimeout())
    wire.raw(READ[0], (READ[1],), lambda _r: response(503, b"busy", {"Retry-After": "20"}))
    wire.call(*READ, {"name": "x"})
    assert oa.call(READ[0], **READ[1]) == {"name": "x"}
    assert wire.pauses == [0.5, 1.0, 20.0]


def test_repeating_a_read_has_an_end(wire: Any, oa: OaClient) -> None:
    for _try in range(4):
        wire.lost(*READ, RESET)
    with pytest.raises(TransportError) as caught:
        oa.call(READ[0], **READ[1])
    assert caught.value.kind == "reset"


def test_a_write_is_never_repeated(wire: Any, oa: OaClient) -> None:
    wire.lost(*WRITE, RESET)
    with pytest.raises(TransportError) as caught:
        oa.call(WRITE[0], **WRITE[1])
    assert caught.value.outcome_unknown is True
    assert wire.pauses == []


def test_the_state_of_a_request(wire: Any, oa: OaClient) -> None:
    arguments = {"request_id": "r"}
    for status in (1, 0):
        wire.call("pem.getRequestStatus", arguments, {"request_status": status})
    wire.call("pem.getRequestStatus", arguments, {"request_status": 2, "status_messages": ["a", "b"]})
    assert [oa.request_state("r"), oa.request_state("r")] == [False, True]
    with pytest.raises(TaskFailedError, match="a; b"):
        oa.request_state("r")


def test_waiting_ends_with_the_time_allowed(wire: Any, oa: OaClient) -> None:
    with pytest.raises(WaitTimeoutError, match="The work did not end within 100 seconds"):
        oa.wait(lambda: False, "The work", 100, 3)
    assert (wire.pauses[0], wire.pauses[-1]) == (0.5, 3)
    assert wire.pauses == sorted(wire.pauses)
    assert 97 <= sum(wire.pauses) <= 100


@pytest.mark.parametrize(
    "answer", [{}, {"request_status": 3}, {"request_status": "soon"}, {"request_status": True}, []]
)
def test_an_answer_without_a_known_state_is_not_the_end_of_the_work(wire: Any, oa: OaClient, answer: Any) -> None:
    wire.call("pem.getRequestStatus", {"request_id": "r"}, answer)
    with pytest.raises(TransportError, match="request_status") as caught:
        oa.request_state("r")
    assert (caught.value.kind, wire.pauses) == ("garbage", [])


def test_check_mode_sends_no_write(wire: Any, oa: OaClient) -> None:
    oa.check_mode = wire.check_mode = True
    with oa.transaction("label") as transaction:
        assert transaction.call("pem.addX") is None
    oa.batch([("pem.addX", {})])
    assert wire.sent == []


@pytest.mark.parametrize("value", [2**31, "bell \x07", object()])
def test_what_xml_rpc_cannot_carry_is_refused(wire: Any, oa: OaClient, value: Any) -> None:
    with pytest.raises(_xmlrpc.EncodingError, match=r"^pem\.addX: an argument"):
        oa.call("pem.addX", value=value)


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><methodResponse/>'


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (response(200, b"<html>hello"), "garbage", "11 bytes came back, but it is no XML-RPC document"),
        (response(200, b""), "garbage", "0 bytes"),
        (response(200, DOCTYPE), "garbage", "it declares a document type"),
        (response(200, xml("text")), "garbage", "without the status member"),
        (response(200, xml({"status": "0"})), "garbage", "without the status member"),
        (response(401, b""), "unauthorized", "HTTP status 401"),
        (response(404, b""), "http_status", "HTTP status 404"),
        (response(302, b"", {"Location": "http://elsewhere/"}), "http_status", "HTTP status 302"),
        (response(502, b""), "unavailable", "HTTP status 502"),
    ],
)
def test_useless_answers(wire: Any, oa: OaClient, answer: requests.Response, kind: str, text: str) -> None:
    wire.raw(WRITE[0], (WRITE[1],), lambda _request: answer)
    with pytest.raises(TransportError, match=text) as caught:
        oa.call(WRITE[0], **WRITE[1])
    assert caught.value.kind == kind


def test_an_answer_has_a_largest_size(wire: Any, oa: OaClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "MAX_ANSWER_BYTES", 1000)
    wire.raw(WRITE[0], (WRITE[1],), lambda _request: response(200, b"x" * 1001))
    with pytest.raises(TransportError, match="larger than 1000 bytes") as caught:
        oa.call(WRITE[0], **WRITE[1])
    assert caught.value.kind == "too_large"
