"""What a Windows host keeps besides its disk: one JSON file, which tests may edit while the lab runs."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
State = dict[str, Any]


class HostState:
    """Members: ``iis``, ``certificates``, ``sql_logins``, ``readonly``, ``locked``, ``unreadable``,
    ``free_bytes``, ``blocked_files``, ``setup_runs``, ``iisreset_runs``, ``services``, ``acls`` (see
    :mod:`office365_lab.windows.initial`).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._seen: tuple[int, int] | None = None
        self._data: State = {}

    def write(self, data: State) -> None:
        """Replace everything."""
        with self._lock:
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
            fresh.replace(self._path)
            self._data = data
            self._seen = self._stamp()

    def read(self) -> State:
        """A copy of everything."""
        with self._lock:
            return copy.deepcopy(self._current())

    def get(self, name: str) -> Any:
        """A copy of one member. Raises ``KeyError``."""
        with self._lock:
            return copy.deepcopy(self._current()[name])

    def change(self, change: Callable[[State], _T]) -> _T:
        """Let ``change`` edit the data and keep the result; nothing is kept when it raises."""
        with self._lock:
            data = copy.deepcopy(self._current())
            result = change(data)
            if data != self._data:
                self.write(data)
            return result

    def _current(self) -> State:
        if self._stamp() != self._seen:
            self._data = json.loads(self._path.read_text(encoding="utf-8"))
            self._seen = self._stamp()
        return self._data

    def _stamp(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_ino
