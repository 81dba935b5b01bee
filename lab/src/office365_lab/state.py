"""The state snapshot: what the lab's database and disks hold, put together from the parts' own accounts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from office365_lab import billing
from office365_lab.layout import LabLayout

FORMAT = 1
Snapshot = dict[str, Any]


def snapshot(
    layout: LabLayout, platform: dict[str, Any], endpoint_hosts: dict[str, Any], csp_agents: dict[str, Any]
) -> Snapshot:
    """The snapshot of a lab.

    ``platform`` is the platform's part, with the records of Billing under ``billing``; ``endpoint_hosts`` is
    the Windows part: host name -> state. ``csp_agents``: host name -> state of its csp-agent-war.
    """
    records = platform.get("billing", {})
    return {
        "format": FORMAT,
        **platform,
        "endpoint_hosts": endpoint_hosts,
        "csp_agents": csp_agents,
        "billing": {"files": billing.digests(layout), **records},
    }


def saved_path(layout: LabLayout) -> Path:
    """Where a lab that ends leaves its last snapshot."""
    return layout.root / "last-state.json"


def save(path: Path, data: Snapshot) -> None:
    """Write a snapshot in one step: a reader sees the old one or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(data, indent=1, sort_keys=True), encoding="utf-8")
    fresh.replace(path)


def load(path: Path) -> Snapshot:
    """A saved snapshot; ``FileNotFoundError`` where none was saved."""
    data: Snapshot = json.loads(path.read_text(encoding="utf-8"))
    return data
