# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a background job of a Windows host, with the host's answers and the clock in the test's hands."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.odin.office365.plugins.action import win_async_wait

JOB = "j1.2"
FOLDER = "C:\\jobs"
RUNS = {"started": 1, "finished": 0, "ansible_job_id": JOB}
ENDED = {**RUNS, "finished": 1, "rc": 0, "stdout": "set up", "changed": True}
AWAY = AnsibleConnectionFailure("no route to host")
GARBLED = {"failed": True, "msg": "Unable to parse the answer"}


class Clock:
    """Goes on by what is slept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(win_async_wait, "time", found)
    return found


class Host(win_async_wait.ActionModule):
    """The action, with the host's answers; the last one is given for ever."""

    def __init__(self, answers: Sequence[Any], **options: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.resets = 0
        task = SimpleNamespace(
            args={"jid": JOB, **options},
            async_val=0,
            check_mode=False,
            diff=False,
            environment=[],
            action="win_async_wait",
        )
        shell = SimpleNamespace(get_option=lambda _name: FOLDER, tmpdir=None)
        connection = SimpleNamespace(_shell=shell, reset=self._reset, become=None)
        templar = SimpleNamespace(template=lambda value: value)
        super().__init__(task, connection, None, None, templar, None)

    def _reset(self) -> None:
        self.resets += 1
        raise AWAY

    def _execute_module(self, module_name: str, module_args: dict[str, Any], **_more: Any) -> dict[str, Any]:
        self.asked.append((module_name, module_args))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def test_it_waits_for_the_end_and_returns_the_result_without_a_change(clock: Clock) -> None:
    host = Host([RUNS, RUNS, ENDED], poll_interval=7)
    result = host.run(None, {})
    assert (result["finished"], result["connection_lost"], result["changed"]) == (True, False, False)
    assert (result["rc"], result["stdout"]) == (0, "set up")
    assert clock.slept == [7, 7]
    asked = ("ansible.windows.async_status", {"jid": JOB, "mode": "status", "_async_dir": FOLDER})
    assert host.asked == [asked] * 3


def test_a_job_that_has_ended_is_not_waited_for(clock: Clock) -> None:
    assert Host([ENDED]).run(None, {})["finished"] is True
    assert clock.slept == []


def test_what_the_job_says_of_a_failure_is_kept(clock: Clock) -> None:
    del clock
    result = Host([{**ENDED, "failed": True, "rc": 3, "msg": "non-zero return code"}]).run(None, {})
    assert (result["finished"], result["failed"], result["rc"]) == (True, True, 3)


def test_a_result_that_is_being_written_is_read_again(clock: Clock) -> None:
    half = {"failed": True, "finished": 1, "started": 1, "msg": "Could not parse job output"}
    result = Host([RUNS, half, ENDED]).run(None, {})
    assert (result["rc"], "failed" in result) == (0, False)
    assert len(clock.slept) == 2
    missing = {**half, "msg": "could not find job"}
    assert Host([missing]).run(None, {})["failed"] is True
    assert len(clock.slept) == 3


def test_after_the_time_it_returns_what_there_is(clock: Clock) -> None:
    result = Host([RUNS], timeout=20, poll_interval=5).run(None, {})
    assert (result["finished"], result["connection_lost"]) == (False, False)
    assert sum(clock.slept) == 20


def test_a_host_that_was_away_is_waited_for_and_told_of(clock: Clock) -> None:
    host = Host([RUNS, AWAY, OSError("reset by peer"), RUNS], poll_interval=5)
    result = host.run(None, {})
    assert (result["finished"], result["connection_lost"]) == (False, True)
    assert host.resets == 2
    assert len(clock.slept) == 3


def test_a_job_that_ended_while_the_host_was_away_has_its_result(clock: Clock) -> None:
    del clock
    result = Host([AWAY, ENDED]).run(None, {})
    assert (result["finished"], result["connection_lost"], result["rc"]) == (True, True, 0)


def test_a_host_that_stays_away_is_unreachable(clock: Clock) -> None:
    with pytest.raises(
        AnsibleConnectionFailure, match=r"For 30 s the host has said nothing of job j1\.2: no route to host"
    ):
        Host([RUNS, AWAY], reconnect_timeout=30, poll_interval=10).run(None, {})
    assert sum(clock.slept) == 40


def test_an_answer_that_is_none_is_asked_for_again(clock: Clock) -> None:
    result = Host([GARBLED, RUNS, GARBLED, ENDED], reconnect_timeout=8, poll_interval=5).run(None, {})
    assert (result["finished"], result["connection_lost"]) == (True, False)
    assert len(clock.slept) == 3


@pytest.mark.parametrize("options", [{"poll_interval": "often"}, {"timeout": "long"}, {"colour": "red"}], ids=str)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], clock: Clock) -> None:
    host = Host([ENDED], **options)
    with pytest.raises(AnsibleActionFail):
        host.run(None, {})
    assert (host.asked, clock.slept) == ([], [])
