# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The package of the release is imported once."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, passed
from ..evidence import Evidence

STEP = "application"


def check(evidence: Evidence) -> Iterator[Answer]:
    rows = [row["package_version"] for row in evidence.target_packages]
    version = evidence.context.target_version
    if len(rows) == 1:
        yield passed(f"package {rows[0]}", "it is imported")
    elif rows:
        yield failed(
            f"package {version}",
            f"{len(rows)} packages of this version are imported: {', '.join(rows)}; the newest is used",
            "Remove those that no instance uses on the Versions tab of the application; never remove the application.",
        )
    else:
        yield failed(
            f"package {version}", "it is not imported, so no instance can be upgraded", "Run the upgrade playbook."
        )
