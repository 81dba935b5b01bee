# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every gateway and dispatcher site is started, and so is its application pool."""

from __future__ import annotations

from collections.abc import Iterator

from ..._planner.targets import site_problems
from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence
from ..sites import site_name

STEP = "endpoint"


def check(evidence: Evidence) -> Iterator[Answer]:
    for site in evidence.sites:
        pools = evidence.host(site.endpoint_host).get("pools")
        if not pools:
            yield not_checkable(site_name(site), "the application pools were not read", "Look in IIS Manager.")
            continue
        # the bindings are what they are now, so they cannot differ
        wanted = {"site": site.site, "bindings": site.bindings, "application_pool": site.application_pool}
        problems = site_problems([wanted], evidence.context.endpoint_hosts[site.endpoint_host]["sites"], pools)
        if problems:
            yield failed(
                site_name(site),
                f"{'; '.join(problems)}. Nothing is provisioned through it",
                "Start it in IIS Manager; the event log of the host tells why it stopped.",
            )
        else:
            yield passed(site_name(site), f"it is started, and so is application pool {site.application_pool!r}")
