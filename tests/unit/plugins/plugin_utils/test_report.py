# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run: what is recorded, and how text, page and status tell it.

After a change that is wanted, the files in report_files are made anew in a copy of the collection:
``PYTHONPATH=.cache python -m ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.report_runs
tests/unit/plugins/plugin_utils/report_files``.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils import _run_owner
from ansible_collections.odin.office365.plugins.plugin_utils._report import collection, files, record, status
from ansible_collections.odin.office365.plugins.plugin_utils._report.document import (
    INTERRUPTED,
    REFUSED,
    STOPPED,
    SUCCEEDED,
    document,
)
from ansible_collections.odin.office365.plugins.plugin_utils._report.reporter import (
    Reporter,
    forget_survived,
    outcome,
    report_files,
)
from ansible_collections.odin.office365.plugins.plugin_utils._report.text import last_lines, report_text
from ansible_collections.odin.office365.plugins.plugin_utils._report.words import row_text
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils import report_runs
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.page_reader import Reader
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.report_runs import EVIL, RUN, START, Story

FILES = Path(__file__).parent / "report_files"


def page(data: dict[str, Any]) -> Reader:
    return Reader(report_files(data)["html"])


@pytest.mark.parametrize("suffix", ["json", "txt", "html"])
@pytest.mark.parametrize("name", report_runs.RUNS)
def test_the_files_are_as_they_were(name: str, suffix: str) -> None:
    expected = (FILES / f"{name}.{suffix}").read_text(encoding="utf-8")
    assert report_files(report_runs.RUNS[name]())[suffix] == expected


@pytest.mark.parametrize("name", report_runs.RUNS)
def test_a_page_is_whole_and_needs_nothing_from_the_network(name: str) -> None:
    read = page(report_runs.RUNS[name]())
    assert read.open == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(read.tags)
    assert not any({"src", "href"} & attrs.keys() for _tag, attrs in read.elements)


def test_names_are_data_whatever_they_look_like() -> None:
    data = report_runs.evil()
    shown = EVIL.replace("\x1b", "\N{REPLACEMENT CHARACTER}").replace("\u202e", "\N{REPLACEMENT CHARACTER}")
    texts = report_files(data)
    assert "<script>" not in texts["html"]
    assert shown in Reader(texts["html"]).text
    assert shown in texts["txt"]
    assert json.loads(texts["json"]) == data
    told = "\n".join([*texts.values(), *last_lines(data, f"/r/{EVIL}")])
    assert not [letter for letter in told if letter in "\x1b\u202e"]


def test_many_hosts_are_seen_in_the_picture_but_folded_in_lists() -> None:
    read = page(report_runs.success(50, 25))
    steps = [attrs for tag, attrs in read.elements if tag == "details"]
    assert read.count("div", "small") == 27  # mn01, billing01 and the endpoint hosts
    assert read.count("rect", "bar") > 3 * 25
    assert "open" not in steps[0]
    assert len(report_runs.success(50, 25)["changes"]) > 100
    assert len(report_text(report_runs.success(50, 25)).splitlines()) < 200


def test_the_window_is_shaded_in_every_lane() -> None:
    read = page(report_runs.success())
    assert read.count("rect", "window") == read.count("div", "drawing") + 1  # and in the legend


# -- what is recorded ----------------------------------------------------------------------------------------------


def states(data: dict[str, Any]) -> dict[str, str]:
    return {step["word"]: step["state"] for step in data["steps"]}


def test_states_of_steps_of_a_success() -> None:
    data = report_runs.success()
    assert data["run"]["state"] == SUCCEEDED
    found = states(data)
    assert found.pop("trial_checker") == "nothing_to_do"
    assert set(found.values()) == {"done"}
    assert "recovery" not in found
    assert data["provisioning"]["state"] == "active_again"
    assert data["versions"]["instances"] == [
        {"application_instance_id": 1001, "before": "16.6.4-20", "after": "16.8.4-34"}
    ]
    assert data["next"] == []
    assert last_lines(data, "/r/run") == ["Report of the run: /r/run.html (.txt, .json)"]


