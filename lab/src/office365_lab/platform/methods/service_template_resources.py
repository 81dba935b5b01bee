"""Resource types in service templates and their limits (oa-api.md 3): only an inactive template can be edited."""

from __future__ import annotations

from typing import Any

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import BIGINT, INT, Array, Struct, optional, required
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.database import Connection
from office365_lab.platform.methods import find

METHODS = Registry()


@METHODS.method(
    "pem.addResourceTypeToServiceTemplate",
    required("owner_id", INT),
    required("st_id", INT),
    required("rt_id", INT),
    changes=True,
)
def add_resource_type(call: Call, arguments: dict[str, Any]) -> None:
    """Add a resource type without limit. One that is there already is an error: the lab's choice [U]."""
    editable(call.db, arguments["st_id"])
    template = find.service_template(call.db, arguments["st_id"])
    if template["owner_id"] != arguments["owner_id"]:
        raise ApiError(
            "parameter",
            reason=f"service template {template['st_id']} does not belong to account {arguments['owner_id']}",
        )
    find.resource_type(call.db, arguments["rt_id"])
    added = call.db.execute(
        "insert into st_resources (st_id, rt_id) values (%s, %s) on conflict do nothing returning rt_id",
        (template["st_id"], arguments["rt_id"]),
    )
    if added.fetchone() is None:
        raise ApiError("in_template", st_id=template["st_id"], resource_type_id=arguments["rt_id"])
    touch(call.db, template["st_id"])


@METHODS.method(
    "pem.setSTRTLimits",
    required("st_id", INT),
    required(
        "limits",
        Array(
            Struct(required("resource_id", INT), optional("resource_limit", INT), optional("resource_limit64", BIGINT))
        ),
    ),
    changes=True,
)
def set_limits(call: Call, arguments: dict[str, Any]) -> None:
    """Set limits of resource types that the template has; the 64-bit limit wins, -1 is unlimited."""
    editable(call.db, arguments["st_id"])
    for item in arguments["limits"]:
        limit = item.get("resource_limit64", item.get("resource_limit"))
        if limit is None or limit < -1:
            raise ApiError("arguments", reason=f"limit of resource type {item['resource_id']} must be -1 or more")
        set_limit(call.db, arguments["st_id"], item["resource_id"], limit)
    touch(call.db, arguments["st_id"])


def set_limit(db: Connection, st_id: int, rt_id: int, limit: int) -> None:
    """Set one limit; raises :class:`ApiError` where the template does not have the resource type."""
    changed = db.execute(
        "update st_resources set sub_limit = %s where st_id = %s and rt_id = %s returning rt_id", (limit, st_id, rt_id)
    )
    if changed.fetchone() is None:
        raise ApiError("not_in_template", st_id=st_id, resource_type_id=rt_id)


def editable(db: Connection, st_id: int) -> None:
    """Lock a template; raises :class:`ApiError` where it is active. The error's code is the lab's choice [U]."""
    if find.service_template(db, st_id, lock=True)["active"]:
        raise ApiError("active_template", st_id=st_id)


def touch(db: Connection, st_id: int) -> None:
    """Note that a template has changed."""
    db.execute(
        "update lab_service_templates set version = version + 1, m_time = clock_timestamp() at time zone 'UTC'"
        " where st_id = %s",
        (st_id,),
    )
