# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What no check can see and every operator must know: the warnings of the release (P14, P18, facts 1.1.5)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import INFO, Finding
from ..versions import at_least
from . import sql_logins

_COMPLETE = {"sql_logins": sql_logins.is_complete}


def check(context: Context) -> Iterator[Finding]:
    platform = str(context.facts["platform"]["version"])
    for notice in context.release.notices:
        if notice.platform_minimum and not at_least(platform, notice.platform_minimum):
            continue
        if notice.checked_by and _COMPLETE[notice.checked_by](context):
            continue
        yield Finding(
            key=notice.key,
            severity=INFO,
            target=notice.target,
            title=notice.title,
            detail=notice.detail,
            remedy=notice.remedy,
        )
