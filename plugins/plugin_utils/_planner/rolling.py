# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""In which order, and how many at a time, the endpoint hosts are upgraded."""

from __future__ import annotations

from collections.abc import Sequence


def batches(hosts: Sequence[str], canary: str, at_a_time: int) -> list[list[str]]:
    """The hosts with something to do, batch by batch: a batch begins when the one before has ended.

    The canary, where it is one of ``hosts``, goes alone and first; then ``at_a_time`` hosts each, 0 for all others
    at once.
    """
    first = [canary] if canary in hosts else []
    others = [name for name in hosts if name not in first]
    size = at_a_time or max(len(others), 1)
    rest = [others[start : start + size] for start in range(0, len(others), size)]
    return [batch for batch in (first, *rest) if batch]


def whole_number(value: object) -> int:
    """A number of hosts. Raises ``ValueError`` where it is none, or below zero."""
    number = int(str(value).strip())
    if number < 0 or isinstance(value, bool):
        raise ValueError(f"{value!r} is no number of hosts")
    return number
