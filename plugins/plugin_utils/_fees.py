# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Two snapshots of the fees of service plans compared, without knowing what their columns mean.

No documentation tells the columns of a rate, so rows are matched by their first column and everything that looks like
an amount counts as a fee, unless the user says which columns are fees. It is better to stop for nothing than to miss
a fee.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

FORMAT = 1
#: Recurring fees were multiplied by this when a unit of measure was changed (issue APSA-17557).
KNOWN_FACTOR = 1024 * 1024
_TOLERANCE = Decimal("0.001")  # Billing rounds what it stores
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?")

_MEMBERS = ("plan_id", "name", "rates")

Snapshot = Mapping[str, Any]
Change = dict[str, Any]
_Amount = tuple[Decimal, tuple[str, str]]


def fee_changes(
    before: str | Snapshot, after: str | Snapshot, columns: Mapping[str, Any] | None = None
) -> list[Change]:
    """What differs between two snapshots, what has to stop the run first.

    A snapshot holds ``plans`` as ``billing_plan_info`` returns them, or is the JSON text of that. ``columns``
    ({name: position, the first column is 1}) limits fees to these columns. Kinds of changes: ``fee``,
    ``row_removed`` and ``plan_removed`` stop; ``value``, ``row_added`` and ``plan_added`` inform.

    Raises ``ValueError`` where a snapshot or the columns cannot be used.
    """
    old, new = _plans(before), _plans(after)
    names = _names(columns or {})
    found: list[Change] = []
    for plan_id, plan in old.items():
        if plan_id in new:
            found += _compare(plan, new[plan_id], names)
        else:
            found.append(_change("plan_removed", plan, "was not read again, so its fees could not be compared"))
    found += [
        _change("plan_added", plan, "is not in the snapshot from before, so its fees could not be compared")
        for plan_id, plan in new.items()
        if plan_id not in old
    ]
    return sorted(found, key=lambda change: not change["stops"])


def _plans(snapshot: str | Snapshot) -> dict[str, Snapshot]:
    data: Any = snapshot
    if isinstance(snapshot, str):
        try:
            data = json.loads(snapshot)
        except ValueError as error:
            raise ValueError(f"the snapshot of the fees is no JSON: {error}") from error
    try:
        if str(data.get("format", FORMAT)) != str(FORMAT):
            raise ValueError("the snapshot of the fees was written by another version of the role")
        return {str(plan["plan_id"]): {name: plan[name] for name in _MEMBERS} for plan in data["plans"]}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("the snapshot of the fees does not hold plans with their rates") from error


def _names(columns: Mapping[str, Any]) -> dict[int, str]:
    """Names by index."""
    names = {}
    for name, position in columns.items():
        if not str(position).isdecimal() or int(position) <= 1:
            raise ValueError(
                f"column {name} has position {position}: it has to be a number above 1, because the first column tells "
                "which rate a row is"
            )
        names[int(position) - 1] = str(name)
    return names


def _compare(before: Snapshot, after: Snapshot, names: Mapping[int, str]) -> Iterator[Change]:
    old, new = _rows(before), _rows(after)
    for key, row in old.items():
        if key in new:
            yield from _compare_rows(before, row, new[key], names)
        else:
            yield _change("row_removed", before, "is gone, so its fees could not be compared", row)
    for key, row in new.items():
        if key not in old:
            yield _change("row_added", after, f"is new: {', '.join(map(str, row[1:]))}", row)


def _rows(plan: Snapshot) -> dict[tuple[str, int], Sequence[Any]]:
    """Rows by their first column; rows that share it are told apart by their order."""
    found: dict[tuple[str, int], Sequence[Any]] = {}
    for row in plan["rates"]:
        key = str(row[0]) if row else ""
        number = next(count for count in itertools.count() if (key, count) not in found)
        found[key, number] = row
    return found


def _compare_rows(
    plan: Snapshot, before: Sequence[Any], after: Sequence[Any], names: Mapping[int, str]
) -> Iterator[Change]:
    beyond = [f"{name} ({index + 1})" for index, name in names.items() if index >= min(len(before), len(after))]
    if beyond:
        raise ValueError(
            f"rates of plan {plan['plan_id']} have {min(len(before), len(after))} columns, but fee columns beyond that "
            f"are named: {', '.join(beyond)}"
        )
    for index, (old, new) in enumerate(itertools.zip_longest(before, after)):
        if _same(old, new):
            continue
        column = {"column": index + 1, "column_name": names.get(index, f"column {index + 1}")}
        is_fee = index in names if names else _is_amount_change(old, new)
        factor = _factor(old, new) if is_fee else None
        text = f"{column['column_name']}: {_shown(old)} -> {_shown(new)}"
        if factor is not None:
            known = ", which is 1024 squared: the known defect" if _is_known(factor) else ""
            text += f" (times {_shown(factor)}{known})"
        more = {"before": old, "after": new, "factor": None if factor is None else float(factor)}
        yield _change("fee" if is_fee else "value", plan, text, before, **column, **more)


def _change(kind: str, plan: Snapshot, text: str, row: Sequence[Any] = (), **more: Any) -> Change:
    where = f"plan {plan['plan_id']} ({plan['name']})" + (f", rate {row[0]}" if row else "")
    return {
        "kind": kind,
        "stops": kind in ("fee", "row_removed", "plan_removed"),
        "plan_id": plan["plan_id"],
        "plan": plan["name"],
        "row": list(row),
        "column": None,
        "column_name": "",
        "before": None,
        "after": None,
        "factor": None,
        "text": f"{where}, {text}" if more else f"{where} {text}",
        **more,
    }


def _same(before: Any, after: Any) -> bool:
    old, new = _amount(before), _amount(after)
    return old == new if old is not None and new is not None else bool(before == after)


def _is_amount_change(before: Any, after: Any) -> bool:
    """Is it a number that changed, in the same words, or did a bare number come or go?"""
    old, new = _amount(before), _amount(after)
    if old is not None and new is not None and old[1] == new[1]:
        return True
    return any(amount is not None and amount[1] == ("", "") for amount in (old, new))


def _factor(before: Any, after: Any) -> Decimal | None:
    old, new = _amount(before), _amount(after)
    return new[0] / old[0] if old is not None and new is not None and old[0] else None


def _is_known(factor: Decimal) -> bool:
    return abs(factor / KNOWN_FACTOR - 1) < _TOLERANCE


def _amount(value: Any) -> _Amount | None:
    """The one number of a value, and the words around it: amounts may come as text, with or without a currency."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        number = Decimal(str(value))
        return (number, ("", "")) if number.is_finite() else None
    found = list(_NUMBER.finditer(value)) if isinstance(value, str) else []
    if len(found) != 1:
        return None
    (match,) = found
    around = (value[: match.start()].strip(), value[match.end() :].strip())
    return Decimal(_plain(match.group())), around


def _plain(number: str) -> str:
    """A number without separators of thousands, with a point as decimal mark: the last of several kinds is the mark."""
    marks = [character for character in number if character in ".,"]
    if not marks or (len(marks) > 1 and len(set(marks)) == 1):
        return number.replace(".", "").replace(",", "")
    whole, fraction = number.rsplit(marks[-1], 1)
    return f"{whole.replace('.', '').replace(',', '')}.{fraction}"


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}" if value == value.to_integral_value() else f"{value:.6g}"
    return repr(value) if isinstance(value, str) else str(value)
