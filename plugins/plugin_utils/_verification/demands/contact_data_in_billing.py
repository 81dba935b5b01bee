# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Tenant Contact Data is selected in Billing, too (KB 123749); this collection does not do that."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, not_checkable
from ..evidence import Evidence

STEP = "tenant_contact_data"


def check(evidence: Evidence) -> Iterator[Answer]:
    del evidence
    yield not_checkable(
        "Billing",
        "no call of an API for it is known, so no playbook does or checks it",
        "In Billing, for resellers in theirs, too: in each service template select Tenant Contact Data, synchronise, "
        "install it to all subscriptions, and synchronise again (KB 123749).",
    )
