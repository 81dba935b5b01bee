# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The import of the package is complete, and the package is enabled."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence

STEP = "application"
READY = "Ready"
UNKNOWN = "unknown"


def check(evidence: Evidence) -> Iterator[Answer]:
    for row in evidence.target_packages:
        target, status = f"package {row['package_version']}", row["status"]
        if status == UNKNOWN:
            yield not_checkable(target, "the platform does not tell its state", "Look at the Versions tab.")
        elif status != READY:
            yield failed(
                target,
                f"its import is not complete: {status}",
                "Look at the tasks of the import in Operations > Tasks, correct the cause and restart them.",
            )
        elif not row["active"]:
            yield failed(
                target,
                "the APS controller does not list it as active; a package that is not enabled upgrades no instance",
                "Enable it on the Versions tab of the application.",
            )
        else:
            yield passed(target, "its import is complete, and it is active")
