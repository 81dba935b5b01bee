"""Tells the campaign what a run does (one JSON line for each event) and waits where something is to be done to it."""

from __future__ import annotations

import collections
import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

_HELD_SECONDS = 600
DOCUMENTATION = """
name: chaos_events
type: notification
short_description: Events of a run for the chaos campaign
description: For tools/chaos only; not a part of the collection.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """``CHAOS_EVENTS``: the file for the events. ``CHAOS_STOP``: event, task, host and number (JSON) of the point."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "chaos_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._events = Path(os.environ["CHAOS_EVENTS"])
        self._stop = tuple(json.loads(os.environ.get("CHAOS_STOP", "[]")))
        self._seen: collections.Counter[tuple[str, str, str]] = collections.Counter()

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._tell("start", task.name, host.name)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._tell("end", *_place(result), changed=bool(result.result.get("changed")))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        del ignore_errors
        self._tell("end", *_place(result))

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._tell("item", *_place(result), changed=bool(result.result.get("changed")))

    def _tell(self, event: str, task: str, host: str, *, changed: bool = False) -> None:
        key = (event, task, host)
        self._seen[key] += 1
        row = {"event": event, "task": task, "host": host, "number": self._seen[key], "changed": changed}
        with self._events.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")
        if self._stop == (*key, self._seen[key]):
            self._events.with_suffix(".reached").touch()
            # the campaign kills this process here, or lets it go on
            end = time.monotonic() + _HELD_SECONDS
            while time.monotonic() < end and not self._events.with_suffix(".go").exists():
                time.sleep(0.02)


def _place(result: Any) -> tuple[str, str]:
    """Task and host of a result."""
    return result.task.name, result.host.name
