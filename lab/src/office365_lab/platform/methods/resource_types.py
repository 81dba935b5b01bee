"""Resource types and their classes (oa-api.md 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import (
    BOOLEAN,
    INT,
    STRING,
    VARIABLE,
    Array,
    optional,
    required,
)
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.database import Connection
from office365_lab.platform.methods import find
from office365_lab.platform.packages import Metadata

METHODS = Registry()
_PROVIDER = 1
_SETTING_PREFIX = "s_"


@METHODS.method(
    "pem.addResourceType",
    required("resclass_name", STRING),
    required("name", STRING),
    optional("descr", STRING),
    optional("attrs", Array(STRING)),
    optional("act_params", Array(VARIABLE)),
    changes=True,
)
def add_resource_type(call: Call, arguments: dict[str, Any]) -> dict[str, int]:
    """A new resource type of the provider. The API has no argument for an instance: it serves the application."""
    parameters = {item["var_name"]: item["var_value"] for item in arguments.get("act_params", [])}
    rt_id = create(
        call.db,
        arguments["resclass_name"],
        arguments["name"],
        arguments.get("descr", ""),
        arguments.get("attrs", []),
        parameters,
    )
    return {"resource_type_id": rt_id}


@METHODS.method(
    "pem.getResourceTypesByClass",
    optional("resclass_name", STRING),
    optional("friendly_name", STRING),
    optional("show_system_rt", BOOLEAN),
)
def get_by_class(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The resource types of a class, which is named by exactly one of its two names."""
    names = [name for name in ("resclass_name", "friendly_name") if name in arguments]
    if len(names) != 1:
        raise ApiError("arguments", reason="either resclass_name or friendly_name must be given")
    column = "name" if names[0] == "resclass_name" else "friendly_name"
    classes = [
        row["class_id"]
        for row in call.db.execute("select class_id, name, friendly_name from resource_classes order by class_id")
        if row[column] == arguments[names[0]]
    ]
    if not classes:
        raise ApiError("no_object", kind="Resource class", id=arguments[names[0]])
    rows = call.db.execute(
        "select rt_id, restype_name from resource_types where class_id = any(%s) and (system = 'n' or %s)"
        " order by rt_id",
        (classes, arguments.get("show_system_rt", False)),
    ).fetchall()
    return [{"resource_type_id": row["rt_id"], "resource_type_name": row["restype_name"]} for row in rows]


@METHODS.method("pem.setRTAttributes", required("rt_id", INT), required("attr", Array(STRING)), changes=True)
def set_attributes(call: Call, arguments: dict[str, Any]) -> None:
    """Replace the provisioning attributes of a resource type."""
    find.resource_type(call.db, arguments["rt_id"])
    replace_attributes(call.db, arguments["rt_id"], arguments["attr"])


@METHODS.method("pem.setRTActParams", required("rt_id", INT), required("act_params", Array(VARIABLE)), changes=True)
def set_activation_parameters(call: Call, arguments: dict[str, Any]) -> None:
    """Set activation parameters; those that are not named stay as they are. The arguments are inferred [I]."""
    kind = find.resource_type(call.db, arguments["rt_id"])
    parameters = {item["var_name"]: item["var_value"] for item in arguments["act_params"]}
    _check_names(call.db, kind["resclass_name"], parameters)
    write_parameters(call.db, arguments["rt_id"], parameters)


@METHODS.method("pem.removeResourceType", required("rt_id", INT), changes=True)
def remove_resource_type(call: Call, arguments: dict[str, Any]) -> None:
    """Remove a resource type that no template and no subscription has."""
    remove(call.db, arguments["rt_id"])


def create(
    db: Connection,
    class_name: str,
    name: str,
    description: str,
    attributes: Iterable[str],
    parameters: Mapping[str, str],
) -> int:
    """Create a resource type and return its id; raises :class:`ApiError`.

    Two of the same name are allowed: whether the platform refuses that is unknown [U], and a client that does not
    look first shall be seen to have made two.
    """
    row = db.execute("select class_id from resource_classes where name = %s", (class_name,)).fetchone()
    if row is None:
        raise ApiError("no_object", kind="Resource class", id=class_name)
    if not name.strip():
        raise ApiError("arguments", reason="name must not be empty")
    _check_names(db, class_name, parameters)
    _check_required(db, class_name, parameters)
    _check_application(db, class_name, parameters)
    created = db.execute(
        "insert into resource_types (owner_id, restype_name, description, class_id) values (%s, %s, %s, %s)"
        " returning rt_id",
        (_PROVIDER, name, description, row["class_id"]),
    ).fetchone()
    assert created is not None  # noqa: S101  "insert ... returning" gives a row
    rt_id: int = created["rt_id"]
    write_parameters(db, rt_id, parameters)
    replace_attributes(db, rt_id, attributes)
    return rt_id


