# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The service templates that were active before the upgrade are active again."""

from __future__ import annotations

from collections.abc import Iterator

from ..._plain_text import shortened
from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence
from ..resources import template_name

STEP = "start_provisioning"


def check(evidence: Evidence) -> Iterator[Answer]:
    templates = evidence.context.service_templates
    stopped = evidence.context.step_entry("provisioning").get("detail", {}).get("service_template_ids")
    inactive = [row for row in templates if not row["active"]]
    if stopped is None:
        yield _without_journal([template_name(row) for row in inactive], len(templates))
        return
    for row in templates:
        if row["service_template_id"] in stopped and not row["active"]:
            yield failed(
                template_name(row),
                "this upgrade has deactivated it, and it is still inactive: customers cannot order",
                "Activate it (General tab), or run the upgrade playbook, which does.",
            )
        elif row["active"]:
            yield passed(template_name(row), "it is active")


def _without_journal(inactive: list[str], number: int) -> Answer:
    if not inactive:
        return passed("service templates", f"all {number} are active")
    if len(inactive) == number:
        return failed(
            "service templates",
            f"none of the {number} that sell the application is active, nothing can be ordered: {shortened(inactive)}",
            "Activate those that were active before the upgrade (General tab).",
        )
    return not_checkable(
        "service templates",
        f"no journal tells which were active before the upgrade; {len(inactive)} of {number} are inactive: "
        f"{shortened(inactive)}",
        "Activate those of them that were active before.",
    )
