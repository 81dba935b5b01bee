"""Hook of the lab behind its stand-in of importSubsCSP.py; the collection must not call it.

The real script asks Microsoft and calls many methods; which ones is unknown. When a row is rejected, and the words
of the reasons, are the lab's own, but for the tenant that must be in the state ``aps:ready`` (procedure-facts.md 4.5).
"""

from __future__ import annotations

from typing import Any

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import BIGINT, INT, STRING, Array, Struct, required
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.database import Connection, Row
from office365_lab.platform.methods.limits import Change, apply_changes
from office365_lab.platform.methods.subscriptions import add_subscription

METHODS = Registry()

READY = "aps:ready"
PREPARING = "aps:provisioning"  # such a tenant is ready when it is looked at for the second time


@METHODS.method(
    "lab.csp.importSubscription",
    required("instance_id", INT),
    required("cloud_subscription_id", STRING),
    required("account_id", INT),
    required("company", STRING),
    required("tenant_state", STRING),
    required("plan_id", INT),
    required("limits", Array(Struct(required("resource_type_id", INT), required("limit", BIGINT)))),
    changes=True,
)
def import_subscription(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Import a cloud subscription once: ``subscription_id``, or 0 and the ``reason`` why it cannot be imported.

    A rejected one is no error of the call, because an error would undo the count of the attempts.
    """
    known = call.db.execute(
        "insert into lab_cloud_subscriptions values (%s, 1, null) on conflict (cloud_subscription_id)"
        " do update set attempts = lab_cloud_subscriptions.attempts + 1 returning attempts, sub_id",
        (arguments["cloud_subscription_id"],),
    ).fetchone()
    assert known is not None  # noqa: S101  "insert ... returning" gives a row
    if known["sub_id"] is not None:
        return {"subscription_id": known["sub_id"], "reason": ""}
    reason = _obstacle(call.db, arguments, known)
    if reason:
        return {"subscription_id": 0, "reason": reason}
    told = {"account_id": arguments["account_id"], "service_template_id": arguments["plan_id"]}
    subscription = add_subscription(call, told)["subscription_id"]
    limits = [Change(item["resource_type_id"], item["limit"]) for item in arguments["limits"]]
    apply_changes(call, subscription, limits, autoprovide=False)
    call.db.execute(
        "update lab_cloud_subscriptions set sub_id = %s where cloud_subscription_id = %s",
        (subscription, arguments["cloud_subscription_id"]),
    )
    return {"subscription_id": subscription, "reason": ""}


def _obstacle(db: Connection, arguments: dict[str, Any], known: Row) -> str:
    """Why the row cannot be imported now; empty where it can."""
    plan, instance = arguments["plan_id"], arguments["instance_id"]
    template = db.execute("select active from lab_service_templates where st_id = %s", (plan,)).fetchone()
    if template is None:
        return f"Service plan {plan} does not exist"
    if not template["active"]:
        return f"Service plan {plan} is not active"
    rows = db.execute(
        "select rt_id, instance_id from st_resources left join lab_instance_resource_types using (rt_id)"
        " where st_id = %s",
        (plan,),
    ).fetchall()
    if all(row["instance_id"] != instance for row in rows):
        return f"Service plan {plan} does not belong to application instance {instance}"
    foreign = {item["resource_type_id"] for item in arguments["limits"]} - {row["rt_id"] for row in rows}
    if foreign:
        return f"Service plan {plan} has no rate {min(foreign)}"
    account = arguments["account_id"]
    if db.execute("select 1 from lab_accounts where account_id = %s", (account,)).fetchone() is None:
        return f"Account {account} does not exist"
    state = arguments["tenant_state"]
    if state == READY or (state == PREPARING and known["attempts"] > 1):
        return ""
    return f"{arguments['company']}: the tenant is not in the state {READY}, it is in {state}"
