# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The import has updated the upgrade relations of the package."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence

STEP = "application"


def check(evidence: Evidence) -> Iterator[Answer]:
    text = evidence.release.failed_import_tasks
    application = evidence.context.facts["application_id"]
    of_import = re.compile(rf"\bid {application}\b.*{re.escape(text)}")
    broken = [row for row in evidence.context.tasks("failed") if text and of_import.search(row["name"])]
    done = [row for row in evidence.context.instances if evidence.context.is_upgraded(row)]
    for package in evidence.target_packages:
        target = f"package {package['package_version']}"
        if broken and not done:
            yield failed(
                target,
                f"task {broken[0]['task_id']} of the import has failed, so no instance can be upgraded: it was "
                f"imported before {evidence.release.script('resource_settings')} had run",
                "Run the upgrade playbook with -e office365_recover_import=true, which goes the guide's way out.",
            )
        elif done:
            yield passed(target, f"{len(done)} instance(s) were upgraded with it, which needs them")
        else:
            yield not_checkable(
                target,
                "no instance is upgraded with it, and the platform does not tell",
                "Look whether the last task of the import has ended well in Operations > Tasks.",
            )
