# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The resource-settings script has run exactly once."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, not_checkable
from ..evidence import Evidence

STEP = "resource_settings"


def check(evidence: Evidence) -> Iterator[Answer]:
    yield not_checkable(
        evidence.context.release.script("resource_settings"),
        "how often it ran leaves no trace on the platform that is documented. "
        + evidence.claim("resource_settings", of_whole_installation=True),
        "Compare the limits of a few subscriptions with those before the upgrade: a second run multiplies them.",
    )
