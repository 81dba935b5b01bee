# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""autoconf.py has set the units of measure of licences and add-ons."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, not_checkable
from ..evidence import Evidence

STEP = "autoconf"


def check(evidence: Evidence) -> Iterator[Answer]:
    yield not_checkable(
        "units of measure",
        "no API tells the unit of a resource. " + evidence.claim("autoconf"),
        "In Billing, compare Resources with System > Settings > Units of Measure.",
    )
