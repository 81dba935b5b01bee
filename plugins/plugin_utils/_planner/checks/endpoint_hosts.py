# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P11: the endpoint hosts can run the setup: PowerShell, rights, free disk."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding
from ..versions import parse

POWERSHELL_MINIMUM = "3.0"  # facts 5.4, documented for application 6.2
SPACE_FACTOR = 6  # package, its content, the inner zip and its content, and the upgraded sites, generously
SPACE_RESERVE = 200 * 1024 * 1024


def check(context: Context) -> Iterator[Finding]:
    for name, host in context.endpoint_hosts.items():
        if not host["reachable"]:
            continue
        facts = host["host_facts"]
        if parse(facts["powershell_version"]) < parse(POWERSHELL_MINIMUM):
            yield Finding(
                key="powershell_too_old",
                severity=BLOCKER,
                target=name,
                title=f"PowerShell {facts['powershell_version']} is installed",
                detail=f"The application's setup needs PowerShell {POWERSHELL_MINIMUM} or newer.",
                remedy="Install a newer Windows Management Framework.",
            )
        if not facts["is_administrator"]:
            yield Finding(
                key="not_administrator",
                severity=BLOCKER,
                target=name,
                title="the user that Ansible logs on with is not an administrator",
                detail="setup.cmd and iisreset must be run as an administrator.",
                remedy="Log on with an account of the local group Administrators (ansible_user).",
            )
        needed = int(context.package.get("size") or 0) * SPACE_FACTOR + SPACE_RESERVE
        if int(facts["free_bytes"]) < needed:
            yield Finding(
                key="disk_space",
                severity=BLOCKER,
                target=name,
                title=f"{int(facts['free_bytes']) // 2**20} MiB are free, {needed // 2**20} MiB are needed",
                detail="A full disk during setup.cmd leaves a half-written gateway application.",
                remedy="Free space on the drive of endpoint_stage_folder, or choose another drive for it.",
            )
