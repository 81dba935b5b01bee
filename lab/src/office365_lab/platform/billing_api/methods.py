"""The reading methods of the Billing API.

Names, parameters and the row of ``PlanDetailsGet_API`` are those of oa-api.md 8. The columns of
``PlanRateListFullGet_API`` are no documentation's: two independent public clients read them in this order. What the
sort number means comes from one of them (1 is the first column, a negative number turns the order round).
Values of columns that mean nothing here, and all texts of faults, are the lab's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from office365_lab.platform.database import Connection
from office365_lab.platform.services import Services

Row = list[Any]
_SERVER = "BM"
_CATEGORY = 1
_CURRENCY = "USD"
_GATE = "PEMGATE"
_RECURRING_TYPE = 10
_MONTH = 2


class BillingFault(Exception):  # noqa: N818  the word of the protocol
    """The call failed; the text goes to the caller."""


def execute(db: Connection, services: Services, server: str, method: str, parameters: list[Any]) -> list[Any]:
    """The ``Result`` member of the answer: its first element is a row or a list of rows."""
    handler = _METHODS.get((server, method))
    if handler is None:
        raise BillingFault(f"Method {method} of server {server} is not known.")
    return [handler(db, services, parameters)]


def _version(_db: Connection, services: Services, parameters: list[Any]) -> Row:
    _integers(parameters)
    return [".".join(map(str, services.platform_version))]


def _plan_details(db: Connection, _services: Services, parameters: list[Any]) -> Row:
    (plan_id,) = _integers(parameters, "PlanID")
    row = db.execute("select * from lab_billing_plans where plan_id = %s", (plan_id,)).fetchone()
    if row is None:
        raise _no_plan(plan_id)
    head = [plan_id, row["name"], _CATEGORY, _CURRENCY, row["name"], ""]
    return [*head, _GATE, row["st_id"], 0, _RECURRING_TYPE, _MONTH, 1]


def _plan_rates(db: Connection, _services: Services, parameters: list[Any]) -> list[Row]:
    plan_id, sort = _integers(parameters, "PlanID", "SortNo")
    if db.execute("select 1 from lab_billing_plans where plan_id = %s", (plan_id,)).fetchone() is None:
        raise _no_plan(plan_id)
    found = db.execute("select * from lab_billing_rates_with_units where plan_id = %s order by rate_id", (plan_id,))
    rows = [
        [
            *(row["rate_id"], row["name"], "", float(row["included"]), float(row["upper_limit"]), 0.0, row["unit"]),
            *(float(row["setup_fee"]), float(row["recurring_fee"]), 1, row["resource_type_id"], "", ""),
            *(1, 0, "", 1, 1, 0, "", _CATEGORY, row["rate_id"], 0, 0, 0),
        ]
        for row in found
    ]
    column = abs(sort) - 1
    if rows and not 0 <= column < len(rows[0]):
        raise BillingFault(f"Column {sort} to sort by does not exist.")
    return sorted(rows, key=lambda row: row[column], reverse=sort < 0)


def _no_plan(plan_id: int) -> BillingFault:
    return BillingFault(f"Service plan #{plan_id} is not found.")


def _integers(parameters: list[Any], *names: str) -> list[int]:
    """The parameters, which have to be as many integers as there are names."""
    if len(parameters) != len(names):
        raise BillingFault(f"{len(parameters)} parameters were given, {len(names)} are expected.")
    for name, value in zip(names, parameters, strict=True):
        if isinstance(value, bool) or not isinstance(value, int):
            raise BillingFault(f"Parameter {name} must be an integer, not {value!r}.")
    return parameters


_METHODS: dict[tuple[str, str], Callable[[Connection, Services, list[Any]], Any]] = {
    (_SERVER, "GetVersion_API"): _version,
    (_SERVER, "PlanDetailsGet_API"): _plan_details,
    (_SERVER, "PlanRateListFullGet_API"): _plan_rates,
}
