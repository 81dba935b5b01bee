# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The platform is one that the release supports."""

from __future__ import annotations

from collections.abc import Iterator

from ..._planner.checks import platform_version
from ..answers import Answer, from_findings
from ..evidence import Evidence

STEP = ""


def check(evidence: Evidence) -> Iterator[Answer]:
    version = evidence.context.facts["platform"]["version"]
    yield from from_findings(
        platform_version.check(evidence.context), "platform", f"Odin Automation {version} is supported"
    )
