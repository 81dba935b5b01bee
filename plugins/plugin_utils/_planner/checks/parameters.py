# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Variables of the other scenario are refused by name: whoever sets them expects something that will not happen."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding


def check(context: Context) -> Iterator[Finding]:
    if context.is_mixed:
        return  # the inventory serves both playbooks
    hosts: dict[str, list[str]] = {}
    for host, names in context.choices.get("other_parameters", {}).items():
        for name in names:
            hosts.setdefault(name, []).append(host)
    for name, where in hosts.items():
        yield Finding(
            key="parameter_of_other_scenario",
            severity=BLOCKER,
            target=name,
            title=f"it is set for {', '.join(where)}, but has no meaning in the {context.scenario} scenario",
            detail="Nothing would be done with it. Either the wrong playbook was started, or it was left over.",
            remedy=f"Take {name} out of the inventory, or run the playbook of the other scenario.",
        )
