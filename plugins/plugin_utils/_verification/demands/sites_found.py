# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every instance has its gateway site, and every endpoint host its dispatcher site where the scenario has one."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence
from ..sites import site_name

STEP = "collect"


def check(evidence: Evidence) -> Iterator[Answer]:
    unread = [name for name, host in evidence.context.endpoint_hosts.items() if not host["reachable"]]
    for row in evidence.context.site_findings:
        text = f"{row.title}. {row.detail}"
        if unread:
            advice = "Make this host readable, then run verify again."
            yield not_checkable(
                row.target, f"{text} The site may be on {', '.join(unread)}, which was not read.", advice
            )
        else:
            yield failed(row.target, text, row.remedy)
    for site in evidence.sites:
        yield passed(site.hostname or site.endpoint_host, f"it is {site_name(site)}")
