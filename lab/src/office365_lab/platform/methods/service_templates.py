"""Service templates: reading them, creating and removing them, switching them on and off (oa-api.md 3)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import BOOLEAN, INT, STRING, Array, Struct, optional, required
from office365_lab.platform.api.envelope import BigInt
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.database import Connection, Row
from office365_lab.platform.methods import find
from office365_lab.platform.tasks import provisioning

METHODS = Registry()

_TEMPLATE_RESOURCES = """
select rt.rt_id, rt.restype_name, rt.parent_id, rc.name as resclass_name, rc.lab_measurement_unit,
       rc.lab_measurement_type, sr.sub_limit,
       (select coalesce(sum(curr_usage), 0) from subs_resources u join subscriptions s using (sub_id)
        where u.rt_id = rt.rt_id and s.st_id = sr.st_id)::bigint as usage
from st_resources sr join resource_types rt using (rt_id) join resource_classes rc using (class_id)
where sr.st_id = %s order by rt.rt_id
"""


@METHODS.method(
    "pem.getServiceTemplateList", required("owner_id", INT), required("active", BOOLEAN), optional("m_time", INT)
)
def get_service_template_list(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The templates of one owner; ``active`` true: only active ones. ``m_time``: changed since then."""
    find.account(call.db, arguments["owner_id"])
    since = datetime.fromtimestamp(arguments.get("m_time", 0), UTC).replace(tzinfo=None)
    rows = call.db.execute(
        "select * from lab_service_templates where owner_id = %s and (active or not %s) and m_time >= %s"
        " order by st_id",
        (arguments["owner_id"], arguments["active"], since),
    ).fetchall()
    return [
        {
            "st_id": row["st_id"],
            "name": row["name"],
            "description": row["description"],
            "active": row["active"],
            "owner_id": row["owner_id"],
        }
        for row in rows
    ]


