# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The service templates of resellers are treated like those of the provider."""

from __future__ import annotations

from collections.abc import Iterator

from ..._planner.checks.service_templates import left_out_findings
from ..answers import Answer, from_findings
from ..evidence import Evidence

STEP = "tenant_contact_data"


def check(evidence: Evidence) -> Iterator[Answer]:
    found = left_out_findings(evidence.context)
    yield from from_findings(found, "service templates of all accounts", "all that sell the application were looked at")
