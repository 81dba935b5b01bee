"""Transactions, batches and request ids."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from platform_lab import PlatformLab, RefusedError, wait_for


def _active(lab: PlatformLab, st_id: int = 11) -> bool:
    template = lab.call("pem.getServiceTemplate", st_id=st_id, get_resources=False)
    return bool(template["is_active"])


def _code(lab: PlatformLab, method: str, **arguments: object) -> tuple[str, int]:
    with pytest.raises(RefusedError) as refused:
        lab.call(method, **arguments)
    return refused.value.code


def test_others_see_nothing_until_commit(lab: PlatformLab) -> None:
    txn_id = lab.call("txn.Begin")["txn_id"]
    assert isinstance(txn_id, str)
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    own = lab.call("pem.getServiceTemplate", st_id=11, get_resources=False, txn_id=txn_id)
    assert own["is_active"] is False
    assert _active(lab) is True
    assert lab.psql("select active from lab_service_templates where st_id = 11") == [["t"]]
    assert lab.raw("txn.Commit", {"txn_id": txn_id}) == {"status": 0}
    assert _active(lab) is False


def test_rollback_undoes_and_the_id_is_gone(lab: PlatformLab) -> None:
    txn_id = lab.call("txn.Begin")["txn_id"]
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    assert lab.raw("txn.Rollback", {"txn_id": txn_id}) == {"status": 0}
    assert _active(lab) is True
    assert _code(lab, "txn.Commit", txn_id=txn_id) == ("OpenAPI", 2001)
    assert _code(lab, "pem.deactivateST", st_id=11, txn_id=txn_id) == ("OpenAPI", 2001)


def test_ids_may_be_chosen_but_not_twice(lab: PlatformLab) -> None:
    assert lab.call("txn.Begin", txn_id="mine") == {"txn_id": "mine"}
    assert _code(lab, "txn.Begin", txn_id="mine") == ("OpenAPI", 90001)
    lab.call("txn.Rollback", txn_id="mine")
    assert lab.call("txn.Begin", txn_id="mine") == {"txn_id": "mine"}


@pytest.mark.parametrize("arguments", [{"st_id": 99999}, {"st_id": "x"}])
def test_an_error_closes_the_transaction(lab: PlatformLab, arguments: dict[str, object]) -> None:
    txn_id = lab.call("txn.Begin")["txn_id"]
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    _code(lab, "pem.deactivateST", txn_id=txn_id, **arguments)
    assert _code(lab, "txn.Commit", txn_id=txn_id) == ("OpenAPI", 2001)
    assert _active(lab) is True


def test_an_open_transaction_times_out_and_lets_its_locks_go(lab: PlatformLab) -> None:
    txn_id = lab.call("txn.Begin", timeout=1)["txn_id"]
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    started = time.monotonic()
    lab.call("pem.deactivateST", st_id=11)  # waits for the other one's lock
    assert 0.3 < time.monotonic() - started < 5
    assert _code(lab, "txn.Commit", txn_id=txn_id) == ("OpenAPI", 2001)


def test_calls_of_one_transaction_at_the_same_time_wait_for_each_other(lab: PlatformLab) -> None:
    txn_id = lab.call("txn.Begin")["txn_id"]
    threads = [
        threading.Thread(
            target=lab.call,
            args=("pem.cloneServiceTemplate",),
            kwargs={"service_template_id": 11, "name": f"clone {number}", "txn_id": txn_id},
        )
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lab.call("txn.Commit", txn_id=txn_id)
    names = {template["name"] for template in lab.platform.state()["service_templates"]}
    assert {f"clone {number}" for number in range(8)} <= names


def test_transactions_are_not_for_batches_and_request_status(lab: PlatformLab) -> None:
    txn_id = lab.call("txn.Begin")["txn_id"]
    assert _code(lab, "pem.getRequestStatus", request_id="x", txn_id=txn_id) == ("OpenAPI", 21)
    lab.call("txn.Rollback", txn_id=txn_id)


def test_a_live_request_id_is_refused_until_its_tasks_are_gone(lab: PlatformLab) -> None:
    lab.faults.add("task:mn01:Provisioning", "delay", seconds=0.4)
    txn_id = lab.call("txn.Begin", request_id="deactivate 11")["txn_id"]
    assert _code(lab, "txn.Begin", request_id="deactivate 11") == ("OpenAPI", 3001)
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    assert lab.call("pem.getRequestStatus", request_id="deactivate 11")["request_status"] == 0
    lab.call("txn.Commit", txn_id=txn_id)
    answer = lab.call("pem.getRequestStatus", request_id="deactivate 11")
    assert answer == {"request_status": 1, "status_messages": []}
    assert lab.psql("select gclass from tm_groups") == [["deactivate 11"]]
    assert _code(lab, "txn.Begin", request_id="deactivate 11") == ("OpenAPI", 3001)
    assert lab.finished("deactivate 11") == (0, [])
    wait_for(lambda: lab.psql("select gclass from tm_groups") == [])
    lab.call("txn.Begin", request_id="deactivate 11")


def test_request_ids_have_256_characters(lab: PlatformLab) -> None:
    lab.call("txn.Begin", request_id="x" * 256)
    assert _code(lab, "txn.Begin", request_id="x" * 257) == ("OpenAPI", 21)


def test_nothing_scheduled_is_success(lab: PlatformLab) -> None:
    answer = lab.call("pem.getRequestStatus", request_id="never seen")
    assert answer == {"request_status": 0, "status_messages": []}


def _operation(method: str, **arguments: object) -> dict[str, Any]:
    return {"operation": method, "parameters": [arguments]}


def _limit(subscription: int, limit: str) -> dict[str, Any]:
    return _operation(
        "pem.setResourceTypeLimits",
        subscription_id=subscription,
        resource_limits=[{"resource_type_id": 101, "limit": limit}],
        parameters=[],
    )


@pytest.mark.parametrize("as_array", [False, True])
def test_a_batch_is_one_transaction(lab: PlatformLab, as_array: bool) -> None:
    elements = [_limit(1000001, "7"), _limit(1000002, "8")]
    parameters = [elements] if as_array else elements
    assert lab.raw("pem.batchRequest", *parameters) == {"status": 0}
    limits = {item["id"]: item["resource_types"].get("101") for item in lab.platform.state()["subscriptions"]}
    assert (limits[1000001], limits[1000002]) == (7, 8)
    line = lab.wire("pem.batchRequest")[0]
    assert line["write"] is True
    assert "pem.setResourceTypeLimits" in str(line["arguments"])


def test_the_first_failure_undoes_a_batch(lab: PlatformLab) -> None:
    answer = lab.raw("pem.batchRequest", _limit(1000001, "7"), _limit(99, "8"), _limit(1000002, "8"))
    assert answer["status"] == -1
    assert answer["properties"]["id"] == "99"
    assert all("101" not in item["resource_types"] for item in lab.platform.state()["subscriptions"][:2])


def test_an_operation_of_a_batch_sees_what_those_before_it_did(lab: PlatformLab) -> None:
    told = {"owner_id": 1, "st_id": 11, "rt_id": 101}
    template = [_operation("pem.deactivateST", st_id=11), _operation("pem.addResourceTypeToServiceTemplate", **told)]
    answer = lab.raw("pem.batchRequest", *template, template[1])
    assert (answer["status"], answer["properties"]["resource_type_id"]) == (-1, "101")
    limits = {"st_id": 11, "limits": [{"resource_id": 101, "resource_limit": 3}]}
    answer = lab.raw("pem.batchRequest", template[0], _operation("pem.setSTRTLimits", **limits))
    assert (answer["status"], answer["properties"]["resource_type_id"]) == (-1, "101")
    assert _active(lab) is True
    assert lab.raw("pem.batchRequest", *template, _operation("pem.setSTRTLimits", **limits)) == {"status": 0}
    assert lab.psql("select sub_limit from st_resources where st_id = 11 and rt_id = 101") == [["3"]]


def test_a_batch_that_waited_for_another_writer_sees_what_that_one_wrote(lab: PlatformLab) -> None:
    """The limit is as wanted then, so the subscription gets no second revision."""
    revision = "select revision from subscriptions where sub_id = 1000001"
    ((before,),) = lab.psql(revision)
    txn_id = lab.call("txn.Begin")["txn_id"]
    lab.call("pem.setResourceTypeLimits", txn_id=txn_id, **_limit(1000001, "7")["parameters"][0])
    batch = threading.Thread(target=lab.raw, args=("pem.batchRequest", _limit(1000001, "7"), _limit(1000002, "7")))
    batch.start()
    batch.join(0.5)
    assert batch.is_alive()
    lab.call("txn.Commit", txn_id=txn_id)
    batch.join()
    assert lab.psql(revision) == [[str(int(before) + 1)]]
    limits = {item["id"]: item["resource_types"].get("101") for item in lab.platform.state()["subscriptions"]}
    assert (limits[1000001], limits[1000002]) == (7, 7)


def test_the_tasks_of_a_batch_belong_to_its_request(lab: PlatformLab) -> None:
    before = _operation("pem.deactivateST", st_id=12)
    assert lab.raw("pem.batchRequest", before, {"request_id": "batch"}, _operation("pem.deactivateST", st_id=11)) == {
        "status": 0
    }
    groups = lab.psql("select count(*) from lab_tasks where group_id is not null")
    assert groups in ([["1"]], [["0"]])  # 0 when the engine was faster
    assert lab.finished("batch") == (0, [])


@pytest.mark.parametrize(
    "elements",
    [
        [],
        [{"operation": "pem.deactivateST"}],
        [{"operation": "pem.deactivateST", "parameters": {"st_id": 11}}],
        [{"operation": "pem.deactivateST", "parameters": []}],
        [_operation("txn.Begin")],
        [_operation("pem.getRequestStatus", request_id="x")],
        [{"request_id": "x", "operation": "pem.deactivateST"}],
        [_operation("pem.deactivateST", st_id=11, txn_id="1")],
    ],
)
def test_wrong_batches(lab: PlatformLab, elements: list[object]) -> None:
    answer = lab.raw("pem.batchRequest", *elements)
    assert (answer["module_id"], answer["extype_id"]) == ("OpenAPI", 21)
    assert _active(lab) is True


def test_a_locked_object_is_an_error_after_a_while(lab: PlatformLab, monkeypatch: pytest.MonkeyPatch) -> None:
    # connections of transactions are new ones, so the shorter time-out reaches the second transaction
    monkeypatch.setattr("office365_lab.platform.database._LOCK_TIMEOUT", "100ms")
    first, second = lab.call("txn.Begin")["txn_id"], lab.call("txn.Begin")["txn_id"]
    lab.call("pem.deactivateST", st_id=11, txn_id=first)
    assert _code(lab, "pem.deactivateST", st_id=11, txn_id=second) == ("Common", 90003)
    assert _code(lab, "txn.Commit", txn_id=second) == ("OpenAPI", 2001)
    lab.call("txn.Commit", txn_id=first)
    assert _active(lab) is False