def remove(db: Connection, rt_id: int) -> None:
    """Remove a resource type; raises :class:`ApiError` where it is used."""
    find.resource_type(db, rt_id)
    for query, kind in (
        ("select st_id as id from st_resources where rt_id = %s limit 1", "service template"),
        ("select sub_id as id from subs_resources where rt_id = %s limit 1", "subscription"),
    ):
        used = db.execute(query, (rt_id,)).fetchone()
        if used is not None:
            raise ApiError("in_use", kind="Resource type", id=rt_id, reason=f"{kind} {used['id']}")
    db.execute("delete from resource_types where rt_id = %s", (rt_id,))


def write_parameters(db: Connection, rt_id: int, parameters: Mapping[str, str]) -> None:
    """Set activation parameters, leaving others alone."""
    for name, value in parameters.items():
        db.execute(
            "insert into rt_act_params (rt_id, name, value) values (%s, %s, %s)"
            " on conflict (rt_id, name) do update set value = excluded.value",
            (rt_id, name, value),
        )


def replace_attributes(db: Connection, rt_id: int, attributes: Iterable[str]) -> None:
    """Set the list of provisioning attributes."""
    db.execute("delete from lab_rt_attributes where rt_id = %s", (rt_id,))
    for attribute in dict.fromkeys(attributes):
        db.execute("insert into lab_rt_attributes values (%s, %s)", (rt_id, attribute))


def _check_names(db: Connection, class_name: str, parameters: Mapping[str, str]) -> None:
    """Only parameters that the class knows, and settings of a service (``s_<name>``)."""
    known = {
        row["param_name"]
        for row in db.execute("select param_name from rc_activation_params where name = %s", (class_name,))
    }
    for name in parameters:
        if name not in known and not name.startswith(_SETTING_PREFIX):
            raise ApiError("parameter", reason=f"resource class {class_name} has no activation parameter {name}")


def _check_required(db: Connection, class_name: str, parameters: Mapping[str, str]) -> None:
    rows = db.execute(
        "select param_name from rc_activation_params where name = %s and lab_required order by 1", (class_name,)
    )
    for row in rows:
        if not parameters.get(row["param_name"]):
            raise ApiError("parameter", reason=f"activation parameter {row['param_name']} is required")


def _check_application(db: Connection, class_name: str, parameters: Mapping[str, str]) -> None:
    """The application, and what it is to provide, must exist in a package that one of its instances runs [I]."""
    if "app_id" not in parameters:
        return
    if not parameters["app_id"].isdecimal():
        raise ApiError("parameter", reason="app_id must be a number")
    application = find.application(db, int(parameters["app_id"]))
    if class_name == "rc.saas.service.link":
        _check_referenced_resource(db, parameters["resource_uid"])
        return
    rows = db.execute(
        "select distinct p.package_id, p.metadata from lab_packages p join lab_instances using (package_id)"
        " where p.application_id = %s",
        (application["application_id"],),
    ).fetchall()
    packages = [Metadata.from_json(row["metadata"]) for row in rows]
    service, counter = parameters.get("service_id"), parameters.get("resource_id")
    if service is not None and not any(service in package.services for package in packages):
        raise ApiError("no_object", kind=f"In application {application['name']}, service", id=service)
    if counter is not None and not any(counter in package.counters for package in packages):
        raise ApiError("no_object", kind=f"In application {application['name']}, counter", id=counter)


def _check_referenced_resource(db: Connection, resource_uid: str) -> None:
    found = db.execute(
        "select 1 from lab_aps_resources where aps_id::text = %s"
        " union select 1 from lab_instances where resource_id::text = %s",
        (resource_uid.lower(), resource_uid.lower()),
    ).fetchone()
    if found is None:
        raise ApiError("no_object", kind="APS resource", id=resource_uid)
