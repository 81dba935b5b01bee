"""What a disturbed upgrade must have come to, beyond what ``check_upgrade`` demands of any upgrade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tools import check_upgrade

Row = Mapping[str, Any]


def problems(before: check_upgrade.State, after: check_upgrade.State, calls: Sequence[Row]) -> list[str]:
    """Everything that is wrong; ``calls`` are the lines of the wire log since ``before``."""
    return [
        *check_upgrade.problems(before, after),
        *_overlaps(after),
        *_restarts(after, calls),
    ]


def _overlaps(after: check_upgrade.State) -> Iterator[str]:
    """Two runs of ``setup.cmd`` on a host were at work at the same time."""
    for name, host in after["endpoint_hosts"].items():
        for first, second in pairwise(sorted(host["setup_runs"], key=lambda run: run["time"])):
            if second["time"] < first["ended"]:
                yield f"{name}: setup.cmd was started while another one was at work"


def _restarts(after: check_upgrade.State, calls: Sequence[Row]) -> Iterator[str]:
    """IIS was not restarted after the last ``setup.cmd``."""
    for name, host in after["endpoint_hosts"].items():
        restarts = [
            line["time"]
            for line in calls
            if line["host"] == name and "iisreset" in str(line["arguments"]) and line["outcome"] == "ok"
        ]
        last = max((run["ended"] for run in host["setup_runs"]), default=0.0)
        if last > max(restarts, default=0.0):
            yield f"{name}: IIS was not restarted after the last setup.cmd"
