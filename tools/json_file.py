"""JSON files of measurements and campaigns, which take hours: nothing of them may be lost."""

from __future__ import annotations

import json
from pathlib import Path


def replace(path: Path, document: object) -> None:
    """Write ``document`` to ``path`` in one step: a process that is killed leaves the former file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
