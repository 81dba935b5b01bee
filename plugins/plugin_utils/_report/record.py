# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What happened in a run, event by event, as it is known while the run goes on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .._plain_text import epoch

Data = Mapping[str, Any]

PLAN_ACTION = "odin.office365.upgrade_plan"
VERIFICATION_ACTION = "odin.office365.upgrade_verification"
TEMPLATE_ACTION = "odin.office365.oa_service_template"
# States of a result
OK, CHANGED, SKIPPED, FAILED, UNREACHABLE = "ok", "changed", "skipped", "failed", "unreachable"
_MESSAGE_LENGTH = 8000


@dataclasses.dataclass
class HostSpan:
    """One host in one step: from its first task to its last result."""

    started: float
    ended: float
    counts: dict[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class StepRecord:
    """The plays of one step; ``started`` is None until one of their tasks was started."""

    word: str
    title: str
    started: float | None = None
    ended: float | None = None
    complete: bool = False
    hosts: dict[str, HostSpan] = dataclasses.field(default_factory=dict)

    def changed(self) -> int:
        return sum(span.counts.get(CHANGED, 0) for span in self.hosts.values())


@dataclasses.dataclass(frozen=True)
class Change:
    """One task that changed something on one host; ``rows`` are those of a bulk module."""

    time: float
    step: str
    host: str
    task: str
    item: str
    rows: list[dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class Failure:
    """One task that failed on one host, or a host that could not be reached."""

    time: float
    step: str
    host: str
    task: str
    message: str
    unreachable: bool


@dataclasses.dataclass(frozen=True)
class Task:
    """A task that runs now."""

    name: str
    action: str
    started: float


@dataclasses.dataclass
class Work:
    """What some hosts are at: a task, the earliest start of it among them, and the hosts."""

    task: str
    started: float
    hosts: list[str]


@dataclasses.dataclass
class Record:
    """The record of one run. Times are seconds since the epoch."""

    steps: dict[str, StepRecord]
    check_mode: bool = False
    current: StepRecord | None = None
    # The task that was started last, and the one that each host is at: hosts may be at different tasks of a play.
    task: Task | None = None
    working: dict[str, Task] = dataclasses.field(default_factory=dict)
    changes: list[Change] = dataclasses.field(default_factory=list)
    failures: list[Failure] = dataclasses.field(default_factory=list)
    plan: dict[str, Any] = dataclasses.field(default_factory=dict)
    findings: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    summary: dict[str, Any] = dataclasses.field(default_factory=dict)
    verification: dict[str, Any] = dataclasses.field(default_factory=dict)
    confirmations: list[dict[str, str]] = dataclasses.field(default_factory=list)
    stopped: float | None = None
    activated: float | None = None

    @classmethod
    def of_plays(cls, plays: Iterable[tuple[str, str]], *, check_mode: bool = False) -> Record:
        """``plays``: word of the step and name of each play, in order. Plays of one step are one row."""
        steps: dict[str, StepRecord] = {}
        for word, title in plays:
            steps.setdefault(word, StepRecord(word, title))
        return cls(steps, check_mode)

    @property
    def begun(self) -> bool:
        return any(step.started is not None for step in self.steps.values())

    def start_play(self, word: str | None, time: float) -> None:
        """A play starts; without a word it is none of ours, and nothing of it is recorded."""
        self._close(time)
        self.current = self.steps.get(word) if word else None

    def start_task(self, name: str, action: str, time: float) -> None:
        if self.current is None:
            return
        if self.current.started is None:
            self.current.started = time
        self.task = Task(name, action, time)
        if action == TEMPLATE_ACTION and self.current.word == "stop_provisioning" and not self.check_mode:
            # From here on templates may be inactive, however the task ends.
            self.stopped = self.stopped or time

    def start_host(self, host: str, time: float) -> None:
        if self.current is not None:
            self.current.hosts.setdefault(host, HostSpan(time, time))
            if self.task is not None:
                self.working[host] = self.task

    def finish_host(self, host: str) -> None:
        """A host has done its task."""
        self.working.pop(host, None)

    def task_of(self, host: str) -> Task | None:
        """The task that a host is at, with its name as it was shown."""
        return self.working.get(host, self.task)

    def at_work(self) -> list[Work]:
        """What the hosts are at, the longest first. May be asked while another thread changes the record."""
        works: dict[str, Work] = {}
        for host, task in self.working.copy().items():
            work = works.setdefault(task.name, Work(task.name, task.started, []))
            work.started = min(work.started, task.started)
            work.hosts.append(host)
        return sorted(works.values(), key=lambda work: work.started)

    def result(self, host: str, state: str, task: str, action: str, data: Data, time: float, *, item: str = "") -> None:
        """A result, or one of an item of a loop. ``data`` is what may be shown: empty where the task hides it."""
        step = self.current
        if step is None:
            return
        span = step.hosts.setdefault(host, HostSpan(time, time))
        span.ended = time
        span.counts[state] = span.counts.get(state, 0) + 1
        if state == CHANGED:
            rows = [_plain(row) for row in data.get("rows") or () if isinstance(row, Mapping) and row.get("changed")]
            self.changes.append(Change(time, step.word, host, task, item, rows))
        elif state in (FAILED, UNREACHABLE):
            message = str(data.get("msg") or "the task hides its result").strip()[:_MESSAGE_LENGTH]
            self.failures.append(Failure(time, step.word, host, task, message, state == UNREACHABLE))
        if state in (OK, CHANGED):
            self._learn(step.word, action, data, time)

    def end(self, time: float, *, complete: bool) -> None:
        """The run ends; ``complete``: it was not interrupted in a task."""
        if complete:
            self._close(time)
            self.current = None
        elif self.current is not None:
            self.current.ended = time

    def _close(self, time: float) -> None:
        if self.current is not None and self.current.started is not None:
            self.current.ended = time
            self.current.complete = True
        self.task = None
        self.working = {}

    def _learn(self, word: str, action: str, data: Data, time: float) -> None:
        """Keep what the report needs of the results of certain tasks."""
        facts = data.get("ansible_facts") or {}
        if action == PLAN_ACTION and "plan" in data:
            self.plan, self.findings = _plain(data["plan"]), _plain(data.get("findings") or [])
            if self.plan.get("stopped_since"):
                self.stopped = epoch(self.plan["stopped_since"])
        elif action == VERIFICATION_ACTION and "rows" in data:
            self.verification = {name: _plain(data.get(name) or []) for name in ("lines", "rows")}
        elif action == TEMPLATE_ACTION and self.stopped is not None and not self.check_mode:
            changed = any(isinstance(row, Mapping) and row.get("changed") for row in data.get("rows") or ())
            if word == "start_provisioning":
                self.activated = time
            elif word == "stop_provisioning" and not changed and not self.plan.get("stopped_since"):
                self.stopped = None  # no template was active
        if isinstance(facts, Mapping) and "summary_data" in facts:
            self.summary = _plain(facts["summary_data"])


def _plain(value: Any) -> Any:
    """The value as JSON has it: Ansible's own kinds of text and of lists are not kept."""
    return json.loads(json.dumps(value, default=str))
