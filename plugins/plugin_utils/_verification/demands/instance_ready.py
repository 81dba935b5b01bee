# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every instance is ready."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, passed
from ..evidence import Evidence

STEP = "application"
READY = "Ready"


def check(evidence: Evidence) -> Iterator[Answer]:
    for instance in evidence.context.instances:
        target, status = f"instance {instance['application_instance_id']}", instance["status"]
        if status == READY:
            yield passed(target, "it is ready")
        else:
            yield failed(
                target,
                f"its state is {status or 'not told'}; nothing is provisioned by an instance that is not ready",
                "Look at its tasks in Operations > Tasks; never cancel the first or the last task of an upgrade.",
            )
