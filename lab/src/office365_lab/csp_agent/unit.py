"""The systemd unit ``csp-agent`` of the Linux host: one file says whether it runs, and what it loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from office365_lab.csp_agent import application

NAME = "csp-agent"
Unit = dict[str, Any]


def first(loaded: application.Loaded) -> Unit:
    """The unit as it runs when the lab starts."""
    return {"state": "active", "starts": 0, "loaded": loaded.to_json()}


def read(path: Path) -> Unit:
    """The unit now."""
    data: Unit = json.loads(path.read_text(encoding="utf-8"))
    return data


def write(path: Path, unit: Unit) -> None:
    """Replace the file in one step: it is read while it is written."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(unit), encoding="utf-8")
    fresh.replace(path)


def start(path: Path, webapps: Path) -> None:
    """Start the unit; nothing happens where it runs."""
    unit = read(path)
    if unit["state"] != "active":
        loaded = application.load(webapps)
        write(path, {"state": "active", "starts": unit["starts"] + 1, "loaded": loaded.to_json()})


def stop(path: Path, state: str = "inactive") -> None:
    """End the unit in state ``inactive`` or ``failed``."""
    write(path, {**read(path), "state": state})
