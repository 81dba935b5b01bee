# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""csp-agent-war is the file that the operator gave."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence

STEP = "csp_agent"


def check(evidence: Evidence) -> Iterator[Answer]:
    if not evidence.context.csp_agent_hosts:
        yield not_checkable(
            "csp-agent-war",
            "where it runs is not published, and the group csp_agent names no host",
            "Compare its version with the vendor's article (KB 126003), or name its hosts in the group csp_agent.",
        )
    for name, host in evidence.context.csp_agent_hosts.items():
        if not host["reachable"]:
            yield failed(
                name,
                f"it could not be reached or read: {host['error']}",
                "Check that the host is up and its connection variables are right, then run verify again.",
            )
        elif host["war_sha256"] and host["installed_sha256"] == host["war_sha256"]:
            yield passed(name, "it is the war that the operator gave")
        elif host["confirmed_version"] or not host["war_sha256"]:
            word = host["confirmed_version"]
            said = (
                f"the operator confirmed version {word}" if word else "no csp_agent_war_file is there to compare with"
            )
            advice = "Compare the version of the component with the vendor's article (KB 126003)."
            yield not_checkable(name, f"which file is right is not published, and {said}", advice)
        else:
            yield failed(
                name,
                f"the war in {host['folder']} is missing or another one than {host['war_file']}",
                "Run the upgrade playbook, which replaces it, or correct csp_agent_war_file.",
            )