def test_a_failure_in_the_window_says_that_provisioning_is_stopped_and_how_to_go_on() -> None:
    data = report_runs.failure()
    found = states(data)
    assert (found["endpoint"], found["resource_settings"], found["stop_provisioning"]) == (
        "failed",
        "not_reached",
        "done",
    )
    assert last_lines(data, "/r/run") == [
        "THE RUN FAILED after 2 min 31 s.",
        "  Where: A5 upgrade the application endpoint, on iis02, task: gateway_site | Stop where setup.cmd failed",
        "  Why: setup.cmd failed for gateway site 'Gateway 2' on iis02: exit code 1.",
        "  Read the log, then run again.",
        "  Steps done: A1, A2, A3, A4",
        "  Steps not done: A5, A6, A7, A8, A9, A10, A11, A12, A13",
        "  Provisioning is stopped since 2027-01-15 08:00:58 UTC: customers cannot order.",
        "  Correct the cause, then run the same command again: it goes on; what is done is not done again.",
        "  Provisioning is not started by itself: the run that comes to its end starts it.",
        "  Report of the run: /r/run.html (.txt, .json)",
    ]


def refused(word: str, name: str = "take_lock | Stop") -> dict[str, Any]:
    story = Story()
    story.step(word, name, "mn01", state=record.FAILED, data={"msg": "Another run works here."})
    assert outcome(story.record, {"mn01"}) == REFUSED
    return story.end(REFUSED)


def test_a_run_without_the_lock_changed_nothing_and_does_not_know_about_provisioning() -> None:
    lines = last_lines(refused("lock"), "/r/run")
    assert lines[0] == "THE RUN WAS REFUSED after 1.2 s."
    assert "  This run changed nothing." in lines
    assert not any("Provisioning" in line for line in lines)
    assert not any("Steps" in line for line in lines)


@pytest.mark.parametrize(("word", "said"), [("collect", True), ("public_api_access", False)])
def test_only_where_nothing_can_have_been_changed_is_it_said(word: str, said: bool) -> None:
    story = Story()
    story.play(word)
    story.record.start_task("one", "x", story.now)
    assert ("This run changed nothing." in story.end(INTERRUPTED)["next"]) is said
    story = Story()
    story.step(word, "one", "mn01", state=record.FAILED, data={"msg": "no"})
    assert ("This run changed nothing." in story.end(STOPPED)["next"]) is said


def test_a_gate_names_its_variable() -> None:
    story = Story()

    def gate(told: dict[str, Any]) -> None:
        told["findings"].append(
            {
                "key": "gate_autoconf",
                "severity": "warning",
                "target": "A8",
                "title": "t",
                "detail": "d",
                "remedy": "Set autoconf_confirmed.",
            }
        )

    report_runs.begin(story, ("iis01",), gate)
    story.step("autoconf", "run | Stop at the gate", "mn01", state=record.FAILED, data={"msg": "by hand"})
    data = story.end(STOPPED)
    assert data["gates"] == [{"step": "autoconf", "id": "A8", "title": "t", "remedy": "Set autoconf_confirmed."}]
    assert "  Step A8 waits for you: Set autoconf_confirmed." in last_lines(data, "/r/run")
    assert "Set autoconf_confirmed." in page(data).text


def test_an_interrupted_run_says_where_it_was() -> None:
    story = Story()
    report_runs.begin(story, ("iis01",))
    story.play("endpoint")
    story.record.start_task("gateway_site | Run setup.cmd", "win_command", story.now)
    data = story.end(INTERRUPTED)
    assert states(data)["endpoint"] == INTERRUPTED
    lines = last_lines(data, "/r/run")
    assert lines[0] == "THE RUN WAS INTERRUPTED after 59 s."
    assert lines[1] == "  Where: A5 upgrade the application endpoint, task: gateway_site | Run setup.cmd"
    assert "gateway_site | Run setup.cmd" in page(data).text


def test_check_mode_stops_nothing_and_says_so() -> None:
    story = Story(check_mode=True)
    report_runs.begin(story, ("iis01",))
    report_runs.finish(story, report_runs.summary_of(1, ("iis01",)))
    data = story.end(SUCCEEDED)
    assert data["provisioning"]["state"] == "not_stopped"
    assert last_lines(data, "/r/run") == [
        "Report of the run (check mode: nothing was changed): /r/run.html (.txt, .json)"
    ]
    assert "check mode: nothing was changed" in page(data).text


def test_provisioning_that_an_earlier_run_stopped() -> None:
    """As ansible-core 2.16 writes the time, without the zone."""
    story = Story()

    def earlier(told: dict[str, Any]) -> None:
        told["plan"]["stopped_since"] = "2027-01-15T07:00:00.5"

    report_runs.begin(story, ("iis01",), earlier)
    data = story.end(STOPPED)
    assert (data["provisioning"]["state"], data["provisioning"]["stopped"]) == ("stopped", "2027-01-15T07:00:00.500Z")


