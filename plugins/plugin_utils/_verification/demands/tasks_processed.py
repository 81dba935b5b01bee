# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""All tasks of the application are processed."""

from __future__ import annotations

from collections.abc import Iterator

from ..._plain_text import shortened
from ..answers import Answer, not_checkable, passed
from ..evidence import Evidence

STEP = "stop_provisioning"


def check(evidence: Evidence) -> Iterator[Answer]:
    rows = evidence.context.facts["tasks"]["open"]
    if rows:
        names = [f"{row['task_id']} {row['name']} ({row['state']})" for row in rows]
        yield not_checkable(
            "Operations > Tasks",
            f"{len(rows)} task(s) are still to be processed, which is usual once customers can order again: "
            f"{shortened(names)}",
            "Look in Operations > Tasks how they end.",
        )
    else:
        yield passed("Operations > Tasks", "no task of the application is open")
