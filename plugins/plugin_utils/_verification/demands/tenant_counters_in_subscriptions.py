# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every subscription of the application has both tenant counters."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer
from ..evidence import Evidence
from ..resources import counter_ids, subscription_answers

STEP = "tenant_counters"


def check(evidence: Evidence) -> Iterator[Answer]:
    script = evidence.release.script("tenant_counters")
    yield from subscription_answers(
        evidence,
        counter_ids(evidence),
        "the tenant counters",
        f"Run {script} of the package on the management node (the upgrade playbook does).",
    )
