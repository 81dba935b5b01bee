"""Tasks over the Public API: only rescheduling (oa-api.md 2.1). There is no method that lists tasks."""

from __future__ import annotations

from typing import Any

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import INT, NAME_VALUE, Array, optional, required
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.tasks import store

METHODS = Registry()
_PARAMETERS_UNTIL = (7, 1)


@METHODS.method(
    "pem.tasks.rescheduleTask",
    required("task_id", INT),
    optional("timeout", INT),
    optional("params", Array(NAME_VALUE)),
    changes=True,
)
def reschedule_task(call: Call, arguments: dict[str, Any]) -> None:
    """Run a failed or canceled task again; ``params`` count below 7.1 only, as the vendor says."""
    row = call.db.execute(
        "select task_id, status from tm_tasks where task_id = %s for update", (arguments["task_id"],)
    ).fetchone()
    if row is None:
        raise ApiError("no_object", kind="Task", id=arguments["task_id"])
    if row["status"] not in store.BROKEN:
        raise ApiError("task_status", task_id=row["task_id"], status=row["status"])
    call.db.execute(
        "update tm_tasks set status = %s, timeout = %s, cancelled_by = null, time_cancelled = null,"
        " next_start = clock_timestamp() at time zone 'UTC' where task_id = %s",
        (store.RESCHEDULED, arguments.get("timeout", 3600), row["task_id"]),
    )
    call.db.execute("update lab_tasks set outcome = null, finish_at = null where task_id = %s", (row["task_id"],))
    if call.services.platform_version < _PARAMETERS_UNTIL:
        for item in arguments.get("params", []):
            call.db.execute(
                "insert into tm_params values (%s, %s, %s)"
                " on conflict (task_id, p_name) do update set p_value = excluded.p_value",
                (row["task_id"], item["name"], item["value"]),
            )
