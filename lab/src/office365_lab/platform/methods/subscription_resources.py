"""Usage of resources over many subscriptions (oa-api.md 5)."""

from __future__ import annotations

from datetime import UTC
from itertools import groupby
from operator import itemgetter
from typing import Any

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import INT, Array, required
from office365_lab.platform.api.envelope import BigInt
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.database import Row
from office365_lab.platform.methods import find

METHODS = Registry()
_INT_MAX = 2**31 - 1


@METHODS.method("pem.getResourceUsage", required("subscription_id", INT), required("resource_type_ids", Array(INT)))
def get_resource_usage(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Usage and limits of some resource types of one subscription; those it does not have are left out."""
    find.subscription(call.db, arguments["subscription_id"])
    rows = call.db.execute(
        "select * from subs_resources where sub_id = %s and rt_id = any(%s) order by rt_id",
        (arguments["subscription_id"], arguments["resource_type_ids"]),
    ).fetchall()
    return {"subscription_id": arguments["subscription_id"], "resource_type_usages": [_usage(row) for row in rows]}


@METHODS.method(
    "pem.getCustomerSubscriptionsResources",
    required("vendor_account_id", INT),
    required("resource_type_ids", Array(INT)),
)
def get_customer_subscriptions_resources(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """Usage and limits of some resource types for all direct customers of a vendor."""
    find.account(call.db, arguments["vendor_account_id"])
    rows = call.db.execute(
        "select s.owner_id, r.* from subscriptions s join lab_accounts a on a.account_id = s.owner_id"
        " join subs_resources r using (sub_id)"
        " where a.parent_id = %s and r.rt_id = any(%s) order by s.owner_id, s.sub_id, r.rt_id",
        (arguments["vendor_account_id"], arguments["resource_type_ids"]),
    ).fetchall()
    return [
        {
            "account_id": account_id,
            "resources": [
                {"subscription_id": sub_id, "resource_type_usages": [_usage(row) for row in of_subscription]}
                for sub_id, of_subscription in groupby(of_account, itemgetter("sub_id"))
            ],
        }
        for account_id, of_account in groupby(rows, itemgetter("owner_id"))
    ]


def _usage(row: Row) -> dict[str, Any]:
    return {
        "resource_type_id": row["rt_id"],
        "usage": min(row["curr_usage"], _INT_MAX),
        "usage64": BigInt(row["curr_usage"]),
        "limit": BigInt(row["sub_limit"]),
        "last_checkpoint": int(row["last_checkpoint"].replace(tzinfo=UTC).timestamp()),
    }
