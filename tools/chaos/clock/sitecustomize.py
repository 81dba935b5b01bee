"""A clock that can be set, for every Python process that finds this file: off by the seconds in the file CHAOS_CLOCK.

``time.time``, ``time.time_ns``, ``time.localtime`` and its kin, and ``datetime.now`` and its kin are off; the monotonic
clocks and the times of files are not, as it is where somebody sets the clock of a machine for its processes.
"""

from __future__ import annotations

import datetime
import functools
import os
import time
from collections.abc import Callable
from datetime import datetime as _real_datetime
from pathlib import Path
from typing import Self

_FILE = os.environ.get("CHAOS_CLOCK", "")
_real_time = time.time


def _offset() -> float:
    try:
        return float(Path(_FILE).read_text(encoding="ascii") or 0)
    except (OSError, ValueError):
        return 0.0


def _time() -> float:
    return _real_time() + _offset()


def _at_time(convert: Callable[[float], time.struct_time], seconds: float | None = None) -> time.struct_time:
    return convert(_time() if seconds is None else seconds)


class _Datetime(_real_datetime):
    """What ``datetime.datetime`` is then."""

    def __repr__(self) -> str:
        # Ansible writes it into the source of a module, where there is only the real class.
        return super().__repr__().replace(type(self).__qualname__, "datetime.datetime", 1)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        """The time of the clock that was set."""
        return cls.fromtimestamp(_time(), tz)

    @classmethod
    def utcnow(cls) -> Self:
        """The time of the clock that was set, without a zone."""
        return cls.fromtimestamp(_time(), datetime.timezone.utc).replace(tzinfo=None)


if _FILE:
    time.time = _time
    time.time_ns = lambda: int(_time() * 1e9)
    # Callable objects, not functions: logging keeps time.localtime in a class, where a function would become a method.
    time.localtime = functools.partial(_at_time, time.localtime)
    time.gmtime = functools.partial(_at_time, time.gmtime)
    datetime.datetime = _Datetime  # type: ignore[misc]
