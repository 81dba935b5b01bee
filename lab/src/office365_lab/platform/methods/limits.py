"""Limits of a subscription's resource types, with the documented rules (oa-api.md 5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

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
from office365_lab.platform.services import Services
from office365_lab.platform.tasks import provisioning
from office365_lab.platform.tasks.store import TaskPlan

METHODS = Registry()
_REFERENCE_CLASS = "rc.saas.service.link"

Provider = Callable[[Connection, Services, int, int], list[TaskPlan]]

# One statement each, however many limits: batches of many thousand subscriptions come through here.
# The lock is a statement of its own: only what begins after it sees what another writer has committed.
_LOCK = "select sub_id from subscriptions where sub_id = %s for update"
_PRESENT = """
select rt.rt_id, rc.name as resclass_name, sr.sub_limit, sr.curr_usage
from resource_types rt join resource_classes rc using (class_id)
left join subs_resources sr on sr.rt_id = rt.rt_id and sr.sub_id = %s
where rt.rt_id = any(%s)
"""
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
    locked = call.db.execute(_LOCK, (sub_id,))
    rows = call.db.execute(_PRESENT, (sub_id, [change.rt_id for change in changes]))
    if locked.fetchone() is None:
        raise ApiError("no_object", kind="Subscription", id=sub_id)
    present = {row["rt_id"]: row for row in rows.fetchall()}
    limits: dict[int, int] = {}
    tasks: list[tuple[Provider, int]] = []
    changed = False
    for change in changes:
        if change.limit < -1:
            raise ApiError("arguments", reason=f"limit of resource type {change.rt_id} must be -1 or more")
        kind = present.get(change.rt_id)
        if kind is None:
            raise ApiError("no_object", kind="Resource type", id=change.rt_id)
        before, usage = limits.get(change.rt_id, kind["sub_limit"] or 0), kind["curr_usage"] or 0
        if change.limit > 0 and change.limit < usage:
            raise ApiError(
                "overuse",
                resource_type_id=change.rt_id,
                subscription_id=sub_id,
                usage=usage,
                limit=change.limit,
            )
        changed = changed or kind["sub_limit"] is None or before != change.limit
        limits[change.rt_id] = change.limit
        if before == 0 and change.limit != 0:
            tasks.append((provisioning.provide_tasks, change.rt_id))
        elif before != 0 and change.limit == 0 and kind["resclass_name"] != _REFERENCE_CLASS:
            tasks.append((provisioning.unprovide_tasks, change.rt_id))
    if changed:
        call.db.execute(_STORE, (sub_id, list(limits), list(limits.values()), sub_id))
    if autoprovide:
        for plan, rt_id in tasks:
            call.schedule(*plan(call.db, call.services, sub_id, rt_id))