def test_provisioning_where_no_template_was_active() -> None:
    story = Story()
    rows = {"rows": [{"service_template_id": 12, "changed": False}]}
    report_runs.begin(story, ("iis01",))
    story.record.stopped = None
    story.step("stop_provisioning", "stop", "mn01", action=record.TEMPLATE_ACTION, state=record.OK, data=rows)
    assert story.end(SUCCEEDED)["provisioning"]["state"] == "not_stopped"


def test_plays_of_others_are_not_recorded() -> None:
    story = Story()
    story.step("lock", "ours", "mn01")
    story.step(None, "theirs", "mn01", "web01")
    data = story.end(SUCCEEDED)
    assert [row["task"] for row in data["changes"]] == ["ours"]
    assert "web01" not in json.dumps(data)


def test_failures_that_were_rescued_are_no_failures() -> None:
    story = Story()
    story.step("collect", "one", "iis01", state=record.FAILED, data={"msg": "rescued"})
    assert outcome(story.record, set()) == SUCCEEDED
    assert story.record.failures == []


def test_a_play_of_others_that_fails_in_between() -> None:
    story = Story()
    story.step("lock", "ours", "mn01", state=record.OK)
    story.step(None, "theirs", "mn01", state=record.FAILED)
    story.record.end(story.now, complete=True)
    assert outcome(story.record, {"mn01"}) == INTERRUPTED
    data = document(story.record, RUN, story.now, INTERRUPTED)
    assert data["interrupted"] == {}
    assert not any("Where" in line for line in last_lines(data, "/r/run"))


def test_without_a_recap_a_host_that_went_on_had_not_failed() -> None:
    story = Story()
    story.step("collect", "one", "iis01", "iis02", state=record.FAILED, data={"msg": "no"})
    story.task("two", "iis01", state=record.OK)
    forget_survived(story.record)
    assert [row.host for row in story.record.failures] == ["iis02"]


def test_a_host_that_cannot_be_reached() -> None:
    story = Story()
    report_runs.begin(story, ("iis01",))
    story.step("endpoint", "one", "iis01", state=record.UNREACHABLE, data={"msg": "no route"})
    assert outcome(story.record, {"iis01"}) == STOPPED
    data = story.end(STOPPED)
    assert data["failures"][0]["unreachable"] is True
    assert "  Why: no route" in last_lines(data, "/r/run")


def test_a_hidden_result_shows_that_it_is_hidden() -> None:
    story = Story()
    story.step("endpoint", "one", "iis01", state=record.FAILED, data={})
    assert story.record.failures[0].message == "the task hides its result"


def test_rows_tell_before_and_after_only_where_they_differ() -> None:
    row = {
        "id": 1,
        "v_before": "1",
        "v": "2",
        "same_before": 3,
        "same": 3,
        "none": [],
        "outcome": "changed",
        "ids": [1, 2],
    }
    assert row_text(row) == "id 1, v 1 -> 2, same 3, ids 1 2"
    assert row_text({"active_before": True, "active": False}) == "active True -> False"


# -- files ---------------------------------------------------------------------------------------------------------


def reporter(folder: Path, story: Story) -> Reporter:
    return Reporter(story.record, RUN, _run_owner.owner(), folder)


def test_files_are_private_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    story = Story()
    story.step("lock", "one", "mn01")
    kept = reporter(folder, story)
    kept.show_status(story.now)
    lines = kept.finish(story.now, SUCCEEDED)
    name = "run-20270115T080000Z-01234567"
    assert lines == [f"Report of the run: {folder / name}.html (.txt, .json)"]
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{name}.html",
        f"{name}.json",
        f"{name}.txt",
        "status.json",
    ]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    found = files.read_json(folder / "status.json")
    assert (found["state"], found["percent"], found["report"]) == ("succeeded", 100, f"{folder / name}.json")


def test_a_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("kept", encoding="utf-8")
    (tmp_path / "status.json").symlink_to(target)
    files.write_private(tmp_path / "status.json", "new")
    assert target.read_text(encoding="utf-8") == "kept"
    assert not (tmp_path / "status.json").is_symlink()


