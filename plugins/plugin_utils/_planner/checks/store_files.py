# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Steps A11, A12 and B10: the operator's files are on the controller and can be written on the Billing servers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding
from ..targets import Row

_VARIABLES = {"store_customizations": "store_customizations_files", "trial_checker": "trial_checker_file"}
_ACCOUNTS = {"owner": ("passwd", "user"), "group": ("group", "group")}
# What M(ansible.builtin.copy) takes: octal digits, or clauses of chmod.
_MODE = re.compile(r"(0o)?[0-7]{1,5}|[ugoa]*([-+=][rwxXstugo]*)+(,[ugoa]*([-+=][rwxXstugo]*)+)*")
_LARGEST_PLAIN_MODE = 0o777


def check(context: Context) -> Iterator[Finding]:
    for name, host in context.billing_hosts.items():
        if host["reachable"]:
            for word, variable in _VARIABLES.items():
                if word in context.words:
                    for row in host["files"].get(word, ()):
                        yield from _file(name, host, row, variable)


def _file(name: str, host: Row, row: Row, variable: str) -> Iterator[Finding]:
    if row["src"] not in host["readable_sources"]:
        yield _finding(
            key="store_file_missing",
            target=row["src"],
            title=f"the new file for {name} is not on the controller, or cannot be read there",
            remedy=f"Put it there, or correct src in {variable}.",
        )
    place = _place(host, row["dest"])
    if place:
        yield _finding(
            key="store_file_place",
            target=name,
            title=place,
            remedy=f"Correct dest in {variable}, or make it a place that can be written to "
            "(store_customizations_become becomes another user).",
        )
    for member in _ACCOUNTS:
        owner = _owner(host, row, member)
        if owner:
            yield _finding(
                key="store_file_owner",
                target=name,
                title=owner,
                remedy=f"Correct {member} in {variable}, or leave it out "
                "(store_customizations_become becomes another user, root by default, who may give files to others).",
            )
    if not _is_mode(row.get("mode")):
        yield _finding(
            key="store_file_mode",
            target=name,
            title=f"{row['mode']!r} is no mode that {row['dest']} could get",
            remedy=f"Correct mode in {variable}; write it in quotes: '0644'.",
        )


def _place(host: Row, destination: str) -> str:
    """What is wrong with the place of a file; empty for nothing."""
    folder = posixpath.dirname(destination)
    if destination in host["folders"]:
        return f"{destination} is a folder; the name of the file is missing"
    if folder not in host["folders"]:
        return f"the folder of {destination} is not there"
    if folder not in host["writable_folders"]:
        return f"the user of the connection may not write into {folder}, where {posixpath.basename(destination)} goes"
    return ""


def _owner(host: Row, row: Row, member: str) -> str:
    """What is wrong with the owner or the group that a file is to get; empty for nothing."""
    wanted = str(row.get(member) or "")
    database, what = _ACCOUNTS[member]
    if [database, wanted] in host["missing_accounts"]:
        return f"there is no {what} {wanted}, to whom {row['dest']} is to belong"
    user, *groups = re.findall(r"(\d+)\((.*?)\)", host["identity"]) or [("0", "")]
    own = groups if member == "group" else [user]
    if wanted and user[0] != "0" and not any(wanted in one for one in own):
        return f"{user[1]}, who writes {row['dest']}, may not give it to the {what} {wanted}"
    return ""


def _is_mode(mode: object) -> bool:
    """Is it one that a file can get? ``644`` without quotes is decimal, and would take the file from its owner."""
    if isinstance(mode, int):
        return not isinstance(mode, bool) and 0 <= mode <= _LARGEST_PLAIN_MODE
    return mode in (None, "preserve") or (isinstance(mode, str) and _MODE.fullmatch(mode) is not None)


def _finding(*, key: str, target: str, title: str, remedy: str) -> Finding:
    return Finding(
        key=key,
        severity=BLOCKER,
        target=target,
        title=title,
        detail="It is replaced near the end, while provisioning is stopped; the upgrade could not go on without it.",
        remedy=remedy,
    )
