# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as the platform writes them. Private to this collection; no Ansible import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

#: how a setting that holds a secret is shown when it has a value
MASK = "********"
_SECRET_WORDS = ("password", "passwd", "pwd", "passphrase", "secret", "token", "private_key", "privatekey")

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def whole_number(value: Any) -> int | None:
    """An int from an int or a decimal string (big integers come in both forms; oa-api.md 1.4), else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    try:
        return int(str(value).strip())
    except ValueError:
        return None


def rows(value: Any) -> list[dict[str, Any]]:
    """The structures of an array result; an absent result is an empty array."""
    return [item for item in value or [] if isinstance(item, dict)]


def parameter_text(value: Any) -> str:
    """An activation parameter as text: truth values are ``1`` and ``0`` (oa-api.md 4)."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def shown(name: str, value: Any) -> str:
    """The value of a setting for a result: secrets are masked, an empty one stays empty."""
    text = "" if value is None else str(value)
    return MASK if text and any(word in name.lower() for word in _SECRET_WORDS) else text


def in_parallel(
    work: Callable[[_Item], _Result], items: Sequence[_Item] | Iterable[_Item], workers: int
) -> list[_Result]:
    """``work`` of every item, in their order, by at most ``workers`` threads; the first exception is raised."""
    waiting = list(items)
    if workers <= 1 or len(waiting) <= 1:
        return [work(item) for item in waiting]
    with ThreadPoolExecutor(max_workers=min(workers, len(waiting))) as pool:
        return list(pool.map(work, waiting))
