# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""No service template sells resources of Office 365 and of Azure CSP together."""

from __future__ import annotations

from collections.abc import Iterator

from ..._planner.checks.service_templates import azure_csp_findings
from ..answers import Answer, from_findings
from ..evidence import Evidence

STEP = ""


def check(evidence: Evidence) -> Iterator[Answer]:
    found = azure_csp_findings(evidence.context)
    yield from from_findings(found, "service templates", "none is seen to hold resources of Azure CSP")
