# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every gateway answers when it is called by its host name."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence

STEP = "endpoint"


def check(evidence: Evidence) -> Iterator[Answer]:
    for gateway in evidence.context.gateways:
        site = gateway.target
        calls = evidence.host(site.endpoint_host).get("gateways") or ()
        call = next((row for row in calls if row["hostname"] == site.hostname), None)
        target = f"https://{site.hostname}/{site.application}/"
        if call is None:
            yield not_checkable(target, "it was not called", "Call it from the management node.")
        elif call["problem"]:
            yield failed(
                target,
                f"it does not answer as it should: {call['problem']}. The platform provisions through it",
                f"Look into the log of {site.site!r} and the event log of {site.endpoint_host}.",
            )
        else:
            yield passed(target, f"it answers (status {call['status']})")
