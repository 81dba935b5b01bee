"""Tasks as rows of the database (oa-api.md 2.2, 2.3)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from office365_lab.platform.database import Connection

UNPROCESSED, RUNNING, RESCHEDULED, RESTARTED, FAILED, CANCELED = "u", "e", "s", "r", "f", "c"
# What getRequestStatus counts as running and as failed (oa-api.md 2.2).
PENDING = ("u", "b", "e", "s", "r")
BROKEN = ("f", "c")


@dataclasses.dataclass(frozen=True)
class TaskPlan:
    """A task to be created.

    ``action`` names what the engine does when the task has run for ``seconds``; ``queue`` is the name of the
    queue (tasks of one queue run one after another); ``references`` are (type, id) pairs of objects it is about.
    """

    name: str
    method: str
    action: str
    seconds: float
    queue: str
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    location: str = "SaaS:0"
    subscription_id: int | None = None
    child_of_first: bool = False
    references: Sequence[tuple[str, int]] = ()


def schedule(db: Connection, plans: Iterable[TaskPlan], request_id: str | None) -> list[int]:
    """Create tasks in this order and return their ids; they are seen when the transaction is committed."""
    group = _group(db, request_id) if request_id is not None else None
    ids: list[int] = []
    for plan in plans:
        row = db.execute(
            "insert into tm_tasks (name, description, location, method, status, subscription_id, parent_task_id)"
            " values (%s, %s, %s, %s, %s, %s, %s) returning task_id",
            (
                plan.name,
                plan.name,
                plan.location,
                plan.method,
                UNPROCESSED,
                plan.subscription_id,
                ids[0] if plan.child_of_first and ids else None,
            ),
        ).fetchone()
        assert row is not None  # noqa: S101  "insert ... returning" gives a row
        task_id: int = row["task_id"]
        db.execute("insert into tm_usual (task_id, mutex) values (%s, %s)", (task_id, plan.queue))
        db.execute(
            "insert into lab_tasks (task_id, group_id, action, data, seconds) values (%s, %s, %s, %s, %s)",
            (task_id, group, plan.action, Jsonb(dict(plan.data)), plan.seconds),
        )
        for kind, number in plan.references:
            db.execute("insert into tm_task_references values (%s, %s, %s)", (task_id, kind, number))
        ids.append(task_id)
    return ids


def _group(db: Connection, request_id: str) -> int:
    db.execute("insert into tm_groups (gclass) values (%s) on conflict do nothing", (request_id,))
    row = db.execute("select group_id from tm_groups where gclass = %s", (request_id,)).fetchone()
    assert row is not None  # noqa: S101  it was inserted a line above
    group_id: int = row["group_id"]
    return group_id


def request_status(db: Connection, request_id: str) -> tuple[int, list[str]]:
    """0 succeeded (or nothing was scheduled), 1 running, 2 failed; with the reasons of the failed tasks."""
    tasks = db.execute(
        "select t.task_id, t.name, t.status from tm_tasks t join lab_tasks l using (task_id)"
        " join tm_groups g using (group_id) where g.gclass = %s order by t.task_id",
        (request_id,),
    ).fetchall()
    broken = [task for task in tasks if task["status"] in BROKEN]
    if broken:
        return 2, [_reason(db, task["task_id"], task["name"], task["status"]) for task in broken]
    return (1, []) if tasks else (0, [])


def _reason(db: Connection, task_id: int, name: str, status: str) -> str:
    if status == CANCELED:
        return f"Task {task_id} ({name}) was canceled"
    log = db.execute(
        "select action_output from tm_logs where task_id = %s order by log_id desc limit 1", (task_id,)
    ).fetchone()
    return f"Task {task_id} ({name}) failed: {log['action_output'] if log else 'no output'}"


def cancel(db: Connection, task_ids: Sequence[int], who: str) -> None:
    """Cancel tasks; a canceled task no longer blocks its queue."""
    db.execute(
        "update tm_tasks set status = %s, cancelled_by = %s,"
        " time_cancelled = clock_timestamp() at time zone 'UTC' where task_id = any(%s)",
        (CANCELED, who, list(task_ids)),
    )


def drop_empty_groups(db: Connection) -> None:
    """Remove the groups whose tasks are all gone: their request ids are free again."""
    db.execute("delete from tm_groups g where not exists (select 1 from lab_tasks l where l.group_id = g.group_id)")
