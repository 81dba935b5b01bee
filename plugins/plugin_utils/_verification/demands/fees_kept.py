# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The recurring fees are what they were before units of measure were set."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, not_checkable
from ..evidence import Evidence

STEP = "autoconf"


def check(evidence: Evidence) -> Iterator[Answer]:
    yield not_checkable(
        "fees of service plans",
        "the fees of before the upgrade are known to the run that upgraded only. " + evidence.claim("autoconf"),
        "Compare the recurring fees of the service plans with a price list.",
    )
