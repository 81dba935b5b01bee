# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of endpoint hosts, and the plan's word on them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import plan_lines
from ansible_collections.odin.office365.plugins.plugin_utils._planner.rolling import batches, whole_number
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import facts, planner

HOSTS = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("canary", "at_a_time", "expected"),
    [
        ("", 0, [["a", "b", "c", "d"]]),
        ("c", 0, [["c"], ["a", "b", "d"]]),
        ("", 3, [["a", "b", "c"], ["d"]]),
        ("b", 2, [["b"], ["a", "c"], ["d"]]),
        ("b", 99, [["b"], ["a", "c", "d"]]),
        ("done before", 1, [["a"], ["b"], ["c"], ["d"]]),
    ],
)
def test_batches(canary: str, at_a_time: int, expected: list[list[str]]) -> None:
    assert batches(HOSTS, canary, at_a_time) == expected


def test_no_host_no_batch() -> None:
    assert batches([], "a", 0) == []
    assert batches(["a"], "a", 0) == [["a"]]


@pytest.mark.parametrize("value", ["", "two", -1, "-3", 1.5, None, True, [1]])
def test_what_is_no_number_of_hosts(value: object) -> None:
    with pytest.raises(ValueError):
        whole_number(value)


def test_a_number_may_come_as_a_text() -> None:
    assert [whole_number(value) for value in (0, "0", 3, " 12 ")] == [0, 0, 3, 12]


def keys(**choices: Any) -> list[tuple[str, str]]:
    return [
        (row.key, row.target)
        for row in planner(facts(), **choices).findings()
        if row.key
        in ("canary_host_unknown", "hosts_at_a_time_unusable", "max_failed_hosts_unusable", "forks_below_hosts")
    ]


def test_the_plan_names_the_batches() -> None:
    made = planner(facts(), canary_host="iis02").plan()
    assert made["endpoint_batches"] == [["iis02"], ["iis01"]]
    assert "Endpoint hosts, batch after batch: iis02; then iis01" in plan_lines(made)
    assert planner(facts()).plan()["endpoint_batches"] == [["iis01", "iis02"]]
    assert not any("batch after batch" in line for line in plan_lines(planner(facts()).plan()))


def test_choices_that_make_sense_are_no_finding() -> None:
    assert keys(canary_host="iis02", hosts_at_a_time="1", max_failed_hosts=1, forks=5) == []
    assert planner(facts(), hosts_at_a_time="all").plan()["endpoint_batches"] == []


def test_too_few_workers_make_the_outage_longer() -> None:
    assert keys(forks=1) == [("forks_below_hosts", "forks")]
    # one host at a time needs no more
    assert keys(forks=1, hosts_at_a_time=1) == []
    assert keys(forks=1, canary_host="iis01") == []
