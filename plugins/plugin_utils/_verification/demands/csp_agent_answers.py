# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""csp-agent-war answers at its check URL."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence

STEP = "csp_agent"


def check(evidence: Evidence) -> Iterator[Answer]:
    for name in evidence.context.csp_agent_hosts:
        call = evidence.csp_agent_call(name)
        if not call.get("url"):
            yield not_checkable(name, "no csp_agent_check_url is given", "Call the component by hand.")
        elif call["problem"]:
            advice = "Read the log of its container."
            yield failed(name, f"{call['url']} does not answer as wanted: {call['problem']}", advice)
        else:
            yield passed(name, f"{call['url']} answers as wanted")