def test_status_tells_step_task_and_percent() -> None:
    story = Story()
    report_runs.begin(story, ("iis01",))
    story.play("endpoint")
    story.record.start_task(f"Run {EVIL}", "x", story.now)
    told = status.status(story.record, RUN, story.now + 5, status.RUNNING)
    assert (told["step"], told["step_title"], told["percent"]) == ("A5", "upgrade the application endpoint", 37)
    assert told["elapsed_seconds"] == pytest.approx(story.now + 5 - START, abs=0.1)
    assert "\x1b" not in told["task"]
    story.record.start_host("iis01", story.now)
    (work,) = story.record.at_work()
    line = status.progress_line(story.record, work, story.now + 150)
    assert line.startswith("... 2 min 30 s in A5 upgrade the application endpoint: Run <script>")
    assert "\x1b" not in line


def test_hosts_at_different_tasks_keep_theirs() -> None:
    story = Story()
    report_runs.begin(story, ("iis01", "iis02", "iis03"))
    story.play("endpoint")
    for name, hosts in (("setup", ("iis01", "iis02")), ("iisreset", ("iis03",))):
        story.record.start_task(name, "x", story.now)
        for host in hosts:
            story.record.start_host(host, story.now)
        story.now += 10
    told = status.status(story.record, RUN, story.now, status.RUNNING)["at_work"]
    assert [(row["task"], row["hosts"]) for row in told] == [("setup", ["iis01", "iis02"]), ("iisreset", ["iis03"])]
    works = story.record.at_work()
    assert status.progress_line(story.record, works[0], story.now).endswith("endpoint: setup (iis01, iis02)")
    task = story.record.task_of("iis01")
    assert task is not None
    assert task.name == "setup"
    story.record.finish_host("iis01")
    story.record.finish_host("iis02")
    assert [work.task for work in story.record.at_work()] == ["iisreset"]
    assert story.end(INTERRUPTED)["interrupted"] == {"step": "endpoint", "task": "iisreset"}


def test_the_status_of_another_run_that_goes_on_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story()
    other = {**_run_owner.owner(), "state": "running"}
    (tmp_path / "status.json").write_text(json.dumps({**other, "process": 1, "id": "other"}), encoding="utf-8")
    mine = reporter(tmp_path, story)
    monkeypatch.setattr(_run_owner, "is_alive", lambda _holder: True)
    mine.take_status_file()
    mine.show_status(START)
    assert files.read_json(tmp_path / "status.json")["id"] == "other"
    monkeypatch.setattr(_run_owner, "is_alive", lambda _holder: False)
    mine.take_status_file()
    mine.show_status(START)
    assert files.read_json(tmp_path / "status.json")["id"] == RUN["id"]


def test_what_is_no_status_is_taken_for_none(tmp_path: Path) -> None:
    for text in ("", "[]", "{"):
        (tmp_path / "status.json").write_text(text, encoding="utf-8")
        assert files.read_json(tmp_path / "status.json") == {}


# -- our plays -----------------------------------------------------------------------------------------------------


def test_only_plays_of_this_collection_are_ours(tmp_path: Path) -> None:
    steps = tmp_path / "playbooks" / "steps" / "endpoint.yml"
    assert collection.step_word(str(steps), ["always", "step_endpoint"], tmp_path) == "endpoint"
    assert collection.step_word(str(steps), ["always"], tmp_path) is None
    assert collection.step_word("/elsewhere/endpoint.yml", ["step_endpoint"], tmp_path) is None
    assert collection.step_word("", ["step_endpoint"], tmp_path) is None


def test_playbooks_have_the_name_that_people_type(tmp_path: Path) -> None:
    assert (
        collection.playbook_name(str(tmp_path / "playbooks" / "upgrade_csp.yml"), tmp_path)
        == "odin.office365.upgrade_csp"
    )
    assert collection.playbook_name("/srv/night.yml", tmp_path) == "night.yml"


def test_version_of_an_installed_collection_and_of_a_checkout(tmp_path: Path) -> None:
    assert collection.version(tmp_path) == "unknown"
    (tmp_path / "galaxy.yml").write_text("namespace: odin\nversion: 1.2.3\n", encoding="utf-8")
    assert collection.version(tmp_path) == "1.2.3"
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "2.0.0"}}', encoding="utf-8")
    assert collection.version(tmp_path) == "2.0.0"


def test_a_run_that_only_plans_has_files_of_its_own() -> None:
    assert collection.only_plans([])
    assert collection.only_plans(["collect", "plan"])
    assert not collection.only_plans(["lock", "collect", "plan"])
