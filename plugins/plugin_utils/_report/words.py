# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Words for people, shared by the text, the page and the status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._plain_text import one_line

STATES = {
    "succeeded": "succeeded",
    "failed": "FAILED",
    "refused": "refused",
    "interrupted": "INTERRUPTED",
    "running": "running",
    "done": "done",
    "nothing_to_do": "nothing to do",
    "not_reached": "not reached",
    "changed": "changed",
    "ok": "ok",
    "unreachable": "unreachable",
    "passed": "passed",
    "not_checkable": "not checkable",
}
_BEFORE = "_before"
_OUTCOME = ("changed", "outcome")


def step_label(step: Mapping[str, Any]) -> str:
    """Ids and title of a step."""
    return f"{step['ids']} {step['title']}".strip()


def labels(steps: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Word of each step -> what people call it."""
    return {step["word"]: step_label(step) for step in steps}


def versions_line(row: Mapping[str, Any]) -> str:
    """One instance or gateway site of the summary, before and after."""
    if "site" in row:
        return f"{row['endpoint_host']}, gateway site {row['site']}: {row['before']} -> {row['after']}"
    return f"instance {row['application_instance_id']}: {row['before']} -> {row['after']}"


def row_text(row: Mapping[str, Any]) -> str:
    """A row of a bulk module: what it is about, and what was before and is now."""
    return ", ".join(_parts(row))


def _parts(row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        before = row.get(name + _BEFORE, value)
        if before != value:
            yield f"{name} {_value(before)} -> {_value(value)}"
        elif name not in _OUTCOME and not name.endswith(_BEFORE) and value not in (None, "", [], {}):
            yield f"{name} {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(_value, value))
    return one_line(value)
