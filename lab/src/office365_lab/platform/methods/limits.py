"""Limits of a subscription's resource types, with the documented rules (oa-api.md 5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from psycopg.rows import tuple_row

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import (
    BIGINT,
    BOOLEAN,
    INT,
    VARIABLE,
    Array,
    Struct,
    optional,
    required,
)
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.database import Connection
from office365_lab.platform.methods import find
from office365_lab.platform.services import Services
from office365_lab.platform.tasks import provisioning
from office365_lab.platform.tasks.store import TaskPlan

METHODS = Registry()
_REFERENCE_CLASS = "rc.saas.service.link"

Provider = Callable[[Connection, Services, int, int], list[TaskPlan]]

# Two statements, however many limits: batches of many thousand subscriptions come through here. Numbers go as the text
# of an array, because that costs a fraction of what psycopg needs for a list.
_PRESENT = "select rt_id, resclass_name, sub_limit, curr_usage from lab_locked_limits(%s, %s::int[])"
_STORE = """
with limits as (
    insert into subs_resources (sub_id, rt_id, sub_limit) select %s, * from unnest(%s::int[], %s::bigint[])
    on conflict (sub_id, rt_id) do update set sub_limit = excluded.sub_limit)
update subscriptions set revision = revision + 1, modified = clock_timestamp() at time zone 'UTC' where sub_id = %s
"""


@dataclasses.dataclass(frozen=True)
class Change:
    """The limit that a resource type shall have; -1 is unlimited."""

    rt_id: int
    limit: int


@METHODS.method(
    "pem.setResourceTypeLimits",
    required("subscription_id", INT),
    optional("autoprovide", BOOLEAN),
    required("resource_limits", Array(Struct(required("resource_type_id", INT), required("limit", BIGINT)))),
    required("parameters", Array(VARIABLE)),
    changes=True,
)
def set_resource_type_limits(call: Call, arguments: dict[str, Any]) -> None:
    """Set limits of many resource types; those that the subscription does not have are added."""
    changes = [Change(item["resource_type_id"], item["limit"]) for item in arguments["resource_limits"]]
    apply_changes(call, arguments["subscription_id"], changes, arguments.get("autoprovide", False))


@METHODS.method(
    "pem.setResourceTypeLimit",
    required("subscription_id", INT),
    required("resource_type_id", INT),
    optional("limit", INT),
    optional("limit64", BIGINT),
    optional("autoprovide", BOOLEAN),
    changes=True,
)
def set_resource_type_limit(call: Call, arguments: dict[str, Any]) -> None:
    """Set one limit; ``limit64`` wins over ``limit``."""
    limit = arguments.get("limit64", arguments.get("limit"))
    if limit is None:
        raise ApiError("arguments", reason="limit or limit64 must be given")
    changes = [Change(arguments["resource_type_id"], limit)]
    apply_changes(call, arguments["subscription_id"], changes, arguments.get("autoprovide", False))


def apply_changes(call: Call, sub_id: int, changes: Sequence[Change], autoprovide: bool) -> None:
    """Set the limits and schedule what has to be provisioned or unprovisioned.

    A limit below the usage is refused (ResourceManagement/100), but for 0: that unprovisions with ``autoprovide``,
    and else leaves overuse behind. A service reference is never unprovisioned.
    """
    cursor = call.db.cursor(row_factory=tuple_row)
    cursor.execute(_PRESENT, (sub_id, _array(change.rt_id for change in changes)))
    present = {row[0]: row[1:] for row in cursor.fetchall()}
    if not present:
        find.subscription(call.db, sub_id)
    limits: dict[int, int] = {}
    tasks: list[tuple[Provider, int]] = []
    changed = False
    for change in changes:
        if change.limit < -1:
            raise ApiError("arguments", reason=f"limit of resource type {change.rt_id} must be -1 or more")
        kind = present.get(change.rt_id)
        if kind is None:
            raise ApiError("no_object", kind="Resource type", id=change.rt_id)
        resource_class, limit, usage = kind[0], kind[1], kind[2] or 0
        before = limits.get(change.rt_id, limit or 0)
        if change.limit > 0 and change.limit < usage:
            raise ApiError(
                "overuse",
                resource_type_id=change.rt_id,
                subscription_id=sub_id,
                usage=usage,
                limit=change.limit,
            )
        changed = changed or limit is None or before != change.limit
        limits[change.rt_id] = change.limit
        if before == 0 and change.limit != 0:
            tasks.append((provisioning.provide_tasks, change.rt_id))
        elif before != 0 and change.limit == 0 and resource_class != _REFERENCE_CLASS:
            tasks.append((provisioning.unprovide_tasks, change.rt_id))
    if changed:
        cursor.execute(_STORE, (sub_id, _array(limits), _array(limits.values()), sub_id))
    if autoprovide:
        for plan, rt_id in tasks:
            call.schedule(*plan(call.db, call.services, sub_id, rt_id))


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"
