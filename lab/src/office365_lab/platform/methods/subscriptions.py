"""Subscriptions: reading, creating and removing them (oa-api.md 5)."""

from __future__ import annotations

from typing import Any

from psycopg.rows import tuple_row

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import (
    BIGINT,
    BOOLEAN,
    INT,
    STRING,
    VARIABLE,
    Array,
    Struct,
    optional,
    required,
)
from office365_lab.platform.api.envelope import BigInt
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.methods import find
from office365_lab.platform.methods.limits import Change, apply_changes

METHODS = Registry()

# One query for both: the lab has to answer tens of thousands of these calls.
_WITH_RESOURCES = """
select s.sub_id, s.name, s.c_date, s.st_id, s.st_version, s.owner_id, s.active,
       rt.rt_id, rt.restype_name, rt.parent_id, rc.lab_measurement_unit, sr.sub_limit, sr.curr_usage, rc.name
from subscriptions s left join (subs_resources sr join resource_types rt using (rt_id)
                                join resource_classes rc using (class_id)) on sr.sub_id = s.sub_id
where s.sub_id = %s order by rt.rt_id
"""


@METHODS.method("pem.getSubscription", required("subscription_id", INT), required("get_resources", BOOLEAN))
def get_subscription(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """One subscription, with its resource types on request. The form of ``c_date`` is the lab's own [U]."""
    number = arguments["subscription_id"]
    rows = call.db.cursor(row_factory=tuple_row).execute(_WITH_RESOURCES, (number,)).fetchall()
    if not rows:
        raise ApiError("no_object", kind="Subscription", id=number)
    sub_id, name, c_date, st_id, st_version, owner_id, active, *_resource = rows[0]
    answer: dict[str, Any] = {
        "subscription_id": sub_id,
        "name": name,
        "c_date": c_date.strftime("%Y-%m-%d %H:%M:%S"),
        "st_id": st_id if st_id is not None else 0,
        "st_version": st_version,
        "owner_id": owner_id,
        "is_active": active,
    }
    if arguments["get_resources"]:
        answer["resource_types"] = [
            {
                "name": kind,
                "resource_type_id": rt_id,
                "parent_resource_type_id": parent_id,
                "measurement_unit": unit,
                "limit": BigInt(limit),
                "usage": BigInt(usage),
                "resclass_name": resource_class,
            }
            for *_subscription, rt_id, kind, parent_id, unit, limit, usage, resource_class in rows
            if rt_id is not None
        ]
    return answer


@METHODS.method("pem.getAccountSubscriptions", required("account_id", INT))
def get_account_subscriptions(call: Call, arguments: dict[str, Any]) -> list[int]:
    """The ids of the subscriptions of one account."""
    find.account(call.db, arguments["account_id"])
    rows = call.db.execute(
        "select sub_id from subscriptions where owner_id = %s order by 1", (arguments["account_id"],)
    )
    return [row["sub_id"] for row in rows]


@METHODS.method(
    "pem.addSubscription",
    required("account_id", INT),
    optional("subscription_name", STRING),
    optional("subscription_id", INT),
    required("service_template_id", INT),
    optional("account_wide_su", BOOLEAN),
    changes=True,
)
def add_subscription(call: Call, arguments: dict[str, Any]) -> dict[str, int]:
    """A new subscription with the limits of its template; nothing is provisioned."""
    return {"subscription_id": _create(call, arguments)}


@METHODS.method(
    "pem.activateSubscription",
    optional("subscription_id", INT),
    optional("subscription_name", STRING),
    required("account_id", INT),
    required("service_template_id", INT),
    optional(
        "resource_limits",
        Array(
            Struct(required("resource_id", INT), optional("resource_limit", INT), optional("resource_limit64", BIGINT))
        ),
    ),
    optional("parameters", Array(VARIABLE)),
    optional("account_wide_su", BOOLEAN),
    changes=True,
)
def activate_subscription(call: Call, arguments: dict[str, Any]) -> dict[str, int]:
    """A new subscription with its own limits where given; what the template provides by itself is provisioned."""
    sub_id = _create(call, arguments)
    changes = []
    for item in arguments.get("resource_limits", []):
        limit = item.get("resource_limit64", item.get("resource_limit"))
        if limit is None:
            raise ApiError("arguments", reason=f"limit of resource type {item['resource_id']} is missing")
        changes.append(Change(item["resource_id"], limit))
    apply_changes(call, sub_id, changes, autoprovide=False)
    if find.service_template(call.db, arguments["service_template_id"])["autoprovidable"]:
        rows = call.db.execute(
            "select sr.rt_id, sr.sub_limit from subs_resources sr join rt_act_params p using (rt_id)"
            " where sub_id = %s and p.name = 'autoprovide_service' and p.value = '1' and sub_limit <> 0",
            (sub_id,),
        ).fetchall()
        call.db.execute(
            "update subs_resources set sub_limit = 0 where sub_id = %s and rt_id = any(%s)",
            (sub_id, [row["rt_id"] for row in rows]),
        )
        apply_changes(call, sub_id, [Change(row["rt_id"], row["sub_limit"]) for row in rows], autoprovide=True)
    return {"subscription_id": sub_id}


@METHODS.method("pem.removeSubscription", required("subscription_id", INT), changes=True)
def remove_subscription(call: Call, arguments: dict[str, Any]) -> None:
    """Remove a subscription with all its resources."""
    row = find.subscription(call.db, arguments["subscription_id"], lock=True)
    call.db.execute("delete from subscriptions where sub_id = %s", (row["sub_id"],))


def _create(call: Call, arguments: dict[str, Any]) -> int:
    account = find.account(call.db, arguments["account_id"])
    template = find.service_template(call.db, arguments["service_template_id"])
    if not template["active"]:
        raise ApiError("inactive_template", st_id=template["st_id"])
    wanted = arguments.get("subscription_id")
    if wanted is not None:
        taken = call.db.execute("select 1 from subscriptions where sub_id = %s", (wanted,)).fetchone()
        if taken is not None:
            raise ApiError("subscription_exists", subscription_id=wanted)
    row = call.db.execute(
        "insert into subscriptions (sub_id, name, st_id, st_version, owner_id, c_date, modified)"
        " values (coalesce(%s, nextval('subscriptions_sub_id_seq')), %s, %s, %s, %s,"
        " date_trunc('second', now() at time zone 'UTC'), now() at time zone 'UTC') returning sub_id",
        (
            wanted,
            arguments.get("subscription_name", template["name"]),
            template["st_id"],
            template["version"],
            account["account_id"],
        ),
    ).fetchone()
    assert row is not None  # noqa: S101  "insert ... returning" gives a row
    sub_id: int = row["sub_id"]
    call.db.execute(
        "insert into subs_resources (sub_id, rt_id, sub_limit) select %s, rt_id, sub_limit from st_resources"
        " where st_id = %s",
        (sub_id, template["st_id"]),
    )
    return sub_id
