"""The task engine: states, queues, planned faults, rescheduling, cancelling, restart."""

from __future__ import annotations

import time

import pytest
from platform_lab import PlatformLab, RefusedError, wait_for

TENANT_TASK = "Provisioning"


def _deactivate(lab: PlatformLab, st_id: int = 11) -> str:
    return lab.request("pem.deactivateST", st_id=st_id)


def _status(lab: PlatformLab) -> str:
    task = lab.task(TENANT_TASK)
    return task["status"] if task is not None else "gone"


def _logs(lab: PlatformLab) -> list[list[str]]:
    """What the log tells of all tasks but the one that had failed before."""
    return lab.psql(
        "select exec_status, action_output from tm_logs"
        " where task_id not in (select task_id from tm_tasks where method = 'taskBackup') order by log_id"
    )


def test_the_start_state_has_tasks_of_others_that_stay(lab: PlatformLab) -> None:
    time.sleep(0.2)
    tasks = lab.platform.state()["tasks"]
    assert [task["status"] for task in tasks] == ["s", "s", "f"]
    assert not any("Office365" in task["name"] for task in tasks)
    assert lab.psql("select count(*) from tm_tasks join tm_periodic using (task_id)") == [["2"]]
    assert lab.psql("select count(*) from tm_tasks join tm_usual using (task_id)") == [["1"]]


def test_a_task_runs_and_leaves_only_its_log(lab: PlatformLab) -> None:
    lab.faults.add(f"task:mn01:{TENANT_TASK}", "delay", seconds=0.2)
    request = _deactivate(lab)
    wait_for(lambda: _status(lab) == "e")
    row = lab.psql(
        "select run_num, timeout, mutex, retry_num from tm_tasks join tm_usual using (task_id) where status = 'e'"
    )
    assert row == [["1", "3600", "service-template-11", "0"]]
    assert lab.call("pem.getRequestStatus", request_id=request)["request_status"] == 1
    assert lab.finished(request) == (0, [])
    assert _status(lab) == "gone"
    assert _logs(lab) == [["s", "service template refreshed"]]
    assert (
        lab.wire(
            'Provisioning "Tenant" for APS application Office365(' + lab.installation.instances[0].endpoint_uri + ")"
        )[0]["channel"]
        == "task"
    )


def test_a_failed_task_blocks_its_queue_and_no_other(lab: PlatformLab) -> None:
    lab.faults.add(f"task:mn01:{TENANT_TASK}", "fail", message="no answer from the gateway")
    failed = _deactivate(lab)
    status, messages = lab.finished(failed)
    assert status == 2
    assert messages[0].endswith("failed: no answer from the gateway")
    assert _status(lab) == "f"
    blocked = lab.request("pem.activateST", st_id=11)
    other = _deactivate(lab, 12)
    assert lab.finished(other) == (0, [])
    time.sleep(0.2)
    assert lab.call("pem.getRequestStatus", request_id=blocked)["request_status"] == 1
    task = lab.task(TENANT_TASK)
    assert task is not None
    lab.call("pem.tasks.rescheduleTask", task_id=task["id"])
    assert lab.finished(failed) == (0, [])
    assert lab.finished(blocked) == (0, [])
    assert [row[0] for row in _logs(lab)] == ["f", "s", "s", "s"]


def test_a_canceled_task_lets_its_queue_go_on(lab: PlatformLab) -> None:
    lab.faults.add(f"task:mn01:{TENANT_TASK}", "cancel")
    canceled = _deactivate(lab)
    status, messages = lab.finished(canceled)
    assert status == 2
    assert "was canceled" in messages[0]
    assert _status(lab) == "c"
    assert lab.psql("select cancelled_by, time_cancelled is not null from tm_tasks where status = 'c'") == [
        ["planned fault", "t"]
    ]
    assert lab.finished(lab.request("pem.activateST", st_id=11)) == (0, [])


def test_a_stuck_task_runs_until_somebody_cancels_it(lab: PlatformLab) -> None:
    lab.faults.add(f"task:mn01:{TENANT_TASK}", "stuck")
    request = _deactivate(lab)
    wait_for(lambda: _status(lab) == "e")
    time.sleep(0.2)
    task = lab.task(TENANT_TASK)
    assert task is not None
    assert task["status"] == "e"
    with pytest.raises(RefusedError) as refused:
        lab.call("pem.tasks.rescheduleTask", task_id=task["id"])
    assert refused.value.code == ("TaskManager", 90013)
    lab.call("lab.cancelTask", task_id=task["id"])
    assert lab.call("pem.getRequestStatus", request_id=request)["request_status"] == 2
    lab.call("pem.tasks.rescheduleTask", task_id=task["id"], timeout=60, params=[{"name": "a", "value": "b"}])
    assert lab.finished(request) == (0, [])
    assert lab.psql("select count(*) from tm_params") == [["0"]]  # 7.1 takes no parameters
    with pytest.raises(RefusedError):
        lab.call("lab.cancelTask", task_id=task["id"])


def test_a_rescheduled_task_comes_again_by_itself(lab: PlatformLab) -> None:
    lab.faults.add(f"task:mn01:{TENANT_TASK}", "reschedule", seconds=0.3, message="try later")
    request = _deactivate(lab)
    wait_for(lambda: _status(lab) == "s")
    assert lab.call("pem.getRequestStatus", request_id=request)["request_status"] == 1
    assert lab.finished(request) == (0, [])
    assert _logs(lab) == [["r", "try later"], ["s", "service template refreshed"]]


def test_rescheduling_what_does_not_exist(lab: PlatformLab) -> None:
    with pytest.raises(RefusedError) as refused:
        lab.call("pem.tasks.rescheduleTask", task_id=9999)
    assert refused.value.code == ("Common", 90002)


def test_tasks_of_a_transaction_that_is_rolled_back_never_run(lab: PlatformLab) -> None:
    txn_id = lab.call("txn.Begin", request_id="undone")["txn_id"]
    lab.call("pem.deactivateST", st_id=11, txn_id=txn_id)
    lab.call("txn.Rollback", txn_id=txn_id)
    time.sleep(0.2)
    assert _logs(lab) == []
    assert lab.psql("select count(*) from tm_groups") == [["0"]]


def test_a_new_engine_goes_on_where_the_old_one_stopped(lab: PlatformLab) -> None:
    lab.faults.add(f"task:mn01:{TENANT_TASK}", "delay", seconds=0.3)
    request = _deactivate(lab)
    wait_for(lambda: _status(lab) == "e")
    engine = lab.platform._engine
    assert engine is not None
    engine.stop()
    time.sleep(0.4)
    assert _status(lab) == "e"
    engine.start()
    assert lab.finished(request) == (0, [])
    assert lab.psql("select count(*) from tm_logs where exec_status = 's'") == [["1"]]
