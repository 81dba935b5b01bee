# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback, fed with events as Ansible sends them."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import context
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.callback import CallbackBase
from ansible.utils.context_objects import CLIArgs
from ansible_collections.odin.office365.plugins.callback import run_report
from ansible_collections.odin.office365.plugins.plugin_utils._report import collection, reporter

HOST = SimpleNamespace(get_name=lambda: "iis01")
SECRET = "hunter2-secret"  # what a report must never hold


def play(word: str = "endpoint", *, ours: bool = True, **variables: Any) -> Any:
    """A play, of ours or of the user's own playbook, with the variables of its hosts."""
    folder = collection.ROOT / "playbooks" / "steps" if ours else Path("/srv/playbooks")
    return SimpleNamespace(
        tags=["always", f"step_{word}"],
        get_name=lambda: f"play {word}",
        get_path=lambda: f"{folder / word}.yml:2",
        get_variable_manager=lambda: SimpleNamespace(get_vars=lambda play, host: variables),
        get_loader=DataLoader,
    )


def task(name: str = "one | Do it", **fields: Any) -> Any:
    values = {"name": name, "action": "ansible.builtin.command", "no_log": False, "loop": None, "loop_with": None}
    return SimpleNamespace(**{**values, "ignore_unreachable": False, "get_name": lambda: name, **fields})


def result(of: Any, **data: Any) -> Any:
    return SimpleNamespace(
        host=HOST,
        task=of,
        result=data,
        is_changed=lambda: bool(data.get("changed")),
    )


class Run:
    """One playbook; ``plays`` are all that it holds."""

    def __init__(self, plugin: Any, *plays: Any) -> None:
        self.plugin = plugin
        plugin.v2_playbook_on_start(SimpleNamespace(_file_name="/srv/night.yml", get_plays=lambda: list(plays)))

    def play(self, started: Any) -> None:
        self.plugin.v2_playbook_on_play_start(started)

    def task(self, of: Any) -> None:
        self.plugin.v2_playbook_on_task_start(of, False)
        self.plugin.v2_runner_on_start(HOST, of)

    def end(self, **counts: dict[str, int]) -> None:
        self.plugin.v2_playbook_on_stats(SimpleNamespace(**{"failures": {}, "dark": {}, **counts}))


