"""The provisioning window as the laboratory saw it: its record of calls, not what a contender says of itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

STOP, START = "pem.deactivateST", "pem.activateST"

Call = Mapping[str, Any]


def read_calls(lab: Path) -> list[Call]:
    """Every call that the wire log of the lab in this folder holds."""
    with (lab / "wire.jsonl").open(encoding="utf-8") as log:
        return [json.loads(line) for line in log]


def window_seconds(calls: Iterable[Call]) -> float:
    """Seconds from the first service template deactivated to the last one activated.

    Raises ``ValueError`` where provisioning was not stopped, or was not started after it was stopped.
    """
    times: dict[str, list[float]] = {STOP: [], START: []}
    for call in calls:
        if call["channel"] == "public_api" and call["outcome"] == "ok":
            for method in methods(call) & times.keys():
                times[method].append(call["time"])
    if not times[STOP] or not times[START] or max(times[START]) < max(times[STOP]):
        raise ValueError(f"{len(times[STOP])} calls of {STOP}, {len(times[START])} of {START}: this is no window")
    return float(max(times[START]) - min(times[STOP]))


def methods(call: Call) -> set[str]:
    """What a call asked for: its method, or those of the operations of a batch."""
    arguments = call["arguments"]
    operations = arguments if isinstance(arguments, list) else [arguments]
    return {call["call"]} | {
        item["operation"] for item in operations if isinstance(item, dict) and isinstance(item.get("operation"), str)
    }
