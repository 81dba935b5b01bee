# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Steps A11, A12 and B10: the operator's files are on the controller and can be written on the Billing servers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding
from ..targets import Row

_VARIABLES = {"store_customizations": "store_customizations_files", "trial_checker": "trial_checker_file"}


def check(context: Context) -> Iterator[Finding]:
    for name, host in context.billing_hosts.items():
        if host["reachable"]:
            for word, variable in _VARIABLES.items():
                if word in context.words:
                    for row in host["files"].get(word, ()):
                        yield from _file(name, host, row, variable)


def _file(name: str, host: Row, row: Row, variable: str) -> Iterator[Finding]:
    source, destination = row["src"], row["dest"]
    folder = posixpath.dirname(destination)
    if source not in host["readable_sources"]:
        yield _finding(
            "store_file_missing",
            source,
            f"the new file for {name} is not on the controller, or cannot be read there",
            f"Put it there, or correct src in {variable}.",
        )
    place = ""
    if destination in host["folders"]:
        place = f"{destination} is a folder; the name of the file is missing"
    elif folder not in host["folders"]:
        place = f"the folder of {destination} is not there"
    elif folder not in host["writable_folders"]:
        place = f"the user of the connection may not write into {folder}, where {posixpath.basename(destination)} goes"
    if place:
        yield _finding(
            "store_file_place",
            name,
            place,
            f"Correct dest in {variable}, or make it a place that can be written to "
            "(store_customizations_become becomes another user).",
        )


def _finding(key: str, target: str, title: str, remedy: str) -> Finding:
    return Finding(
        key=key,
        severity=BLOCKER,
        target=target,
        title=title,
        detail="It is replaced near the end, while provisioning is stopped; the upgrade could not go on without it.",
        remedy=remedy,
    )
