# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The service of csp-agent-war runs."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence

STEP = "csp_agent"
RUNNING = ("running", "started", "active")


def check(evidence: Evidence) -> Iterator[Answer]:
    for name, host in evidence.context.csp_agent_hosts.items():
        state = str(host["service_state"]).lower()
        if state in RUNNING:
            yield passed(name, f"service {host['service']} runs")
        elif state:
            advice = "Start it; the log of the container tells why it stopped."
            yield failed(name, f"service {host['service']} is {state}, so nothing is sold through it", advice)
        else:
            yield not_checkable(name, "its service was not read, or is not named", "Look on the host whether it runs.")
