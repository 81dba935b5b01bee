"""Measurements as Markdown tables, for the terminal and for ``docs/performance.md``."""

from __future__ import annotations

from collections.abc import Iterable

from bench.goals import Goal
from bench.results import Row
from tools.page_blocks import table

SIZE = ("sites", "hosts", "subscriptions")
ROW_HEADER = (
    *("contender", *SIZE),
    *("window, s", "critical path, s", "whole run, s", "processor, s"),
    *("load", "date"),
)


def row_table(rows: Iterable[Row]) -> str:
    """One line for each measurement, in order of size. A run with nothing to do has no window."""
    ordered = sorted(rows, key=lambda row: (*map(row["size"].get, SIZE), row["contender"], row["round"]))
    return table(ROW_HEADER, map(_cells, ordered))


def _cells(row: Row) -> list[object]:
    is_no_op = "writes" in row
    return [
        f"{row['contender']}, nothing to do" if is_no_op else row["contender"],
        *(row["size"][name] for name in SIZE),
        "-" if is_no_op else row["window_seconds"],
        "-" if is_no_op else row["critical_path_seconds"],
        row["seconds"],
        row["processor_seconds"],
        row["load_at_start"],
        row["time"][:10],
    ]


def goal_table(found: Iterable[Goal]) -> str:
    """One line for each goal."""
    lines = [(goal.name, f"{goal.value:.2f}", f"{goal.limit:.2f}", "yes" if goal.met else "**no**") for goal in found]
    return table(("figure", "measured", "at most", "met"), lines)
