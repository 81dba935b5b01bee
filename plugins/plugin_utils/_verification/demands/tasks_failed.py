# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""No task of the application has failed."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, passed
from ..evidence import Evidence

STEP = "stop_provisioning"


def check(evidence: Evidence) -> Iterator[Answer]:
    rows = evidence.context.tasks("failed")
    for row in rows:
        yield failed(
            f"task {row['task_id']}",
            f"it has failed: {row['name']}",
            "Read its output in Operations > Tasks, correct the cause, restart it; cancelling can leave wrong states.",
        )
    if not rows:
        yield passed("Operations > Tasks", "no task of the application has failed")
