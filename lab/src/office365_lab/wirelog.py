"""The wire log: one JSON line for every call that reached the lab, with secrets masked.

Members of a line: ``time`` (Unix seconds), ``channel`` (``public_api``, ``aps``, ``winrm``,
``management_node``, ``billing_api``), ``host`` (which stand-in was called), ``client`` (address of the caller),
``call`` (method name, HTTP request line or module name), ``write`` (did it change something that
outlives the call?), ``arguments``, ``outcome`` (``ok`` or ``error: ...``), ``seconds``. Calls of the Public API
have ``agent``, too: how the caller named itself (``User-Agent``).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

MASK = "********"
_SECRET_WORDS = ("password", "passwd", "pwd", "token", "secret", "private_key")
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


class WireLog:
    """Appends to one wire log file; safe for many threads of one process."""

    def __init__(self, path: Path, secrets: Iterable[str] = ()) -> None:
        self._path = path
        self._secrets = tuple(sorted((s for s in secrets if s), key=len, reverse=True))

    def append(
        self,
        channel: str,
        call: str,
        *,
        host: str = "",
        client: str = "",
        write: bool = False,
        arguments: Any = None,
        outcome: str = "ok",
        seconds: float = 0.0,
        **more: Any,
    ) -> None:
        """Write one line. ``arguments`` may hold anything that JSON can, secrets included."""
        line = {
            "time": round(time.time(), 4),
            "channel": channel,
            "host": host,
            "client": client,
            "call": call,
            "write": write,
            "arguments": self._masked(arguments),
            "outcome": self._masked(outcome),
            "seconds": round(seconds, 4),
            **{key: self._masked(value) for key, value in more.items()},
        }
        text = _ENCODER.encode(line) + "\n"
        # one write to a file that is open for appending is never mixed with another, of whatever thread or process
        opened = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(opened, text.encode())
        finally:
            os.close(opened)

    def _masked(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            # a list of {"name": "...password...", "value": ...} pairs is how the Public API carries settings
            label = str(value.get("name", ""))
            return {
                key: self._masked(item, label if key == "value" and label else str(key)) for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._masked(item, name) for item in value]
        if isinstance(value, (bytes, bytearray)):
            return f"<{len(value)} bytes>"
        if isinstance(value, str):
            if value and any(word in name.lower() for word in _SECRET_WORDS):
                return MASK
            for secret in self._secrets:
                value = value.replace(secret, MASK)
        return value


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a wire log, oldest first; none where nothing was logged yet."""
    if path.exists():
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)
