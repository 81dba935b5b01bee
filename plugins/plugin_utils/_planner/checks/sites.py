# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P3, P7: every gateway and dispatcher leads to exactly one IIS site."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding


def check(context: Context) -> Iterator[Finding]:
    for name, host in context.endpoint_hosts.items():
        if not host["reachable"]:
            yield Finding(
                key="endpoint_host_unreachable",
                severity=BLOCKER,
                target=name,
                title=f"it could not be reached or read: {host['error']}",
                detail="Its sites cannot be found or upgraded, and an installation must not stay half upgraded.",
                remedy="Check that the host is up, WinRM answers, and ansible_host, ansible_port, ansible_user and "
                "ansible_password are right (ansible -m ansible.windows.win_ping).",
            )
    yield from context.site_findings
