"""Rows of measurements in a JSON file: each is merged in when it is made, so that a crash loses nothing."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tools import json_file
from tools.checkout import described_commit

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """The rows of the file; none where there is no file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def merged(rows: Sequence[Row], row: Row, key: Sequence[str]) -> list[Row]:
    """The rows with ``row``, which replaces the one that agrees with it in every member that ``key`` names."""
    return [other for other in rows if any(other.get(name) != row.get(name) for name in key)] + [row]


def add_row(path: Path, row: Row, key: Sequence[str]) -> None:
    """Merge a row into the file."""
    json_file.replace(path, merged(read_rows(path), row, key))


def circumstances() -> Row:
    """When and on what a measurement begins: members for its row."""
    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "versions": {
            "commit": described_commit(),
            "python": platform.python_version(),
            "ansible-core": version("ansible-core"),
        },
    }


def median(rows: Iterable[Row], member: str, **wanted: object) -> float | None:
    """The median of a number over the rows that have all the ``wanted`` members; None where there is none."""
    numbers = [row[member] for row in rows if all(row.get(name) == value for name, value in wanted.items())]
    return statistics.median(numbers) if numbers else None
