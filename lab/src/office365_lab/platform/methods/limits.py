"""Limits of a subscription's resource types, with the documented rules (oa-api.md 5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
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
from office365_lab.platform.methods import find
from office365_lab.platform.tasks import provisioning

METHODS = Registry()
_REFERENCE_CLASS = "rc.saas.service.link"


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


def apply_changes(call: Call, sub_id: int, changes: Iterable[Change], autoprovide: bool) -> None:
    """Set the limits and schedule what has to be provisioned or unprovisioned.

    A limit below the usage is refused (ResourceManagement/100), but for 0: that unprovisions with ``autoprovide``,
    and else leaves overuse behind. A service reference is never unprovisioned.
    """
    find.subscription(call.db, sub_id, lock=True)
    changed = False
    for change in changes:
        if change.limit < -1:
            raise ApiError("arguments", reason=f"limit of resource type {change.rt_id} must be -1 or more")
        kind = find.resource_type(call.db, change.rt_id)
        present = call.db.execute(
            "select sub_limit, curr_usage from subs_resources where sub_id = %s and rt_id = %s",
            (sub_id, change.rt_id),
        ).fetchone()
        before, usage = (present["sub_limit"], present["curr_usage"]) if present is not None else (0, 0)
        if change.limit > 0 and change.limit < usage:
            raise ApiError(
                "overuse",
                resource_type_id=change.rt_id,
                subscription_id=sub_id,
                usage=usage,
                limit=change.limit,
            )
        changed = changed or present is None or before != change.limit
        call.db.execute(
            "insert into subs_resources (sub_id, rt_id, sub_limit) values (%s, %s, %s)"
            " on conflict (sub_id, rt_id) do update set sub_limit = excluded.sub_limit",
            (sub_id, change.rt_id, change.limit),
        )
        if not autoprovide:
            continue
        if before == 0 and change.limit != 0:
            call.schedule(*provisioning.provide_tasks(call.db, call.services, sub_id, change.rt_id))
        elif before != 0 and change.limit == 0 and kind["resclass_name"] != _REFERENCE_CLASS:
            call.schedule(*provisioning.unprovide_tasks(call.db, call.services, sub_id, change.rt_id))
    if changed:
        call.db.execute(
            "update subscriptions set revision = revision + 1, modified = clock_timestamp() at time zone 'UTC'"
            " where sub_id = %s",
            (sub_id,),
        )
