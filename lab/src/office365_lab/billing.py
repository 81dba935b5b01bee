"""The Billing server's files and the files that an operator would bring for them (procedure-facts.md 8).

The real names and places are unknown, these are the lab's own; all of them are replaced by hand in life.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from office365_lab.layout import LabLayout

CUSTOMIZATIONS = ("store/office365_subdomain.js", "store/office365.tpl")
TRIAL_CHECKER = "panels/script3.js"


def create(layout: LabLayout) -> None:
    """Write the old files below ``billing`` and the new ones below ``operator-files``."""
    for name in (*CUSTOMIZATIONS, TRIAL_CHECKER):
        for path, age in ((target(layout, name), "old"), (operator_file(layout, name), "new")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"/* {name}: {age} content */\n", encoding="utf-8")


def target(layout: LabLayout, name: str) -> Path:
    """Where a file of the Billing server is."""
    return layout.billing / name


def operator_files(layout: LabLayout) -> Path:
    """The folder of the new files."""
    return layout.root / "operator-files"


def operator_file(layout: LabLayout, name: str) -> Path:
    """The operator's new version of a file."""
    return operator_files(layout) / Path(name).name


def digests(layout: LabLayout) -> dict[str, str]:
    """SHA-256 of every file below ``billing`` by its relative path."""
    return {
        path.relative_to(layout.billing).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(layout.billing.rglob("*"))
        if path.is_file()
    }
