"""Which function does the work of a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from office365_lab.platform.database import Connection

if TYPE_CHECKING:
    from office365_lab.platform.services import Services

Work = Callable[[Connection, "Services", dict[str, Any]], str]


class TaskFailedError(Exception):
    """The work of a task failed; the text becomes the task's output."""


def _nothing(_: Connection, __: Services, ___: dict[str, Any]) -> str:
    return ""


class Action:
    """The parts of one kind of task; each is given the task's data and returns the output for the log."""

    def __init__(self, finish: Work, begin: Work = _nothing, failed: Work = _nothing) -> None:
        self.begin = begin
        self.finish = finish
        self.failed = failed


class Actions:
    """All kinds of tasks by name."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}

    def add(self, name: str, action: Action) -> None:
        """Register a kind of task; raises ``ValueError`` where the name is taken."""
        if name in self._actions:
            raise ValueError(f"task action {name} is registered twice")
        self._actions[name] = action

    def find(self, name: str) -> Action:
        """The parts of the kind ``name``; raises ``KeyError`` for an unknown one."""
        return self._actions[name]
