# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every subscription of the application has Tenant Contact Data."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer
from ..evidence import Evidence
from ..resources import contact_data_ids, subscription_answers

STEP = "tenant_contact_data"


def check(evidence: Evidence) -> Iterator[Answer]:
    wanted = {row["service_template_id"]: contact_data_ids(evidence, row) for row in evidence.context.service_templates}
    yield from subscription_answers(
        evidence,
        wanted,
        "Tenant Contact Data",
        "Run the upgrade playbook, which adds it where it is missing, or odin.office365.oa_subscription_resources.",
    )
