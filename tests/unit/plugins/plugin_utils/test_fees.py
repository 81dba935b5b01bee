# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two snapshots of fees compared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.odin.office365.plugins.filter.fees import FilterModule
from ansible_collections.odin.office365.plugins.plugin_utils._fees import fee_changes

MILLION = 1024 * 1024


def snapshot(*rows: list[Any], plan_id: int = 301, name: str = "Business") -> dict[str, Any]:
    return {
        "plans": [{"plan_id": plan_id, "name": name, "details": [plan_id, name], "rates": [list(row) for row in rows]}]
    }


def kinds(before: dict[str, Any], after: dict[str, Any], **columns: Any) -> list[tuple[str, Any]]:
    return [(change["kind"], change["column"]) for change in fee_changes(before, after, columns)]


def test_equal_snapshots_differ_in_nothing() -> None:
    rows = snapshot([7001, "Seat", "unit", 4.25, True, None])
    assert fee_changes(rows, rows) == []
    assert fee_changes({"plans": []}, {"plans": []}) == []


def test_a_fee_that_was_multiplied_by_the_known_defect() -> None:
    (change,) = fee_changes(snapshot([7001, "Seat", 4.25]), snapshot([7001, "Seat", 4.25 * MILLION]))
    assert change == {
        "kind": "fee",
        "stops": True,
        "plan_id": 301,
        "plan": "Business",
        "row": [7001, "Seat", 4.25],
        "column": 3,
        "column_name": "column 3",
        "before": 4.25,
        "after": 4456448.0,
        "factor": 1048576.0,
        "text": "plan 301 (Business), rate 7001, column 3: 4.25 -> 4456448.0 (times 1048576, which is 1024 squared: "
        "the known defect)",
    }


def test_a_fee_that_changed_otherwise() -> None:
    (change,) = fee_changes(snapshot([7001, 4.0]), snapshot([7001, 5.0]))
    assert (change["factor"], change["text"]) == (
        1.25,
        "plan 301 (Business), rate 7001, column 2: 4.0 -> 5.0 (times 1.25)",
    )
    (change,) = fee_changes(snapshot([7001, 0]), snapshot([7001, 5]))
    assert (change["factor"], change["stops"]) == (None, True)
    assert "times" not in change["text"]


def test_rounding_does_not_hide_the_known_defect() -> None:
    (change,) = fee_changes(snapshot([7001, "0.33"]), snapshot([7001, "346030.10"]))
    assert "1024 squared" in change["text"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (4.25, 4.26),
        ("4.25", "4456448.00"),
        ("4,25", "4456448,00"),
        ("USD 4.25", "USD 4,456,448.00"),
        ("4.25 EUR", "4.456.448,00 EUR"),
        ("4.25", ""),
        (4.25, None),
        (None, 4.25),
        ("free", "4.25"),
        (4.25, "on request"),
        ("-1", "1"),
        (1, 2**40),
    ],
)
def test_an_amount_is_a_fee_however_it_is_written(before: Any, after: Any) -> None:
    assert kinds(snapshot([7001, before]), snapshot([7001, after])) == [("fee", 2)]


@pytest.mark.parametrize(
    ("before", "after"),
    [(4.25, "4.25"), (4, 4.0), ("4.250", "4.25"), ("1,234.5", "1234.50"), ("USD 1", "USD 1.00"), ("a", "a"), ([], [])],
)
def test_the_same_amount_in_another_form_is_no_change(before: Any, after: Any) -> None:
    assert fee_changes(snapshot([7001, before]), snapshot([7001, after])) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("unit", "licence"),
        ("Office 365 Seat", "Office 365 Licence"),
        ("2026-11-24 01:02", "2026-11-24 01:03"),
        (True, False),
        (None, ""),
        (float("nan"), "x"),
    ],
)
def test_other_values_that_changed_are_information(before: Any, after: Any) -> None:
    (change,) = fee_changes(snapshot([7001, before]), snapshot([7001, after]))
    assert (change["kind"], change["stops"], change["factor"]) == ("value", False, None)


