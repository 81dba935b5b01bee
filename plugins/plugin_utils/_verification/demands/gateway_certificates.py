# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every gateway site has a valid certificate whose subject is the gateway host."""

from __future__ import annotations

from collections.abc import Iterator

from ..._planner.checks.certificates import gateway_findings
from ..answers import Answer, from_findings
from ..evidence import Evidence

STEP = "endpoint"


def check(evidence: Evidence) -> Iterator[Answer]:
    for gateway in evidence.context.gateways:
        found = gateway_findings(evidence.context, gateway)
        target = f"{gateway.target.hostname} on {gateway.target.endpoint_host}"
        yield from from_findings(found, target, "its certificate is valid and has a private key")