@METHODS.method(
    "pem.getServiceTemplate",
    required("st_id", INT),
    required("get_resources", BOOLEAN),
    optional("get_full_info", BOOLEAN),
)
def get_service_template(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """One template. Full info is slow, as documented; the names of what it adds are the lab's own [U]."""
    template = find.service_template(call.db, arguments["st_id"])
    answer: dict[str, Any] = {
        "st_id": template["st_id"],
        "version": template["version"],
        "name": template["name"],
        "owner_id": template["owner_id"],
        "is_active": template["active"],
        "autoprovidable": template["autoprovidable"],
    }
    if not arguments["get_resources"]:
        return answer
    rows = call.db.execute(_TEMPLATE_RESOURCES, (template["st_id"],)).fetchall()
    answer["resource_types"] = [_resource(row) for row in rows]
    if arguments.get("get_full_info", False):
        time.sleep(call.services.full_info_seconds)
        for resource in answer["resource_types"]:
            _add_full_info(call.db, resource)
        answer["act_params"] = [
            {"var_name": row["name"], "var_value": row["value"]}
            for row in call.db.execute(
                "select name, value from st_act_params where st_id = %s order by rt_id, name", (template["st_id"],)
            )
        ]
    return answer


def _resource(row: Row) -> dict[str, Any]:
    resource = {
        "name": row["restype_name"],
        "resclass_name": row["resclass_name"],
        "resource_type_id": row["rt_id"],
        "measurement_unit": row["lab_measurement_unit"],
        "measurement_type": row["lab_measurement_type"],
        "limit": BigInt(row["sub_limit"]),
        "usage": BigInt(row["usage"]),
    }
    if row["parent_id"] != -1:
        resource["parent_resource_type_id"] = row["parent_id"]
    return resource


def _add_full_info(db: Connection, resource: dict[str, Any]) -> None:
    rt_id = resource["resource_type_id"]
    resource["attributes"] = [
        row["attribute"]
        for row in db.execute("select attribute from lab_rt_attributes where rt_id = %s order by 1", (rt_id,))
    ]
    resource["act_params"] = [
        {"var_name": row["name"], "var_value": row["value"]}
        for row in db.execute("select name, value from rt_act_params where rt_id = %s order by 1", (rt_id,))
    ]


@METHODS.method(
    "pem.addServiceTemplate",
    required("owner_id", INT),
    required("name", STRING),
    optional("descr", STRING),
    required("resources", Array(Struct(required("resource_type_id", INT), optional("subscription_id", INT)))),
    optional("category", STRING),
    optional("auto_provisioning", BOOLEAN),
    optional("account_wide_services", BOOLEAN),
    changes=True,
)
def add_service_template(call: Call, arguments: dict[str, Any]) -> dict[str, int]:
    """A new, inactive template; its resources have no limit (since 7.0)."""
    find.account(call.db, arguments["owner_id"])
    row = call.db.execute(
        "insert into lab_service_templates"
        " (owner_id, name, description, active, autoprovidable, category, account_wide_services)"
        " values (%s, %s, %s, false, %s, %s, %s) returning st_id",
        (
            arguments["owner_id"],
            arguments["name"],
            arguments.get("descr", ""),
            arguments.get("auto_provisioning", False),
            arguments.get("category", "custom"),
            arguments.get("account_wide_services", False),
        ),
    ).fetchone()
    assert row is not None  # noqa: S101  "insert ... returning" gives a row
    for rt_id in dict.fromkeys(resource["resource_type_id"] for resource in arguments["resources"]):
        find.resource_type(call.db, rt_id)
        call.db.execute("insert into st_resources (st_id, rt_id) values (%s, %s)", (row["st_id"], rt_id))
    return {"st_id": row["st_id"]}


@METHODS.method(
    "pem.cloneServiceTemplate", required("service_template_id", INT), required("name", STRING), changes=True
)
def clone_service_template(call: Call, arguments: dict[str, Any]) -> dict[str, int]:
    """An inactive copy of a template with the same resources, limits and activation parameters."""
    source = find.service_template(call.db, arguments["service_template_id"])
    row = call.db.execute(
        "insert into lab_service_templates"
        " (owner_id, name, description, active, autoprovidable, category, account_wide_services)"
        " select owner_id, %s, description, false, autoprovidable, category, account_wide_services"
        " from lab_service_templates where st_id = %s returning st_id",
        (arguments["name"], source["st_id"]),
    ).fetchone()
    assert row is not None  # noqa: S101  "insert ... select" of one row gives a row
    ids = (row["st_id"], source["st_id"])
    call.db.execute(
        "insert into st_resources (st_id, rt_id, src_rt_instance_id, sub_limit)"
        " select %s, rt_id, src_rt_instance_id, sub_limit from st_resources where st_id = %s",
        ids,
    )
    call.db.execute("insert into st_act_params select %s, rt_id, name, value from st_act_params where st_id = %s", ids)
    return {"st_id": row["st_id"]}


@METHODS.method("pem.removeServiceTemplate", required("st_id", INT), changes=True)
def remove_service_template(call: Call, arguments: dict[str, Any]) -> None:
    """Remove an inactive template that has no subscriptions."""
    template = find.service_template(call.db, arguments["st_id"], lock=True)
    if template["active"]:
        raise ApiError("active_template", st_id=template["st_id"])
    used = call.db.execute("select sub_id from subscriptions where st_id = %s limit 1", (template["st_id"],)).fetchone()
    if used is not None:
        raise ApiError("in_use", kind="Service template", id=template["st_id"], reason=f"subscription {used['sub_id']}")
    call.db.execute("delete from lab_service_templates where st_id = %s", (template["st_id"],))


@METHODS.method("pem.activateST", required("st_id", INT), changes=True)
def activate(call: Call, arguments: dict[str, Any]) -> None:
    """Switch a template on; on an active one it changes nothing (whether the platform minds is unknown [U])."""
    _switch(call, arguments["st_id"], active=True)


@METHODS.method("pem.deactivateST", required("st_id", INT), changes=True)
def deactivate(call: Call, arguments: dict[str, Any]) -> None:
    """Switch a template off; on an inactive one it changes nothing (whether the platform minds is unknown [U])."""
    _switch(call, arguments["st_id"], active=False)


def _switch(call: Call, st_id: int, active: bool) -> None:
    template = find.service_template(call.db, st_id, lock=True)
    if template["active"] == active:
        return
    call.db.execute(
        "update lab_service_templates set active = %s, version = version + 1,"
        " m_time = clock_timestamp() at time zone 'UTC' where st_id = %s",
        (active, st_id),
    )
    call.schedule(*provisioning.template_tasks(call.db, call.services, st_id))


@METHODS.method(
    "pem.checkServiceTemplatesForProvisioning",
    required("account_id", INT),
    required("st_ids", Array(Struct(required("st_id", INT)))),
)
def check_for_provisioning(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """Whether an account may get the templates: no two of them with account-wide services."""
    find.account(call.db, arguments["account_id"])
    taken = call.db.execute(
        "select 1 from subscriptions join lab_service_templates t using (st_id)"
        " where subscriptions.owner_id = %s and t.account_wide_services limit 1",
        (arguments["account_id"],),
    ).fetchone()
    return [
        {
            "st_id": item["st_id"],
            "can_be_provided": taken is None
            or not find.service_template(call.db, item["st_id"])["account_wide_services"],
        }
        for item in arguments["st_ids"]
    ]