def test_the_text_of_a_unit() -> None:
    (change,) = fee_changes(snapshot([7001, "unit"]), snapshot([7001, "licence"]))
    assert change["text"] == "plan 301 (Business), rate 7001, column 2: 'unit' -> 'licence'"


def test_rates_are_matched_by_their_first_column() -> None:
    before = snapshot([7001, 1], [7002, 2], [7003, 3])
    after = snapshot([7003, 3], [7004, 4], [7001, 9])
    assert [(change["kind"], change["row"][0], change["stops"]) for change in fee_changes(before, after)] == [
        ("fee", 7001, True),
        ("row_removed", 7002, True),
        ("row_added", 7004, False),
    ]


def test_rates_that_share_their_first_column_are_told_apart_by_their_order() -> None:
    before = snapshot(["a", 1], ["a", 2])
    assert fee_changes(before, snapshot(["a", 1], ["a", 2])) == []
    (change,) = fee_changes(before, snapshot(["a", 1], ["a", 3]))
    assert (change["before"], change["after"]) == (2, 3)
    assert kinds(before, snapshot(["a", 1])) == [("row_removed", None)]


def test_columns_that_came_or_went() -> None:
    assert kinds(snapshot([7001, 1, "x"]), snapshot([7001, 1])) == [("value", 3)]
    assert kinds(snapshot([7001, 1]), snapshot([7001, 1, 5.0])) == [("fee", 3)]
    assert kinds(snapshot([]), snapshot([])) == []


def test_plans_that_were_read_only_once() -> None:
    lost, new = snapshot([1, 2], plan_id=1), snapshot([1, 2], plan_id=2)
    found = fee_changes(new, lost)
    assert [(change["kind"], change["plan_id"], change["stops"]) for change in found] == [
        ("plan_removed", 2, True),
        ("plan_added", 1, False),
    ]
    assert found[1]["text"] == (
        "plan 1 (Business) is not in the snapshot from before, so its fees could not be compared"
    )


def test_what_stops_comes_first() -> None:
    found = fee_changes(snapshot([1, "a", 2], [3, "a", 4]), snapshot([1, "b", 2], [3, "b", 5]))
    assert [change["stops"] for change in found] == [True, False, False]


def test_named_columns_alone_are_fees() -> None:
    before, after = snapshot([7001, 1, "a", 4.25, 7]), snapshot([7001, 2, "b", 5.25, 7])
    assert kinds(before, after) == [("fee", 2), ("fee", 4), ("value", 3)]
    found = fee_changes(before, after, {"recurring fee": 4})
    assert [(change["kind"], change["column"], change["column_name"]) for change in found] == [
        ("fee", 4, "recurring fee"),
        ("value", 2, "column 2"),
        ("value", 3, "column 3"),
    ]
    assert kinds(before, after, text="3") == [("fee", 3), ("value", 2), ("value", 4)]


@pytest.mark.parametrize("position", [1, 0, -1, "x", None, 1.5])
def test_a_named_column_that_cannot_be_a_fee_is_refused(position: Any) -> None:
    with pytest.raises(ValueError, match="it has to be a number above 1"):
        fee_changes(snapshot([1, 2]), snapshot([1, 2]), {"fee": position})


def test_a_named_column_that_no_rate_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rates of plan 301 have 2 columns, .*: fee \(3\)"):
        fee_changes(snapshot([1, 2]), snapshot([1, 2]), {"fee": 3})


def test_a_snapshot_may_be_the_text_of_its_file() -> None:
    text = json.dumps({"format": 1, **snapshot([1, "a"])})
    assert kinds(text, snapshot([1, "b"])) == [("value", 2)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is no JSON"),
        ('{"format": 2, "plans": []}', "another version"),
        ("{}", "does not hold plans"),
        ("[]", "does not hold plans"),
        ('{"plans": [{"plan_id": 1}]}', "does not hold plans"),
    ],
)
def test_a_snapshot_that_cannot_be_read_is_an_error_in_words(text: str, reason: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"cannot compare the fees: the snapshot of the fees .*{reason}"):
        FilterModule().filters()["fee_changes"](text, snapshot([1, 2]))
