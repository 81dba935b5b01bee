# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every service template of the application holds both tenant counters."""

from __future__ import annotations

from collections.abc import Iterator

from ..._plain_text import shortened
from ..._service_templates import without_prefix
from ..answers import Answer, failed, passed
from ..evidence import Evidence
from ..resources import counter_names, template_name

STEP = "tenant_counters"


def check(evidence: Evidence) -> Iterator[Answer]:
    for template in evidence.context.service_templates:
        held = {without_prefix(str(row["name"])) for row in template["resource_types"]}
        missing = [name for name in counter_names(evidence) if name not in held]
        if missing:
            script = evidence.release.script("tenant_counters")
            yield failed(
                template_name(template),
                f"it lacks {shortened(missing)}; what is sold with it is not counted",
                f"Stop provisioning, run {script} of the package on the management node (the upgrade playbook does).",
            )
        else:
            yield passed(template_name(template), "it holds both counters")
