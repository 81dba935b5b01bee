"""What the callback plugin ``chaos_events`` wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CALLBACKS = Path(__file__).with_name("callback_plugins")


def settings(file: Path, stop: tuple[str, str, str, int] | None = None) -> dict[str, str]:
    """Environment with which a run tells its events to ``file``, and waits at ``stop``."""
    return {
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "chaos_events",
        "CHAOS_EVENTS": str(file),
        **({"CHAOS_STOP": json.dumps(stop)} if stop else {}),
    }


def reached(file: Path) -> bool:
    """Whether the run waits at its stop."""
    return file.with_suffix(".reached").exists()


def is_let_go(file: Path) -> bool:
    """Whether it was told to go on."""
    return file.with_suffix(".go").exists()


def let_go(file: Path) -> None:
    """Let the run go on from its stop."""
    file.with_suffix(".go").touch()


def forget(file: Path) -> None:
    """Remove what an earlier run left."""
    for suffix in (file.suffix, ".reached", ".go"):
        file.with_suffix(suffix).unlink(missing_ok=True)


def read(file: Path) -> list[dict[str, Any]]:
    """The events, oldest first."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
