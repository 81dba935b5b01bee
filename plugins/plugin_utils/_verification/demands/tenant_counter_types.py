# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The resource types of both tenant counters exist."""

from __future__ import annotations

from collections.abc import Iterator

from ..._service_templates import without_prefix
from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence
from ..resources import counter_names

STEP = "tenant_counters"


def check(evidence: Evidence) -> Iterator[Answer]:
    types = evidence.resource_types
    for name in counter_names(evidence):
        if not types:
            yield not_checkable(
                name, "the resource types were not read", "Look at Services > Applications > Resource Types."
            )
        elif any(without_prefix(str(row["name"])) == name for row in types):
            yield passed(name, "a resource type of this name exists")
        else:
            script = evidence.release.script("tenant_counters")
            yield failed(
                name,
                "no resource type has this name; the upgraded application counts what is sold with it",
                f"Run {script} of the package on the management node (the upgrade playbook does).",
            )
