# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Values as text that does no harm on a terminal, in a page or in a file, and times as people write them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

# Control characters, and those that turn the direction of writing; tabs and line breaks stay.
_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")


def clean(value: object) -> str:
    """The text of a value without control characters."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value).replace("\r\n", "\n"))


def one_line(value: object) -> str:
    """The text of a value in one line."""
    return clean(" ".join(str(value).split()))


def shortened(names: Sequence[str], shown: int = 4) -> str:
    """The first names and the number of the others."""
    text = ", ".join(names[:shown])
    return text if len(names) <= shown else f"{text} and {len(names) - shown} more"


def iso(seconds: float) -> str:
    """A time since the epoch as ISO 8601 in UTC."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def now() -> str:
    """The time now as ISO 8601 in UTC, to the second."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text: str) -> float:
    """Seconds since the epoch of a time that is ISO 8601 in UTC, whether it says so or not (ansible-core 2.16)."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()


def moment(text: str) -> str:
    """A time that is ISO 8601 in UTC, for people: to the second."""
    return text[:19].replace("T", " ") + " UTC" if text else ""


def duration(seconds: float | None) -> str:
    """A span of time for people."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{number} {word}" for number, word in parts if number) or "0 s"
