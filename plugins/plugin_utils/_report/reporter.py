# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Writes the files of one run: its status and a copy of its journal while it goes on, its report at the end."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import Any

from .. import _run_owner
from .document import BEFORE_CHANGES, INTERRUPTED, REFUSED, STOPPED, SUCCEEDED, document
from .files import read_json, to_json, write_private
from .journal_copy import copy_path
from .page import report_page
from .record import Record
from .status import RUNNING, status
from .text import last_lines, report_text

STATUS_FILE = "status.json"


@dataclasses.dataclass
class Reporter:
    """The files of one run. ``run``: who, where, what; ``owner``: as ``_run_owner`` tells it.

    ``problem`` is why the last file could not be written; empty where it could. The next one is tried all the same: a
    full disk may have room again.
    """

    record: Record
    run: dict[str, Any]
    owner: dict[str, Any]
    folder: Path
    shows_status: bool = True
    problem: str = ""

    def take_status_file(self) -> None:
        """Leave the file to another run that still goes on: this one will be refused, or only reads."""
        self.shows_status = not _run_owner.is_alive(self._other_status())

    def _other_status(self) -> dict[str, Any]:
        found = read_json(self.folder / STATUS_FILE)
        return found if found.get("state") == RUNNING and found.get("process") != self.owner["process"] else {}

    def show_status(self, time: float, state: str = RUNNING, report: str = "") -> None:
        if self.shows_status:
            run = {**self.run, **{name: self.owner[name] for name in _run_owner.PROCESS}}
            data = {**status(self.record, run, time, state), "report": report}
            self._write(self.folder / STATUS_FILE, to_json(data))

    def copy_journal_entry(self, management_node: str, path: str, entry: dict[str, Any]) -> None:
        """Keep a copy of what was written into the file ``path`` of the journal on the management node."""
        self._write(copy_path(self.folder, management_node, path), to_json(entry))

    def finish(self, time: float, state: str) -> list[str]:
        """Write the report; returns the last lines for the person at the keyboard, even where it cannot be written."""
        data = document(self.record, self.run, time, state)
        stamp = "".join(letter for letter in data["run"]["started"][:19] if letter.isalnum())
        path = self.folder / f"run-{stamp}Z-{self.run['id'][:8]}"
        files = {path.with_name(f"{path.name}.{suffix}"): text for suffix, text in report_files(data).items()}
        problems = [self._write(file, text) for file, text in files.items()]
        problem = next(filter(None, problems), "")
        self.show_status(time, state, "" if problem else f"{path}.json")
        return last_lines(data, str(path), problem)

    def _write(self, path: Path, text: str) -> str:
        """Why the file could not be written; empty where it was."""
        try:
            write_private(path, text)
            self.problem = ""
        except OSError as error:
            self.problem = f"{path}: {error.strerror or error}"
        return self.problem


def report_files(data: dict[str, Any]) -> dict[str, str]:
    """The files of a report by their suffix; the text and the page are made of what the first one holds."""
    return {"json": to_json(data), "txt": report_text(data), "html": report_page(data) + "\n"}


def outcome(record: Record, failed_hosts: Collection[str]) -> str:
    """How a run ended that came to its recap; failures that were rescued or ignored are taken off the record."""
    record.failures[:] = [row for row in record.failures if row.host in failed_hosts]
    if record.failures:
        return REFUSED if record.failures[-1].step in BEFORE_CHANGES else STOPPED
    missing = any(step.started is None for step in record.steps.values())
    return INTERRUPTED if failed_hosts and missing else SUCCEEDED


def forget_survived(record: Record) -> None:
    """Without a recap: a host that went on after a failure was rescued, or the failure was expected."""
    last: dict[str, float] = {}
    for step in record.steps.values():
        for host, span in step.hosts.items():
            last[host] = max(last.get(host, 0.0), span.ended)
    record.failures[:] = [row for row in record.failures if last[row.host] <= row.time]
