"""The Billing server's files and the files that an operator would bring for them (procedure-facts.md 8).

The real names and places are unknown, these are the lab's own; all of them are replaced by hand in life.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from office365_lab.layout import LabLayout

CUSTOMIZATIONS = ("store/office365_subdomain.js", "store/office365.tpl")
TRIAL_CHECKER = "panels/script3.js"
# The synchronization script is there, but nothing starts it; a test or a user may schedule it.
SYNCHRONIZATION_FOLDER = "usr/local/o365"
_SYNCHRONIZATION_SCRIPT = "backsynco365.pl"
SCHEDULE_FOLDER = "etc/cron.d"


def create(layout: LabLayout) -> None:
    """Write the old files below ``billing`` and the new ones below ``operator-files``."""
    for name in (*CUSTOMIZATIONS, TRIAL_CHECKER):
        for path, age in ((target(layout, name), "old"), (operator_file(layout, name), "new")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"/* {name}: {age} content */\n", encoding="utf-8")
    for folder in (SYNCHRONIZATION_FOLDER, SCHEDULE_FOLDER):
        (server(layout) / folder).mkdir(parents=True, exist_ok=True)
    script = server(layout) / SYNCHRONIZATION_FOLDER / _SYNCHRONIZATION_SCRIPT
    script.write_text("# Stand-in of the laboratory; it does nothing.\n", encoding="utf-8")
    schedule = server(layout) / SCHEDULE_FOLDER / "office365"
    schedule.write_text(f"# 0 * * * * root /{SYNCHRONIZATION_FOLDER}/{_SYNCHRONIZATION_SCRIPT}\n", encoding="utf-8")


def server(layout: LabLayout) -> Path:
    """The root of the Billing server's other files."""
    return layout.root / "billing-server"


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
