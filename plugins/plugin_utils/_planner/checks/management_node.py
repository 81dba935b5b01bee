# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P12: the vendor's scripts can run on the management node, and none of an earlier run is still at work there."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, WARNING, Finding
from ..values import is_true
from ..versions import parse

PYTHON_MINIMUM = "2.7.5"  # facts 4.1, 4.4: documented for later releases


def check(context: Context) -> Iterator[Finding]:
    node = context.management_node
    name = node["name"]
    if node["error"]:
        yield Finding(
            key="python_missing",
            severity=BLOCKER,
            target=name,
            title=f"the Python of the vendor's scripts could not be started ({node['python']}): {node['error']}",
            detail="The guide's scripts run with it on the management node, and names are resolved with it.",
            remedy="Install it, or set office365_python to the interpreter that the scripts must use.",
        )
        return
    if parse(node["python_version"]) < parse(PYTHON_MINIMUM):
        yield Finding(
            key="python_too_old",
            severity=WARNING,
            target=name,
            title=f"{node['python']} is Python {node['python_version']}",
            detail=f"Later releases document {PYTHON_MINIMUM} as the lowest version for these scripts.",
            remedy="Set office365_python to a newer Python 2.7 if there is one.",
        )
    if not is_true(node["poaupdater"]):
        yield Finding(
            key="poaupdater_missing",
            severity=WARNING,
            target=name,
            title=f"{node['python']} cannot import the platform's library poaupdater",
            detail="The vendor's scripts are documented to need it (for later releases).",
            remedy="Install the poaupdater package of the installed platform version, or set office365_python to the "
            "interpreter that has it.",
        )
    if is_true(node.get("script_running", False)):
        yield Finding(
            key="script_still_running",
            severity=BLOCKER,
            target=name,
            title="a script of the vendor that an earlier run started is still at work",
            detail="It goes on when that run has ended. Its outcome decides what is left to do, and two scripts at "
            "once would disturb each other.",
            remedy="Wait until it has ended (collect_open_tasks_timeout: how long a run waits), then run again.",
        )
