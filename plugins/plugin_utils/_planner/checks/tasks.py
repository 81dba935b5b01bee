# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P13: no Office 365 task is open or failed before provisioning is stopped."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding

SHOWN = 10
_RECOVERY = (
    " If a task of the import cannot be restarted, run again with -e office365_recover_import=true: the package is "
    "removed and imported again, because no instance is upgraded yet."
)


def check(context: Context) -> Iterator[Finding]:
    for state, title, remedy in (
        (
            "open",
            "still to be processed",
            "Wait until they are processed (collect_open_tasks_timeout: how long a run waits), then run again.",
        ),
        (
            "failed",
            "failed",
            "Correct the cause and restart them in Operations > Tasks; cancelling can leave wrong states."
            + (_RECOVERY if context.can_recover_import and context.failed_import_tasks else ""),
        ),
    ):
        rows = context.tasks(state)
        if rows:
            names = "; ".join(f"{row['task_id']} {row['name']} ({row['state']})" for row in rows[:SHOWN])
            more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
            yield Finding(
                key=f"tasks_{state}",
                severity=BLOCKER,
                target="Operations > Tasks",
                title=f"{len(rows)} Office 365 task(s) {title}: {names}{more}",
                detail="The guide upgrades only when all Office 365 tasks are processed; the upgrade would break them.",
                remedy=remedy,
            )
