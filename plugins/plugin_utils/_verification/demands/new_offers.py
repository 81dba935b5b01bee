# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The new offers exist; the guide leaves them to the operator."""

from __future__ import annotations

from collections.abc import Iterator

from ..._offers import offers_by_name
from ..._plain_text import shortened
from ..answers import Answer, not_checkable, passed
from ..evidence import Evidence

STEP = "new_offers"


def check(evidence: Evidence) -> Iterator[Answer]:
    types = evidence.resource_types
    if not types:
        yield not_checkable("new offers", "the resource types were not read", "Look at the offers of the instances.")
        return
    found = offers_by_name(evidence.release.new_offers, types)
    if not found["missing"]:
        yield passed("new offers", f"all {len(found['existing'])} have a resource type")
        return
    yield not_checkable(
        "new offers",
        "they are optional, and their ids are not published; no resource type is named after "
        f"{len(found['missing'])} of {len(evidence.release.new_offers)}: {shortened(found['missing'])}",
        "Create those that you want to sell (KB 126207), or run the upgrade playbook with new_offers_create.",
    )
