# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What a run does now, for somebody who looks from another terminal, and in one line."""

from __future__ import annotations

from typing import Any

from .._plain_text import duration, iso, one_line, shortened
from .document import SUCCEEDED, shown_steps, step_name
from .record import Record, Work

FORMAT = 1
RUNNING = "running"


def status(record: Record, run: dict[str, Any], time: float, state: str) -> dict[str, Any]:
    """The content of the status file. ``run``: as in the report."""
    steps = shown_steps(record)
    finished = sum(step.complete for step in steps)
    ids, title = step_name(record.current, record.plan) if record.current else ("", "")
    return {
        "format": FORMAT,
        **run,
        "state": state,
        "check_mode": record.check_mode,
        "step": ids,
        "step_title": one_line(title),
        "task": one_line(record.task.name) if record.task else "",
        "task_started": iso(record.task.started) if record.task else "",
        "at_work": [
            {"task": one_line(work.task), "started": iso(work.started), "hosts": work.hosts}
            for work in record.at_work()
        ],
        "percent": 100 if state == SUCCEEDED else int(100 * finished / max(len(steps), 1)),
        "started": iso(run["started"]),
        "updated": iso(time),
        "elapsed_seconds": round(time - run["started"], 1),
    }


def progress_line(record: Record, work: Work, time: float) -> str:
    """One line for a task that takes long, with the hosts that are at it."""
    step = record.current
    where = " ".join(step_name(step, record.plan)).strip() if step else ""
    return f"... {duration(time - work.started)} in {one_line(where)}: {one_line(work.task)} ({shortened(work.hosts)})"
