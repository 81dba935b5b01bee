# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service plans of Billing with their rates (oa-api.md 8). Private to this collection; no Ansible import."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._billing_client import BillingClient
from ansible_collections.odin.office365.plugins.module_utils._errors import RefusedError
from ansible_collections.odin.office365.plugins.module_utils._values import in_parallel

_BY_FIRST_COLUMN = 1
_NAME = 1


def collect(billing: BillingClient, *, plan_ids: Iterable[int], readers: int) -> dict[str, Any]:
    """``version`` of Billing and ``plans``, each once, in the order of their first mention."""
    version = _row(billing.read("GetVersion_API"))
    numbers = list(dict.fromkeys(plan_ids))
    return {
        "version": str(version[0]) if version else "",
        "plans": in_parallel(lambda number: plan(billing, number), numbers, readers),
    }


def plan(billing: BillingClient, plan_id: int) -> dict[str, Any]:
    """A plan with its rates; :class:`RefusedError` where Billing has nothing of it."""
    details = _row(billing.read("PlanDetailsGet_API", plan_id))
    if len(details) <= _NAME:
        raise RefusedError(f"Billing has no service plan {plan_id}. Correct plan_ids (billing_plan_ids).")
    rates = billing.read("PlanRateListFullGet_API", plan_id, _BY_FIRST_COLUMN)
    return {"plan_id": plan_id, "name": str(details[_NAME]), "details": details, "rates": _rows(rates)}


def _row(value: list[Any]) -> list[Any]:
    """One row, whether it came alone or as the only one of a list."""
    found = _rows(value)
    return found[0] if found else []


def _rows(value: list[Any]) -> list[list[Any]]:
    """The rows of a list; a single row may come without a list around it (oa-api.md 8)."""
    rows = value if all(isinstance(item, list) for item in value) else [value]
    return [[_plain(item) for item in row] for row in rows]


def _plain(value: Any) -> Any:
    """A value that JSON can carry."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "replace")
    return value
