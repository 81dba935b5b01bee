# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every instance is at the version of the release."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, passed
from ..evidence import Evidence

STEP = "application"


def check(evidence: Evidence) -> Iterator[Answer]:
    for instance in evidence.context.instances:
        target, version = f"instance {instance['application_instance_id']}", instance["package_version"]
        if evidence.context.is_upgraded(instance):
            yield passed(target, f"it is at {version}")
        else:
            yield failed(
                target,
                f"it is at {version}, not at {evidence.context.target_version}; its gateway and it must be the same",
                "Run the upgrade playbook, or upgrade it on the Instances tab of the application.",
            )
