"""The task engine: one thread that starts the tasks whose turn it is and ends those whose time is up.

A running task does not occupy a thread: it has a time at which it ends (``lab_tasks.finish_at``), and its work is
done in one database transaction at that time. So everything the engine knows is in the database, and a new engine
goes on where an old one stopped.

Planned faults (channel ``task``, call = task name): ``fail`` (``message``), ``stuck`` (runs for ever), ``cancel``,
``reschedule`` (fails, then is queued again after ``seconds``), ``delay`` (``seconds`` longer).
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from office365_lab.platform.database import Connection, Row
from office365_lab.platform.tasks import store
from office365_lab.platform.tasks.actions import Actions, TaskFailedError

if TYPE_CHECKING:
    from office365_lab.platform.services import Services

_MAX_RUNNING = 20
_PAUSE_SECONDS = 0.05
_DEFAULT_RETRY_SECONDS = 0.5

# Most of the time there is nothing to do: what asks twenty times a second should ask no more than this then.
_WORK = "select 1 from tm_tasks where status in ('u', 's', 'r', 'e') limit 1"

# A task is due when nothing that was queued before it under the same name is still there: a failed one blocks the
# queue, a canceled one does not (oa-api.md 2.3).
_DUE = """
select t.task_id, t.name, l.action, l.data, l.seconds
from tm_tasks t join tm_usual u using (task_id) join lab_tasks l using (task_id)
where t.status in ('u', 's', 'r') and t.next_start <= clock_timestamp() at time zone 'UTC'
  and not exists (
    select 1 from tm_tasks earlier join tm_usual eu on eu.task_id = earlier.task_id
    where eu.mutex = u.mutex and earlier.task_id < t.task_id and earlier.status <> 'c'
      and not (earlier.status = 'f' and eu.ignore_failures = 'y'))
order by t.task_id limit %s
"""

_OVER = """
select t.task_id, t.name, l.action, l.data, l.outcome
from tm_tasks t join lab_tasks l using (task_id)
where t.status = 'e' and l.finish_at <= clock_timestamp() at time zone 'UTC'
order by l.finish_at, t.task_id limit %s
"""


class TaskEngine:
    """Works on the tasks of one database until it is stopped."""

    def __init__(self, services: Services, actions: Actions) -> None:
        self._services = services
        self._actions = actions
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the engine's thread."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="task-engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the step that is under way. Does nothing where the engine is not running."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self._end_tasks() + self._start_tasks() if self._has_work() else 0
            except Exception:  # a lab without its engine would hang silently; the log says why a step failed
                traceback.print_exc(file=sys.stderr)
                busy = 0
            if not busy:
                self._stop.wait(_PAUSE_SECONDS)

    def _has_work(self) -> bool:
        with self._services.database.reading() as db:
            return db.execute(_WORK).fetchone() is not None

    def _start_tasks(self) -> int:
        with self._services.database.transaction() as db:
            row = db.execute(
                "select count(*) as n from tm_tasks t join lab_tasks using (task_id)"
                " where t.status = 'e' and finish_at is not null"
            ).fetchone()
            free = _MAX_RUNNING - (row["n"] if row else 0)
            due = db.execute(_DUE, (max(free, 0),)).fetchall()
            for task in due:
                self._start_task(db, task)
        return len(due)

    def _start_task(self, db: Connection, task: Row) -> None:
        words = ("fail", "stuck", "cancel", "reschedule", "delay")
        fault = self._services.faults.take("task", self._services.host, task["name"], *words)
        seconds: float | None = task["seconds"]
        if fault is not None and fault["do"] == "stuck":
            seconds = None
        elif fault is not None and fault["do"] == "delay":
            seconds = task["seconds"] + float(fault.get("seconds", 1.0))
        db.execute("update tm_tasks set status = 'e', run_num = run_num + 1 where task_id = %s", (task["task_id"],))
        db.execute(
            "update lab_tasks set outcome = %s,"
            " finish_at = clock_timestamp() at time zone 'UTC' + make_interval(secs => %s) where task_id = %s",
            (Jsonb(fault) if fault is not None else None, seconds, task["task_id"]),
        )
        self._actions.find(task["action"]).begin(db, self._services, task["data"])

    def _end_tasks(self) -> int:
        with self._services.database.transaction() as db:
            over = db.execute(_OVER, (_MAX_RUNNING,)).fetchall()
        for task in over:
            self._end_task(task)
        return len(over)

    def _end_task(self, task: Row) -> None:
        started = time.monotonic()
        outcome = task["outcome"] or {"do": "work"}
        try:
            with self._services.database.transaction() as db:
                if outcome["do"] in ("fail", "reschedule"):
                    raise TaskFailedError(outcome.get("message", "planned failure"))
                if outcome["do"] == "cancel":
                    store.cancel(db, [task["task_id"]], "planned fault")
                    result = "canceled"
                else:
                    output = self._actions.find(task["action"]).finish(db, self._services, task["data"])
                    _remove(db, task["task_id"], output)
                    result = "ok"
        except TaskFailedError as error:
            result = f"error: {error}"
            self._fail(task, str(error), outcome)
        self._services.wire.append(
            "task",
            task["name"],
            host=self._services.host,
            outcome=result,
            arguments={"task_id": task["task_id"], "action": task["action"]},
            seconds=time.monotonic() - started,
        )

    def _fail(self, task: Row, message: str, outcome: dict[str, Any]) -> None:
        with self._services.database.transaction() as db:
            again = outcome["do"] == "reschedule"
            db.execute(
                "insert into tm_logs (task_id, action_output, exec_status) values (%s, %s, %s)",
                (task["task_id"], message, "r" if again else "f"),
            )
            db.execute(
                "update tm_tasks set status = %s,"
                " next_start = clock_timestamp() at time zone 'UTC' + make_interval(secs => %s) where task_id = %s",
                (
                    store.RESCHEDULED if again else store.FAILED,
                    float(outcome.get("seconds", _DEFAULT_RETRY_SECONDS)) if again else 0,
                    task["task_id"],
                ),
            )
            if not again:
                self._actions.find(task["action"]).failed(db, self._services, task["data"])


def _remove(db: Connection, task_id: int, output: str) -> None:
    """A task that succeeded leaves the table; only the log remembers it."""
    db.execute("delete from tm_tasks where task_id = %s", (task_id,))
    db.execute("insert into tm_logs (task_id, action_output, exec_status) values (%s, %s, 's')", (task_id, output))
    store.drop_empty_groups(db)
