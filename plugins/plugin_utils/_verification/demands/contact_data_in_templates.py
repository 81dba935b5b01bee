# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every service template of the application holds Tenant Contact Data."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, passed
from ..evidence import Evidence
from ..resources import contact_data_ids, template_name

STEP = "tenant_contact_data"


def check(evidence: Evidence) -> Iterator[Answer]:
    for template in evidence.context.service_templates:
        wanted = contact_data_ids(evidence, template)
        held = {row["resource_type_id"] for row in template["resource_types"]}
        if wanted and wanted <= held:
            yield passed(template_name(template), "it holds Tenant Contact Data")
        else:
            yield failed(
                template_name(template),
                "it lacks Tenant Contact Data, so the application cannot read the contact data of its customers",
                "Deactivate it, add the resource type, activate it again (KB 123749; the upgrade playbook does).",
            )
