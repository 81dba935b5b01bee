"""The database: who may do what, the documented tables, the start state, sizes, and that it ends with the lab."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from office365_lab.billing_plans import billing_plans
from office365_lab.installation import plan_installation
from office365_lab.options import LabOptions
from office365_lab.platform import packages
from office365_lab.platform.postgres import PostgresServer
from platform_lab import FAST, PlatformLab, running, wait_for

# oa-api.md 1.8, 2.3, 4
DOCUMENTED = {
    "version_history": {"build", "version", "build_date", "install_date"},
    "hotfixes": {"name", "build", "build_date", "install_date"},
    "tm_tasks": {
        "task_id",
        "name",
        "description",
        "location",
        "method",
        "run_num",
        "next_start",
        "cancelled_by",
        "time_cancelled",
        "status",
        "timeout",
        "prio",
        "subscription_id",
        "parent_task_id",
        "non_legacy",
    },
    "tm_usual": {"task_id", "mutex", "ignore_failures", "retry_num"},
    "tm_params": {"task_id", "p_name", "p_value"},
    "tm_logs": {"task_id", "action_output", "exec_status", "finished"},
    "tm_groups": {"gclass"},
    "tm_task_references": {"task_id"},
    "resource_classes": {
        "class_id",
        "name",
        "friendly_name",
        "parent_class_id",
        "parent_path",
        "partible",
        "license_item",
    },
    "resource_types": {
        "rt_id",
        "owner_id",
        "restype_name",
        "description",
        "class_id",
        "parent_id",
        "parent_path",
        "system",
    },
    "st_resources": {"st_id", "rt_id", "src_rt_instance_id"},
    "subs_resources": {"sub_id", "rt_id", "rt_instance_id", "curr_usage", "own_usage", "path"},
    "rt_act_params": {"rt_id", "name", "value"},
    "st_act_params": {"st_id", "rt_id", "name"},
    "openapi_config": {"name", "value"},
}


@pytest.mark.parametrize("table", sorted(DOCUMENTED))
def test_documented_tables_and_columns(lab: PlatformLab, table: str) -> None:
    rows = lab.psql("select column_name from information_schema.columns where table_name = :'name'", name=table)
    assert DOCUMENTED[table] <= {row[0] for row in rows}
    assert lab.psql("select has_table_privilege('oss_reader', :'name', 'select')", name=table) == [["t"]]


def test_the_reader_cannot_write(lab: PlatformLab) -> None:
    for statement in ("delete from tm_tasks", "set default_transaction_read_only = off; delete from tm_tasks"):
        with pytest.raises(subprocess.CalledProcessError):
            lab.psql(statement)
    assert lab.psql("show default_transaction_read_only") == [["on"]]


def test_the_start_state_is_the_installation(lab: PlatformLab) -> None:
    state = lab.platform.state()
    plan = plan_installation(lab.options)
    assert [item["id"] for item in state["service_templates"]] == [item.id for item in plan.service_templates]
    assert {item["id"]: item["active"] for item in state["service_templates"]} == {
        item.id: item.active for item in plan.service_templates
    }
    assert {item["id"]: item["resource_types"] for item in state["subscriptions"]} == {
        item.id: {str(rt_id): limit for rt_id, limit in sorted(item.limits.items())} for item in plan.subscriptions
    }
    first = state["service_templates"][0]
    assert first["instance_ids"] == [1001]
    assert first["resource_types"][0] == {"id": 103, "name": "Office 365 Global Settings", "limit": -1}
    assert state["packages"] == [
        {
            "application": "Backup",
            "application_id": 3,
            "version": "2.1-7",
            "status": "Ready",
            "enabled": True,
            "relations": "ok",
        },
        {
            "application": "Office365",
            "application_id": 5,
            "version": "16.6.4-20",
            "status": "Ready",
            "enabled": True,
            "relations": "ok",
        },
    ]
    assert state["resource_settings"] == {"script_runs": 0, "damaged": False, "converted": False}
    rates = {
        item.id: [(rate.id, rate.resource_type_id, "unit", float(rate.recurring_fee)) for rate in item.rates]
        for item in billing_plans(plan)
    }
    names = ("id", "resource_type_id", "unit", "recurring_fee")
    found = state["billing"].pop("plans")
    assert {item["id"]: [tuple(rate[name] for name in names) for rate in item["rates"]] for item in found} == rates
    assert state["billing"] == {"units": {}, "service_parameters": {}}


def test_reset_gives_the_same_state_again(lab: PlatformLab) -> None:
    before = lab.platform.state()
    txn_id = lab.call("txn.Begin")["txn_id"]
    lab.call("pem.cloneServiceTemplate", service_template_id=11, name="clone", txn_id=txn_id)
    lab.call("pem.deactivateST", st_id=12)
    assert lab.platform.state() != before
    lab.platform.reset()
    assert lab.platform.state() == before
    assert lab.raw("txn.Commit", {"txn_id": txn_id})["extype_id"] == 2001


def test_two_platforms_with_the_same_options_are_alike_and_do_not_disturb_each_other(
    lab: PlatformLab, tmp_path: Path
) -> None:
    with running(tmp_path, FAST) as other:
        assert other.platform.state() == lab.platform.state()
        other.call("pem.deactivateST", st_id=11)
        assert lab.platform.state()["service_templates"][0]["active"] is True


def test_a_stopped_platform_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path, FAST) as lab:
        folder = lab.addresses.database_socket_folder
        assert folder.stat().st_mode & 0o777 in (0o711, 0o700)
    assert not folder.exists()
    lab.platform.stop()
    with pytest.raises(RuntimeError):
        PostgresServer().socket_folder  # noqa: B018  the property raises


def test_a_start_that_fails_stops_what_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform_lab.build_packages", lambda folder, versions: None)
    folders: list[Path] = []

    def remember(prefix: str) -> str:
        folders.append(Path(make_folder(prefix=prefix)))
        return str(folders[-1])

    make_folder = tempfile.mkdtemp
    monkeypatch.setattr("office365_lab.platform.postgres.tempfile.mkdtemp", remember)
    with pytest.raises(packages.PackageError, match="cannot be opened"), running(tmp_path / "lab", FAST):
        pass
    assert [folder.exists() for folder in folders] == [False]


@pytest.mark.parametrize("version", ["new", "7", "7.1.0_130748", "7.1.0_hf", ""])
def test_a_platform_version_that_is_none(tmp_path: Path, version: str) -> None:
    options = LabOptions.from_json({**FAST.to_json(), "platform_version": version})
    with pytest.raises(ValueError, match="platform_version"), running(tmp_path, options):
        pass


@pytest.mark.parametrize(("subscriptions", "seconds"), [(200, 10.0), (20000, 40.0)])
def test_sizes(tmp_path: Path, subscriptions: int, seconds: float) -> None:
    started = time.monotonic()
    with running(tmp_path, LabOptions.from_json({**FAST.to_json(), "subscriptions": subscriptions})) as lab:
        assert time.monotonic() - started < seconds
        assert lab.psql("select count(*) from subscriptions") == [[str(subscriptions + 6)]]
        answer = lab.rest("/collections/subscriptions?limit(0,1)")
        assert answer.headers["Content-Range"].endswith(f"/{subscriptions + 6}")


_KILLED = """
import os, sys
from office365_lab.platform import packages
from office365_lab.platform.postgres import PostgresServer
server = PostgresServer()
server.start()
print(server.socket_folder, flush=True)
sys.stdin.read()
"""


def test_the_database_ends_when_the_lab_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as lab:
        assert lab.stdout is not None
        folder = Path(lab.stdout.readline().strip())
        psycopg.connect(host=str(folder), user="postgres").close()
        os.kill(lab.pid, signal.SIGKILL)
        lab.wait()
    wait_for(lambda: not folder.exists())
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(folder), user="postgres")
