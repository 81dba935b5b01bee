"""Hooks of the lab for what no public API of the platform can do: the control panel, Billing, script records.

They are not listed by ``system.listMethods``, and the collection must not call them.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from psycopg.types.json import Jsonb

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import BOOLEAN, INT, STRING, Array, optional, required
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.catalog import LICENCE_TYPES
from office365_lab.platform.methods import find
from office365_lab.platform.tasks import store

METHODS = Registry()
_DAMAGE = 1024 * 1024


@METHODS.method(
    "lab.billing.setUnit",
    required("resource_type_id", INT),
    required("unit", STRING),
    optional("multiply_fees", BOOLEAN),
    changes=True,
)
def set_unit(call: Call, arguments: dict[str, Any]) -> None:
    """What "Change Unit of Measure" does in Billing; on demand with the damage that issue APSA-17557 tells of."""
    find.resource_type(call.db, arguments["resource_type_id"])
    call.db.execute(
        "insert into lab_billing_units values (%s, %s)"
        " on conflict (resource_type_id) do update set unit = excluded.unit",
        (arguments["resource_type_id"], arguments["unit"]),
    )
    if arguments.get("multiply_fees"):
        call.db.execute(
            "update lab_billing_rates set recurring_fee = recurring_fee * %s where resource_type_id = %s",
            (_DAMAGE, arguments["resource_type_id"]),
        )


@METHODS.method(
    "lab.billing.addServiceParameter",
    required("st_id", INT),
    required("name", STRING),
    required("value_type", STRING),
    changes=True,
)
def add_service_parameter(call: Call, arguments: dict[str, Any]) -> None:
    """What "Add New Parameter" does in Billing."""
    find.service_template(call.db, arguments["st_id"])
    call.db.execute(
        "insert into lab_billing_service_parameters values (%s, %s, %s)"
        " on conflict (st_id, name) do update set value_type = excluded.value_type",
        (arguments["st_id"], arguments["name"], arguments["value_type"]),
    )


@METHODS.method("lab.createLicence", required("name", STRING), changes=True)
def create_licence(call: Call, arguments: dict[str, Any]) -> dict[str, str]:
    """What "Create" on the page of licences of an application instance does."""
    row = call.db.execute(
        "insert into lab_aps_resources (aps_id, types, position, modified, data) select gen_random_uuid(), %s,"
        " coalesce(max(position), 0) + 1, now() at time zone 'UTC', %s from lab_aps_resources returning aps_id",
        (list(LICENCE_TYPES), Jsonb({"name": arguments["name"]})),
    ).fetchone()
    assert row is not None  # noqa: S101  "insert ... returning" gives a row
    return {"resource_uid": str(row["aps_id"])}


@METHODS.method(
    "lab.recordScriptRun",
    required("script", STRING),
    required("arguments", Array(STRING)),
    required("python", STRING),
    required("folder", STRING),
    optional("package", STRING),
    optional("exit_code", INT),
)
def record_script_run(call: Call, arguments: dict[str, Any]) -> dict[str, int]:
    """Note that a stand-in of a vendor's script ran."""
    row = call.db.execute(
        "insert into lab_script_runs (script, arguments, python, folder, package, exit_code)"
        " values (%s, %s, %s, %s, %s, %s) returning run_id",
        (
            arguments["script"],
            Jsonb(arguments["arguments"]),
            arguments["python"],
            arguments["folder"],
            arguments.get("package"),
            arguments.get("exit_code"),
        ),
    ).fetchone()
    assert row is not None  # noqa: S101  "insert ... returning" gives a row
    return {"run_id": row["run_id"]}


@METHODS.method("lab.setAllowedNetworks", required("networks", Array(STRING)), changes=True)
def set_allowed_networks(call: Call, arguments: dict[str, Any]) -> None:
    """What the page "Allowed Networks" of the control panel does; the management node is always allowed."""
    call.db.execute("delete from lab_allowed_networks")
    for network in arguments["networks"]:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise ApiError("parameter", reason=str(error)) from error
        call.db.execute("insert into lab_allowed_networks values (%s) on conflict do nothing", (network,))


@METHODS.method("lab.cancelTask", required("task_id", INT), changes=True)
def cancel_task(call: Call, arguments: dict[str, Any]) -> None:
    """What "Cancel Task" of the control panel does."""
    row = call.db.execute(
        "select status from tm_tasks where task_id = %s for update", (arguments["task_id"],)
    ).fetchone()
    if row is None:
        raise ApiError("no_object", kind="Task", id=arguments["task_id"])
    store.cancel(call.db, [arguments["task_id"]], "operator")
