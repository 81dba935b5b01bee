# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The report as one document of plain data, format 1; docs/report.md explains every member."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._plain_text import iso, moment
from .._planner.plan import point_of_no_return
from .._planner.steps import KNOWN_WORDS
from .record import CHANGED, FAILED, SKIPPED, Record, StepRecord

FORMAT = 1
SUCCEEDED, STOPPED, REFUSED, INTERRUPTED = "succeeded", "failed", "refused", "interrupted"
DONE, NOTHING, NOT_REACHED = "done", "nothing_to_do", "not_reached"

# Steps before the first change; a run that fails in one of them was refused.
BEFORE_CHANGES = ("lock", "collect", "plan")
# Steps that only read: they are done when they were gone through.
_READING = (*BEFORE_CHANGES, "verify", "summary")
# Plays that are no step of the guide.
_TITLES = {
    "lock": "one run at a time",
    "collect": "collect",
    "plan": "plan and preflight",
    "stage": "bring the packages to where they are needed",
    "recovery": "remove a package that was imported too early",
    "summary": "summary",
    "verify": "verification",
}


def document(record: Record, run: Mapping[str, Any], ended: float, state: str) -> dict[str, Any]:
    """``run``: who, where, what (see docs/report.md), with ``started`` in seconds since the epoch."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "run": {
            **run,
            "state": state,
            "check_mode": record.check_mode,
            "started": iso(run["started"]),
            "ended": iso(ended),
            "seconds": _seconds(run["started"], ended),
        },
        "upgrade": _upgrade(record.plan),
        "steps": [_step(step, record, state) for step in shown_steps(record)],
        "provisioning": _provisioning(record),
        "versions": {name: record.summary.get(name, []) for name in ("instances", "gateway_sites")},
        "summary": record.summary.get("lines", []),
        "changes": [{**dataclasses.asdict(row), "time": iso(row.time)} for row in record.changes],
        "failures": [{**dataclasses.asdict(row), "time": iso(row.time)} for row in record.failures],
        "interrupted": _interrupted(record) if state == INTERRUPTED else {},
        "findings": record.findings,
        "confirmations": record.confirmations,
        "gates": list(_gates(record.plan, record.findings)),
        "verification": record.verification,
    }
    return {**data, "next": list(_next(data))}


def shown_steps(record: Record) -> list[StepRecord]:
    """The steps of this run, without those that its procedure does not have."""
    if not record.plan:
        return list(record.steps.values())
    absent = KNOWN_WORDS - {step["word"] for step in record.plan["steps"]}
    if not record.plan["recovery"]["needed"]:
        absent |= {"recovery"}
    return [step for step in record.steps.values() if step.word not in absent]


def step_name(step: StepRecord, plan: Mapping[str, Any]) -> tuple[str, str]:
    """The ids of a step in the guide (empty where it is none of the guide), and its title."""
    rows = [row for row in plan.get("steps", ()) if row["word"] == step.word]
    if rows:
        return ", ".join(row["id"] for row in rows), "; ".join(row["title"] for row in rows)
    return "", _TITLES.get(step.word, step.title)


def _upgrade(plan: Mapping[str, Any]) -> dict[str, Any]:
    members = ("confirmation", "procedure", "procedure_title", "scenario", "package_version")
    if not plan:
        return {}
    return {
        "plan_id": plan["id"],
        **{name: plan.get(name, "") for name in members},
        "point_of_no_return": point_of_no_return(plan),
    }


def _step(step: StepRecord, record: Record, state: str) -> dict[str, Any]:
    ids, title = step_name(step, record.plan)
    rows = [row for row in record.plan.get("steps", ()) if row["word"] == step.word]
    failed = {row.host for row in record.failures if row.step == step.word}
    return {
        "word": step.word,
        "ids": ids,
        "title": title,
        "state": _state(step, any(row["pending"] for row in rows), bool(failed), state),
        "started": _time(step.started),
        "ended": _time(step.ended),
        "seconds": _seconds(step.started, step.ended),
        "changes": step.changed(),
        "hosts": [
            {
                "host": name,
                "state": FAILED if name in failed else CHANGED if span.counts.get(CHANGED) else "ok",
                "started": iso(span.started),
                "ended": iso(span.ended),
                "changes": span.counts.get(CHANGED, 0),
            }
            for name, span in step.hosts.items()
            if name in failed or set(span.counts) - {SKIPPED}
        ],
    }


def _state(step: StepRecord, pending: bool, failed: bool, state: str) -> str:
    if failed:
        return STOPPED
    if step.started is None:
        return NOTHING if state == SUCCEEDED else NOT_REACHED
    if not step.complete:
        return INTERRUPTED
    return DONE if step.changed() or pending or step.word in _READING else NOTHING


def _interrupted(record: Record) -> dict[str, str]:
    """Where the run was when it was ended."""
    step = record.current
    tasks = [work.task for work in record.at_work()] or ([record.task.name] if record.task else [])
    return {"step": step.word, "task": ", ".join(tasks)} if step else {}


def _provisioning(record: Record) -> dict[str, Any]:
    if record.stopped is None:
        # Without a plan nobody looked whether an earlier run had stopped it.
        state = "not_stopped" if record.plan else "unknown"
        return {"state": state, "stopped": "", "started": "", "seconds": None}
    return {
        "state": "stopped" if record.activated is None else "active_again",
        "stopped": iso(record.stopped),
        "started": _time(record.activated),
        "seconds": _seconds(record.stopped, record.activated),
    }


def _gates(plan: Mapping[str, Any], findings: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Where something of the operator is missing, as preflight found it."""
    steps = {step["word"]: step["id"] for step in plan.get("steps", ())}
    for row in findings:
        word = row["key"].removeprefix("gate_")
        if word != row["key"]:
            yield {"step": word, "id": steps.get(word, ""), "title": row["title"], "remedy": row["remedy"]}


