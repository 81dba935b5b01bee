# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Billing: its servers and its API can be reached (P17), and nothing there synchronises (later-releases 6)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import DONE, Context
from ..findings import BLOCKER, INFO, WARNING, Finding
from ..values import is_true


def check(context: Context) -> Iterator[Finding]:
    if "autoconf" in context.words and context.step_status("autoconf") != DONE:
        yield from _fees(context)
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


def _fees(context: Context) -> Iterator[Finding]:
    api = context.facts["billing_api"]
    script = context.release.script("autoconf")
    why = f"{script} changes units of measure, and a known defect multiplied recurring fees by 1024 squared then."
    if api["reason"]:
        yield Finding(
            key="fees_not_compared",
            severity=INFO,
            target="Billing",
            title=f"the fees of service plans are not compared before and after {script}: {api['reason']}",
            detail=why,
            remedy="Set billing_api_url and billing_plan_ids, or compare the fees by hand.",
        )
    elif api["error"]:
        yield Finding(
            key="billing_api_failed",
            severity=BLOCKER,
            target="Billing",
            title=f"its plans could not be read: {api['error']}",
            detail=f"{why} The run would stop there.",
            remedy="Correct billing_api_url, billing_api_username, billing_api_password or billing_plan_ids; or set "
            "billing_api_url to an empty text to go on without the comparison.",
        )
