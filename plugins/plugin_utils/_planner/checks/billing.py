# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The Billing servers: they can be reached, and nothing there synchronises in the background (later-releases 6)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, WARNING, Finding
from ..values import is_true


def check(context: Context) -> Iterator[Finding]:
    for name, host in context.billing_hosts.items():
        if not host["reachable"]:
            yield Finding(
                key="billing_host_unreachable",
                severity=BLOCKER if "store_customizations" in context.words else WARNING,
                target=name,
                title=f"it could not be reached or read: {host['error']}",
                detail="The files of the online store and the panels are there, and a synchronization script may run "
                "there.",
                remedy="Check its connection variables (ansible -m ping), or leave it out of the group billing.",
            )
            continue
        scheduled = host["synchronization_scheduled"]
        if scheduled:
            stopped = is_true(context.choices.get("synchronization_stopped"))
            yield Finding(
                key="synchronization_scheduled",
                severity=WARNING if stopped else BLOCKER,
                target=name,
                title=f"{host['synchronization_script']} is scheduled in {', '.join(scheduled)}",
                detail="It makes the gateways synchronise with Microsoft in the background, also in the middle of "
                "setup.cmd. The guide does not mention it; many installations of these releases have it.",
                remedy="Take it out of the schedule and wait until it has ended; or, where it is stopped in another "
                "way, set office365_synchronization_stopped: true. Schedule it again after the upgrade.",
            )
