"""Planned faults of the two web services: what the caller sees, and whether the call took effect."""

from __future__ import annotations

import threading
import time
import xmlrpc.client
from xml.parsers.expat import ExpatError

import pytest
import requests
from platform_lab import PlatformLab, RefusedError


def _active(lab: PlatformLab) -> bool:
    return bool(lab.platform.state()["service_templates"][0]["active"])


@pytest.mark.parametrize(
    ("word", "expected", "took_effect"),
    [
        ("reset", ConnectionError, False),
        ("timeout_before", ConnectionError, False),
        ("timeout_after", ConnectionError, True),
        ("answer_lost", ConnectionError, True),
        ("http_500", xmlrpc.client.ProtocolError, False),
        ("garbage", ExpatError, False),
        ("fault", xmlrpc.client.Fault, False),
    ],
)
def test_faults_of_the_public_api(lab: PlatformLab, word: str, expected: type[Exception], took_effect: bool) -> None:
    # the client of the standard library repeats a call after a reset
    lab.faults.add("public_api:mn01:pem.deactivateST", word, times=2, seconds=0.1)
    with pytest.raises(expected):
        lab.call("pem.deactivateST", st_id=11)
    assert _active(lab) is not took_effect
    assert lab.faults.all()[0]["fired"] >= 1
    line = lab.wire("pem.deactivateST")[0]
    assert line["write"] is True
    assert word in line["outcome"] or word == "fault"


@pytest.mark.parametrize("word", ["delay", "late"])
def test_a_delay_is_only_a_delay(lab: PlatformLab, word: str) -> None:
    lab.faults.add("public_api:mn01:pem.deactivateST", word, seconds=0.2)
    started = time.monotonic()
    lab.call("pem.deactivateST", st_id=11)
    assert time.monotonic() - started >= 0.2
    assert _active(lab) is False


def test_a_late_answer_comes_after_the_effect(lab: PlatformLab) -> None:
    lab.faults.add("public_api:mn01:pem.deactivateST", "late", seconds=1.0)
    caller = threading.Thread(target=lab.call, args=("pem.deactivateST",), kwargs={"st_id": 11})
    caller.start()
    while not lab.faults.all()[0]["fired"]:
        time.sleep(0.01)
    time.sleep(0.3)
    assert (caller.is_alive(), _active(lab)) == (True, False)
    caller.join()


def test_a_fault_lets_the_first_calls_pass(lab: PlatformLab) -> None:
    lab.faults.add("public_api:mn01:pem.deactivateST", "error", skip=2)
    lab.call("pem.deactivateST", st_id=11)
    lab.call("pem.activateST", st_id=11)
    lab.call("pem.deactivateST", st_id=11)
    lab.call("pem.activateST", st_id=11)
    with pytest.raises(RefusedError, match="planned error"):
        lab.call("pem.deactivateST", st_id=11)
    assert lab.faults.all()[0]["fired"] == 1


def test_a_planned_error_chooses_its_code_and_closes_the_transaction(lab: PlatformLab) -> None:
    lab.faults.add("pem.activateST", "error", message="object is busy", module_id="SaaS", extype_id=77)
    txn_id = lab.call("txn.Begin")["txn_id"]
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    with pytest.raises(RefusedError, match="object is busy") as refused:
        lab.call("pem.activateST", st_id=12, txn_id=txn_id)
    assert refused.value.code == ("SaaS", 77)
    with pytest.raises(RefusedError) as refused:
        lab.call("txn.Commit", txn_id=txn_id)
    assert refused.value.code == ("OpenAPI", 2001)
    assert _active(lab) is True


def test_a_planned_error_of_a_commit_undoes_it(lab: PlatformLab) -> None:
    lab.faults.add("txn.Commit", "error")
    txn_id = lab.call("txn.Begin")["txn_id"]
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    with pytest.raises(RefusedError) as refused:
        lab.call("txn.Commit", txn_id=txn_id)
    assert refused.value.code == ("Common", 1)
    assert _active(lab) is True


def test_a_lost_answer_of_a_commit_does_not_undo_it(lab: PlatformLab) -> None:
    lab.faults.add("txn.Commit", "answer_lost")
    txn_id = lab.call("txn.Begin")["txn_id"]
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    # the client of the standard library asks again, and the transaction is gone
    with pytest.raises((ConnectionError, RefusedError)):
        lab.call("txn.Commit", txn_id=txn_id)
    assert _active(lab) is False


def test_an_operation_inside_a_batch_can_fail(lab: PlatformLab) -> None:
    lab.faults.add("pem.activateST", "error", message="planned")
    operations = [
        {"operation": "pem.deactivateST", "parameters": [{"st_id": 11}]},
        {"operation": "pem.activateST", "parameters": [{"st_id": 12}]},
    ]
    answer = lab.raw("pem.batchRequest", *operations)
    assert answer["error_message"] == "planned"
    assert _active(lab) is True


@pytest.mark.parametrize("word", ["reset", "timeout_before", "timeout_after", "answer_lost"])
def test_faults_of_the_aps_controller_that_hang_up(lab: PlatformLab, word: str) -> None:
    lab.faults.add("aps:mn01:GET /aps/2/packages", word, times=2, seconds=0.1)
    with pytest.raises(requests.exceptions.ConnectionError):
        lab.rest("/packages")
    assert word in lab.wire("GET /aps/2/packages")[0]["outcome"]


@pytest.mark.parametrize(
    ("word", "status", "text"),
    [("http_500", 500, "Internal"), ("garbage", 200, "not an answer"), ("fault", 500, "no"), ("error", 503, "no")],
)
def test_faults_of_the_aps_controller_that_answer(lab: PlatformLab, word: str, status: int, text: str) -> None:
    more = {"status": 503} if word == "error" else {}
    lab.faults.add("aps:mn01:GET /aps/2/packages", word, message="no", **more)
    answer = lab.rest("/packages")
    assert answer.status_code == status
    assert text in answer.text
    assert lab.rest("/packages").status_code == 200
