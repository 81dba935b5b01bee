"""Writes one JSON line for every result of a task, and of an item of a loop, that was changed or has rows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: task_results
type: notification
short_description: Changed results as JSON lines
description:
  - For the tests of this collection; the file is named by the environment variable E(TASK_RESULTS).
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """``task_results``"""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "task_results"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._file = Path(os.environ["TASK_RESULTS"])
        self._play = ""

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._play = play.get_name()

    def v2_runner_on_ok(self, result: Any) -> None:
        # those of a loop were written one by one
        if "results" not in result.result or not result.task.loop:
            self._write(result, "")

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._write(result, str(self._get_item_label(result.result)))

    def _write(self, result: Any, label: str) -> None:
        line = {
            "play": self._play,
            "host": result.host.get_name(),
            "task": result.task.get_name(),
            "label": label,
            "changed": bool(result.result.get("changed")),
            "rows": result.result.get("rows", []),
            "counts": result.result.get("counts", {}),
        }
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, default=str) + "\n")
