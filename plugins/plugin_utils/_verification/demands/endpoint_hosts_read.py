# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every endpoint host can be read; what cannot be read is not verified."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, passed
from ..evidence import Evidence

STEP = "collect"


def check(evidence: Evidence) -> Iterator[Answer]:
    for name, host in evidence.context.endpoint_hosts.items():
        problem = host["error"] or evidence.host(name).get("problem")
        if problem:
            yield failed(
                name,
                f"it could not be reached or read, so its sites are not verified: {problem}",
                "Check that the host is up and its connection variables are right, then run verify again.",
            )
        else:
            yield passed(name, "it was read")
