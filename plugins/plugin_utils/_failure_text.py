# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Why a task failed, for a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def failure_text(result: Mapping[str, Any]) -> str:
    """The reason in a task's result; of a loop, those of all items that failed."""
    rows = [row for row in result.get("results") or () if isinstance(row, Mapping) and row.get("failed")]
    return "; ".join(reason(row) or "failed without a message" for row in rows or [result])


def reason(result: Mapping[str, Any]) -> str:
    """The reason in the result of one task or item; empty where it has none.

    win_powershell gives no ``msg`` where its script throws, only rows of ``error``.
    """
    thrown = "\n".join(_thrown(result))
    if thrown:
        return thrown
    message = result.get("msg", "")
    return (
        message.strip()
        if isinstance(message, str)
        else "\n".join(map(str, message))
        if isinstance(message, list)
        else ""
    )


def _thrown(result: Mapping[str, Any]) -> Iterator[str]:
    errors = result.get("error")
    for error in errors if isinstance(errors, list) else ():
        exception = error.get("exception") if isinstance(error, Mapping) else None
        if isinstance(exception, Mapping) and exception.get("message"):
            yield str(exception["message"]).strip()
