# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs, and whether a run has ended."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils import _run_owner


def process(proc: Path, number: int, parent: int, command: str, start: str = "777") -> None:
    folder = proc / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cmdline").write_text(command.replace(" ", "\0"), encoding="utf-8")
    fields = ["S", str(parent), *["0"] * 17, start, "0"]
    (folder / "stat").write_text(f"{number} (a (strange) name) {' '.join(fields)}", encoding="utf-8")


PLAYBOOK = "python /bin/ansible-playbook upgrade.yml"
MACHINE, CONTAINER = "pid:[4026531836]", "pid:[4026532201]"


def enter(proc: Path, namespace: str) -> None:
    """Be in this namespace of process numbers."""
    link = proc / "self" / "ns" / "pid"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(namespace)


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A worker of ansible-playbook, which a shell started."""
    monkeypatch.setattr(_run_owner, "MACHINE_ID", tmp_path / "machine-id")
    (tmp_path / "machine-id").write_text("machine-1\n", encoding="utf-8")
    enter(tmp_path, MACHINE)
    boot = tmp_path / "sys" / "kernel" / "random" / "boot_id"
    boot.parent.mkdir(parents=True)
    boot.write_text("boot-1\n", encoding="utf-8")
    process(tmp_path, os.getpid(), 20, PLAYBOOK)
    process(tmp_path, 20, 10, PLAYBOOK, start="4711")
    process(tmp_path, 10, 1, "-bash")
    process(tmp_path, 1, 0, "/sbin/init", start="1")
    return tmp_path


def test_the_owner_is_the_playbook_and_not_its_worker(proc: Path) -> None:
    found = _run_owner.owner(proc)
    assert (found["process"], found["process_start"], found["boot"]) == (20, "4711", "boot-1")
    assert len(found["id"]) == 32
    assert found["since"].endswith("Z")
    assert _run_owner.is_dead(found, proc) is False


def test_a_process_that_is_gone_or_another_one_is_dead(proc: Path) -> None:
    found = {**_run_owner.owner(proc), "command": "a run that nobody sees"}
    process(proc, 20, 10, "vim", start="4712")
    assert _run_owner.is_dead(found, proc) is True
    (proc / "20" / "stat").unlink()
    assert _run_owner.is_dead(found, proc) is True


def test_a_worker_that_outlives_its_run_keeps_it_alive(proc: Path) -> None:
    process(proc, 30, 10, f"{PLAYBOOK} -e one", start="4700")
    process(proc, os.getpid(), 30, f"{PLAYBOOK} -e one")
    found = _run_owner.owner(proc)
    process(proc, 31, 1, f"{PLAYBOOK} -e one", start="4800")
    process(proc, 40, 10, f"{PLAYBOOK} -e one", start="4900")
    process(proc, os.getpid(), 40, f"{PLAYBOOK} -e one")
    (proc / "30" / "stat").unlink()
    (proc / "30" / "cmdline").unlink()
    assert _run_owner.is_dead(found, proc) is False, "31 was forked from 30"
    (proc / "31" / "cmdline").unlink()
    assert _run_owner.is_dead(found, proc) is True, "40 is the run that asks"


@pytest.mark.parametrize(
    "wrapper", ["sudo ansible-playbook upgrade.yml", "bash /opt/ansible/up.sh", "python /bin/ansible-runner run"]
)
def test_what_started_a_run_may_end_alone(proc: Path, wrapper: str) -> None:
    process(proc, 10, 1, wrapper)
    found = _run_owner.owner(proc)
    assert (found["process"], found["process_start"]) == (20, "4711")
    (proc / "10" / "stat").unlink()
    (proc / "10" / "cmdline").unlink()
    process(proc, 20, 1, PLAYBOOK, start="4711")
    # asked by another run, whose command line is another one
    process(proc, os.getpid(), 40, f"{PLAYBOOK} -e two")
    process(proc, 40, 1, f"{PLAYBOOK} -e two")
    assert (_run_owner.is_dead(found, proc), _run_owner.is_alive(found, proc)) == (False, True)
    (proc / "20" / "stat").unlink()
    (proc / "20" / "cmdline").unlink()
    assert _run_owner.is_dead(found, proc) is True


def test_where_processes_of_others_are_hidden_a_run_that_is_not_seen_is_not_dead(proc: Path) -> None:
    found = _run_owner.owner(proc)
    (proc / "1" / "stat").unlink()
    assert _run_owner.is_alive(found, proc) is True, "this one is seen"
    hidden = {**found, "process": 99, "command": "a run that nobody sees"}
    assert (_run_owner.is_dead(hidden, proc), _run_owner.is_alive(hidden, proc)) == (False, False)
    (proc / "sys" / "kernel" / "random" / "boot_id").write_text("boot-2\n", encoding="utf-8")
    assert _run_owner.is_dead(hidden, proc) is True, "no process outlives a restart"


def test_after_a_restart_every_run_has_ended(proc: Path) -> None:
    found = _run_owner.owner(proc)
    (proc / "sys" / "kernel" / "random" / "boot_id").write_text("boot-2\n", encoding="utf-8")
    assert _run_owner.is_dead(found, proc) is True


@pytest.mark.parametrize(
    "changes",
    [
        {"controller": "elsewhere"},
        {"process_start": ""},
        {"pid_namespace": CONTAINER},
        {"pid_namespace": CONTAINER, "boot": "boot-2"},
        {"pid_namespace": ""},
        {"machine": "machine-2", "boot": "boot-2"},
    ],
)
def test_nothing_is_said_of_runs_that_cannot_be_known(proc: Path, changes: dict[str, Any]) -> None:
    holder = {**_run_owner.owner(proc), "process": 99, **changes}
    assert (_run_owner.is_dead(holder, proc), _run_owner.is_alive(holder, proc)) == (False, False)


def test_in_a_container_a_restart_of_the_machine_says_nothing(proc: Path) -> None:
    """Another machine may have a container of the same name and image."""
    enter(proc, CONTAINER)
    found = _run_owner.owner(proc)
    assert _run_owner.is_alive(found, proc) is True
    (proc / "sys" / "kernel" / "random" / "boot_id").write_text("boot-2\n", encoding="utf-8")
    assert (_run_owner.is_dead(found, proc), _run_owner.is_alive(found, proc)) == (False, False)


def test_within_a_container_a_run_that_ended_is_known(proc: Path) -> None:
    enter(proc, CONTAINER)
    assert _run_owner.is_dead({**_run_owner.owner(proc), "process": 99}, proc) is True


def test_without_a_namespace_or_an_id_of_the_machine_nothing_is_known(proc: Path) -> None:
    found = _run_owner.owner(proc)
    (proc / "machine-id").unlink()
    assert _run_owner.owner(proc)["machine"] == ""
    assert _run_owner.is_dead({**found, "boot": "boot-2", "machine": ""}, proc) is False
    (proc / "self" / "ns" / "pid").unlink()
    assert _run_owner.is_dead({**_run_owner.owner(proc), "process": 99}, proc) is False


def test_this_process_is_alive() -> None:
    assert _run_owner.is_dead(_run_owner.owner()) is False


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 second(s)"), (125, "2 minute(s)"), (7300, "2 hour(s)"), (2e5, "2 day(s)")]
)
def test_the_age_in_words(seconds: float, text: str) -> None:
    now = datetime.datetime(2026, 1, 31, 12, 0, 0, tzinfo=datetime.timezone.utc)
    since = now - datetime.timedelta(seconds=seconds)
    assert _run_owner.age({"since": since.strftime("%Y-%m-%dT%H:%M:%SZ")}, now) == text
    assert _run_owner.age({}) == "an unknown time"
    assert _run_owner.age({"since": "2026-01-01T00:00:00Z"}).endswith("day(s)")