class Shown:
    """What the display was given."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.warnings: list[str] = []

    def display(self, line: str) -> None:
        self.lines.append(line)

    def warning(self, line: str) -> None:
        self.warnings.append(line)


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, shown: Shown) -> Iterator[Any]:
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"check": False, "tags": ("all",), "extra_vars": (SECRET,)}))
    monkeypatch.setattr(run_report.CallbackModule, "_reporting", None)
    made = run_report.CallbackModule()
    monkeypatch.setattr(made, "_display", shown)
    monkeypatch.setattr(made, "get_option", lambda _name: 0)
    before = [signal.getsignal(number) for number in run_report._SIGNALS]
    yield made
    made._end()
    assert [signal.getsignal(number) for number in run_report._SIGNALS] == before


def report(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("run-*.json")
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def everything(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


def test_a_run_from_its_start_to_its_end(plugin: Any, shown: Shown, tmp_path: Path) -> None:
    started = play(office365_report_folder=str(tmp_path / "reports"), office365_confirm="abc", password=SECRET)
    run = Run(plugin, play(ours=False), started)
    run.play(play(ours=False))
    run.task(task("theirs"))
    plugin.v2_runner_on_ok(result(task("theirs"), changed=True))
    assert not (tmp_path / "reports").exists()
    run.play(started)
    run.task(task())
    status = json.loads((tmp_path / "reports" / "status.json").read_text(encoding="utf-8"))
    assert (status["state"], status["step_title"], status["task"]) == ("running", "play endpoint", "one | Do it")
    assert status["process"] > 0
    plugin.v2_runner_on_ok(result(task(), changed=True, invocation={"module_args": SECRET}))
    run.end()
    data = report(tmp_path / "reports")
    assert (data["run"]["state"], data["run"]["playbook"]) == ("succeeded", "night.yml")
    assert [(row["host"], row["task"]) for row in data["changes"]] == [("iis01", "one | Do it")]
    assert data["confirmations"] == [{"name": "office365_confirm", "value": "abc"}]
    assert SECRET not in everything(tmp_path / "reports")
    assert len(shown.lines) == 1
    assert shown.lines[0].startswith("Report of the run: ")
    assert shown.warnings == []


@pytest.mark.parametrize(
    "told", [{"msg": "the disk is full"}, {"error": [{"exception": {"message": "the disk is full"}}]}], ids=str
)
def test_a_failure_is_told_after_the_recap(plugin: Any, shown: Shown, tmp_path: Path, told: dict[str, Any]) -> None:
    started = play(office365_report_folder=str(tmp_path))
    run = Run(plugin, started, play("application"))
    run.play(started)
    run.task(task())
    plugin.v2_runner_on_failed(result(task("ignored"), msg="never mind"), ignore_errors=True)
    plugin.v2_runner_on_unreachable(result(task("expected", ignore_unreachable=True), msg="never mind"))
    plugin.v2_runner_on_failed(result(task(), **told))
    run.end(failures={"iis01": 1})
    assert shown.lines[0].startswith("THE RUN FAILED after ")
    assert "  Why: the disk is full" in shown.lines
    assert [row["message"] for row in report(tmp_path)["failures"]] == ["the disk is full"]
    assert [step["state"] for step in report(tmp_path)["steps"]] == ["failed", "not_reached"]


def test_hidden_results_stay_hidden(plugin: Any, tmp_path: Path) -> None:
    started = play(office365_report_folder=str(tmp_path))
    run = Run(plugin, started)
    run.play(started)
    hidden = task("hidden", no_log=True)
    run.task(hidden)
    plugin.v2_runner_item_on_ok(
        result(hidden, changed=True, _ansible_item_label=SECRET, rows=[{"a": SECRET, "changed": True}])
    )
    plugin.v2_runner_on_failed(result(task("by the module"), _ansible_no_log=True, msg=SECRET))
    looped = task("loop", loop="{{ x }}")
    rows = [
        {"failed": True, "msg": SECRET, "_ansible_no_log": True},
        {"failed": True, "msg": "said", "_ansible_item_label": "b"},
    ]
    plugin.v2_runner_on_failed(result(looped, msg="One or more items failed", results=rows))
    run.end(failures={"iis01": 2})
    assert SECRET not in everything(tmp_path)
    assert [row["message"] for row in report(tmp_path)["failures"]] == ["the task hides its result", "b: said"]


def test_items_of_loops_are_changes_of_their_own(plugin: Any, tmp_path: Path) -> None:
    started = play(office365_report_folder=str(tmp_path))
    run = Run(plugin, started)
    run.play(started)
    looped = task(loop="{{ x }}")
    run.task(looped)
    plugin.v2_runner_item_on_ok(result(looped, changed=True, _ansible_item_label="a.js"))
    plugin.v2_runner_item_on_ok(result(looped, changed=True, _ansible_item_label={"token": SECRET}))
    plugin.v2_runner_item_on_ok(result(looped, changed=False, _ansible_item_label="same"))
    plugin.v2_runner_on_ok(result(looped, changed=True, results=[]))
    run.end()
    assert [row["item"] for row in report(tmp_path)["changes"]] == ["a.js", ""]
    assert SECRET not in everything(tmp_path)


def test_what_goes_wrong_in_the_thread_of_loops_is_no_harm_either(plugin: Any, shown: Shown, tmp_path: Path) -> None:
    started = play(office365_report_folder=str(tmp_path))
    run = Run(plugin, started)
    run.play(started)
    run.task(task())
    thread = threading.Thread(target=plugin.v2_runner_item_on_ok, args=(None,))
    thread.start()
    thread.join()
    assert len(shown.warnings) == 1
    run.end()
    assert shown.lines == []


@pytest.mark.parametrize("words", [(), ("collect", "plan")])
def test_other_playbooks_and_plans_have_no_report(
    plugin: Any, shown: Shown, tmp_path: Path, words: tuple[str, ...]
) -> None:
    plays = [play(word, office365_report_folder=str(tmp_path)) for word in words]
    plays.append(play("collect", ours=False, office365_report_folder=str(tmp_path)))
    run = Run(plugin, *plays)
    for one in plays:
        run.play(one)
        run.task(task())
        plugin.v2_runner_on_ok(result(task(), changed=True))
    run.end()
    assert list(tmp_path.iterdir()) == []
    assert shown.lines == []


def test_only_one_of_two_reports(plugin: Any, shown: Shown, tmp_path: Path) -> None:
    started = play(office365_report_folder=str(tmp_path))
    second = run_report.CallbackModule()
    second._display = shown
    runs = [Run(one, started) for one in (plugin, second)]
    for run in runs:
        run.play(started)
        run.task(task())
        run.end()
    assert len(shown.lines) == 1
    # the next playbook of the same command has a report of its own
    run = Run(plugin, started)
    run.play(started)
    run.task(task())
    run.end()
    assert len(list(tmp_path.glob("run-*.json"))) == 2


JOURNAL = {"name": "record | Write the journal entry", "action": "odin.office365.journal_entry"}
ENTRY = {"status": "started", "time": "2026-11-28T01:15:00Z", "detail": {"site": "Gateway"}}


def entry_written(node: str, path: str) -> Any:
    return result(task(**JOURNAL, delegate_to=node), changed=True, file=path, entry=ENTRY)


def test_a_copy_of_each_journal_entry_stays_here(plugin: Any, tmp_path: Path) -> None:
    started = play(office365_report_folder=str(tmp_path))
    run = Run(plugin, started)
    run.play(started)
    run.task(task(**JOURNAL))
    plugin.v2_runner_on_ok(entry_written("mn01", "/var/lib/odin-office365/journal/endpoint-01.json"))
    # what a host says does not lead out of the folder
    plugin.v2_runner_on_ok(entry_written("../mn02", "/var/lib/../.."))
    plugin.v2_runner_on_failed(
        result(task(**JOURNAL, delegate_to="mn01"), msg="the disk is full", file="/var/lib/other.json")
    )
    run.end()
    copies = {str(path.relative_to(tmp_path / "journal")): path for path in tmp_path.rglob("*/*") if path.is_file()}
    assert sorted(copies) == ["__mn02/_", "mn01/endpoint-01.json"]
    assert json.loads(copies["mn01/endpoint-01.json"].read_text(encoding="utf-8")) == ENTRY
    assert {path.stat().st_mode & 0o777 for path in copies.values()} == {0o600}


def test_check_mode_writes_no_journal_and_no_copy(plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"check": True}))
    started = play(office365_report_folder=str(tmp_path))
    run = Run(plugin, started)
    run.play(started)
    run.task(task(**JOURNAL))
    plugin.v2_runner_on_ok(entry_written("mn01", "/var/lib/odin-office365/journal/endpoint-01.json"))
    run.end()
    assert not (tmp_path / "journal").exists()


def test_what_goes_wrong_here_is_told_once_and_breaks_nothing(plugin: Any, shown: Shown, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    started = play(office365_report_folder=str(tmp_path / "file"))
    run = Run(plugin, started)
    run.play(started)
    run.task(task())
    run.task(task())
    plugin.v2_runner_on_ok(result(task(), changed=True))
    run.end()
    assert len(shown.warnings) == 1
    assert "The status of this run and the copy of its journal cannot be written now" in shown.warnings[0]
    assert "The run itself goes on" in shown.warnings[0]
    assert len(shown.lines) == 1
    assert shown.lines[0].startswith(f"Report of the run: not written, {tmp_path / 'file'}/run-")
    assert shown.lines[0].endswith(".json: File exists")


def no_room(*_arguments: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_hides_no_failure_and_is_no_harm_when_it_has_room_again(
    plugin: Any, shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = play(office365_report_folder=str(tmp_path))
    for full in (True, False):
        shown.lines.clear()
        run = Run(plugin, started)
        run.play(started)
        with monkeypatch.context() as patched:
            patched.setattr(reporter, "write_private", no_room)
            run.task(task())
            plugin.v2_runner_on_failed(result(task(), msg="it broke"))
            if full:
                run.end(failures={"iis01": 1})
        if not full:
            run.end(failures={"iis01": 1})
        assert "  Why: it broke" in shown.lines
        assert ("No space left on device" in shown.lines[-1]) is full
    assert len(shown.warnings) == 2
    assert [row["message"] for row in report(tmp_path)["failures"]] == ["it broke"]


class Templates:
    """Refuses what refers to something that is not known yet."""

    def __init__(self, **_kwargs: Any) -> None:
        pass

    def template(self, value: Any) -> Any:
        if "{{" in str(value):
            raise ValueError(value)
        return value


def test_what_cannot_be_told_yet_or_says_no_is_left_out(
    plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_report, "Templar", Templates)
    started = play(
        autoconf_confirmed=False,
        trial_checker_confirmed="{{ later }}",
        office365_report_folder="{{ later }}",
        resource_settings_outcome="completed",
    )
    run = Run(plugin, started)
    run.play(started)
    run.task(task())
    run.end()
    assert report(tmp_path / "office365-reports")["confirmations"] == [
        {"name": "resource_settings_outcome", "value": "completed"}
    ]


def test_a_signal_leaves_a_report_and_does_what_it_did_before(
    plugin: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: seen.append(number))
    try:
        started = play(office365_report_folder=str(tmp_path))
        run = Run(plugin, started)
        run.play(started)
        run.task(task())
        os.kill(os.getpid(), signal.SIGTERM)
        assert seen == [signal.SIGTERM]
        assert report(tmp_path)["run"]["state"] == "interrupted"
        assert "THE RUN WAS INTERRUPTED" in capfd.readouterr().out
        plugin._end()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_worker_writes_no_report(plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = play(office365_report_folder=str(tmp_path))
    run = Run(plugin, started)
    run.play(started)
    run.task(task())
    monkeypatch.setattr(plugin, "_process", os.getpid() + 1)
    plugin._interrupted()
    assert list(tmp_path.glob("run-*")) == []


def test_a_task_that_takes_long_is_told_of(
    plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plugin, "get_option", lambda _name: 5)
    slept = threading.Event()
    clock = iter(range(10**6))

    def sleep(_seconds: float) -> None:
        slept.wait(0.001)

    monkeypatch.setattr(run_report, "time", SimpleNamespace(time=lambda: float(next(clock)), sleep=sleep))
    started = play(office365_report_folder=str(tmp_path))
    run = Run(plugin, started)
    run.play(started)
    run.task(task("wait | \x1b[31mred"))
    deadline = time.monotonic() + 10
    told = ""
    while told.count("... ") < 2 and time.monotonic() < deadline:
        told += capfd.readouterr().err
        time.sleep(0.01)
    run.end()
    lines = [line for line in told.splitlines() if line.startswith("... ")]
    assert len(lines) >= 2
    assert "in play endpoint: wait | " in lines[0]
    assert "\x1b" not in told


def test_it_listens_to_what_it_should() -> None:
    implemented = {name for name in vars(run_report.CallbackModule) if name.startswith("v2_")}
    assert all(hasattr(CallbackBase, name) for name in implemented)
    assert "v2_playbook_on_stats" in implemented
