"""Planned faults: a file that says what shall go wrong, where, and how often.

One fault: ``where`` (a regular expression searched in ``<channel>:<host>:<call>``), ``do`` (what
happens; the stand-in that takes the fault knows the words it understands), ``times`` (how often it
still fires), ``fired`` (how often it did), ``skip`` (how many calls pass before it fires) and words of
its own such as ``seconds`` or ``message``. A test asserts on ``fired``: a fault that never fired proves nothing.
"""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

Fault = dict[str, Any]
_T = TypeVar("_T")


class FaultPlan:
    """The faults of one lab; safe for many processes (the file is locked while it is changed)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, where: str, do: str, times: int = 1, **more: Any) -> None:
        """Plan a fault. Raises ``re.error`` where ``where`` is no regular expression."""
        re.compile(where)
        self._change(lambda plan: plan.append({"where": where, "do": do, "times": times, "fired": 0, **more}))

    def clear(self) -> None:
        """Forget every fault."""
        self._change(lambda plan: plan.clear())

    def all(self) -> list[Fault]:
        """Every fault, fired or not, in the order in which they were planned."""
        if not self._path.exists():
            return []
        plan: list[Fault] = json.loads(self._path.read_text(encoding="utf-8") or "[]")
        return plan

    def take(self, channel: str, host: str, call: str, *words: str) -> Fault | None:
        """The first fault that is due here and whose ``do`` is one of ``words``; it counts as fired."""
        if not self._path.exists():
            return None
        place = f"{channel}:{host}:{call}"

        def find(plan: list[Fault]) -> Fault | None:
            for fault in plan:
                if fault["times"] > 0 and fault["do"] in words and re.search(fault["where"], place):
                    if fault.get("skip", 0) > 0:
                        fault["skip"] -= 1
                        continue
                    fault["times"] -= 1
                    fault["fired"] += 1
                    return dict(fault)
            return None

        return self._change(find)

    def _change(self, change: Callable[[list[Fault]], _T]) -> _T:
        with self._locked():
            plan = self.all()
            result = change(plan)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(plan, indent=1), encoding="utf-8")
            fresh.replace(self._path)
        return result

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._path.with_suffix(".lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