def _next(data: Mapping[str, Any]) -> Iterator[str]:
    """What the operator has to know and to do, as sentences."""
    run, provisioning = data["run"], data["provisioning"]
    if run["check_mode"]:
        yield "Check mode: nothing was changed."
    if run["state"] == SUCCEEDED:
        return
    yield from _provisioning_now(provisioning)
    words = {row["step"] for row in data["failures"]} or {data["interrupted"].get("step")}
    # Later, a task may have had a part of its effect before it failed.
    if not data["changes"] and not run["check_mode"] and words <= set(BEFORE_CHANGES):
        yield "This run changed nothing."
    gates = [row for row in data["gates"] if row["step"] in words]
    yield from (f"Step {row['id']} waits for you: {row['remedy']}" for row in gates)
    if run["state"] == INTERRUPTED:
        yield "Run the same command again: it goes on where this run stopped; what is done is not done again."
    elif gates:
        yield "Then run the same command again: what is done is not done again."
    elif run["state"] == REFUSED:
        yield "Do what the message says, then run again."
    else:
        yield "Correct the cause, then run the same command again: it goes on; what is done is not done again."
    if provisioning["state"] == "stopped":
        yield "Provisioning is not started by itself: the run that comes to its end starts it."


def _provisioning_now(provisioning: Mapping[str, Any]) -> Iterator[str]:
    if provisioning["state"] == "stopped":
        yield f"Provisioning is stopped since {moment(provisioning['stopped'])}: customers cannot order."
    elif provisioning["state"] == "active_again":
        yield f"Provisioning is active again since {moment(provisioning['started'])}."
    elif provisioning["state"] == "not_stopped":
        yield "Provisioning was not stopped."


def _time(seconds: float | None) -> str:
    return "" if seconds is None else iso(seconds)


def _seconds(started: float | None, ended: float | None) -> float | None:
    return None if started is None or ended is None else round(ended - started, 1)
