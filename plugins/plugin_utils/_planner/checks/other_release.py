# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The journal is that of this upgrade: its entries have no release in their names."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding
from ..versions import without_release


def check(context: Context) -> Iterator[Finding]:
    journal = context.management_node.get("journal", {})
    runs = [entry.get("detail", {}) for key, entry in journal.items() if key.endswith("-run")]
    begun = {without_release(str(run["package_version"])) for run in runs if run.get("package_version")}
    for version in sorted(begun - {context.target_version}):
        yield Finding(
            key="journal_of_other_release",
            severity=BLOCKER,
            target=context.journal_folder,
            title=f"it tells of an upgrade to {version}, and this one is to {context.target_version}",
            detail="What that upgrade did would pass for done in this one: scripts and gateway sites would be left "
            "out. Other findings may come from it, too.",
            remedy=f"If the upgrade to {version} is finished, move the folder away, keep it for your records, and run "
            "again. If it is not, finish it first.",
        )
