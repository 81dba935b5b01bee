# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Steps B4 and D3: the hosts of csp-agent-war can be reached and are described well enough to upgrade it."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, WARNING, Finding
from ..targets import Row


def check(context: Context) -> Iterator[Finding]:
    if "csp_agent" not in context.words:
        return
    for name, host in context.csp_agent_hosts.items():
        if not host["reachable"]:
            yield _finding(
                "unreachable",
                name,
                f"it could not be reached or read: {host['error']}",
                "Check that the host is up and its connection variables are right.",
            )
        elif not host["confirmed_version"]:
            yield from _missing(name, host)


def _missing(name: str, host: Row) -> Iterator[Finding]:
    if not host["war_file"]:
        return  # a gate: checks/gates.py says so
    if not host["war_file_exists"]:
        yield _finding(
            "war_missing",
            name,
            f"the new file {host['war_file']} (csp_agent_war_file) is not on the controller",
            "Put the file that the vendor gave you there, or correct csp_agent_war_file.",
        )
    elif host["war_file_problem"]:
        yield _finding(
            "war_damaged",
            name,
            f"the new file {host['war_file']} is no sound archive: {host['war_file_problem']}",
            "Bring the vendor's original file.",
        )
    if host["keep_missing"]:
        yield _finding(
            "keep_missing",
            name,
            f"csp_agent_keep names what is no file there: {', '.join(host['keep_missing'])}",
            "Correct csp_agent_keep; a wrong path would cost the configuration of the component.",
        )
    if not host["folder_exists"]:
        yield _finding(
            "folder_missing",
            name,
            "the folder of the installed file (csp_agent_folder) is not there",
            "Correct csp_agent_folder: the folder that holds the war file now.",
        )
    if not host["service_exists"]:
        yield _finding(
            "service_missing",
            name,
            f"it has no service {host['service']!r} (csp_agent_service)",
            "Correct csp_agent_service: the service that runs the component.",
        )
    if host["check_error"]:
        yield _finding(
            "check_failing",
            name,
            f"it runs, but does not answer as wanted at csp_agent_check_url: {host['check_error']}",
            "See why, or correct csp_agent_check_url or csp_agent_check_status: the run waits for this answer when the "
            "new one is started, and stops without it.",
            severity=WARNING,
        )


def _finding(what: str, target: str, title: str, remedy: str, severity: str = BLOCKER) -> Finding:
    return Finding(
        key=f"csp_agent_{what}",
        severity=severity,
        target=target,
        title=title,
        detail="csp-agent-war is upgraded while provisioning is stopped, right before setup.cmd.",
        remedy=remedy + " Or upgrade it by hand and set csp_agent_confirmed_version.",
    )
