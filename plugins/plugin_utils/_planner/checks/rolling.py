# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The operator's choices for rolling over the endpoint hosts make sense, and Ansible has a worker for each host."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, WARNING, Finding
from ..rolling import batches, whole_number

# Choice -> its variable, and what it says.
_NUMBERS = {
    "hosts_at_a_time": (
        "office365_hosts_at_a_time",
        "how many endpoint hosts are upgraded at a time; 0 for all at once",
    ),
    "max_failed_hosts": (
        "office365_endpoint_max_failed_hosts",
        "how many endpoint hosts may fail before no further batch begins",
    ),
}


def check(context: Context) -> Iterator[Finding]:
    wrong = [name for name in _NUMBERS if not _is_number(context.choices.get(name, 0))]
    for name in wrong:
        variable, meaning = _NUMBERS[name]
        yield Finding(
            key=f"{name}_unusable",
            severity=BLOCKER,
            target=variable,
            title=f"it is {context.choices[name]!r}, not a whole number of hosts",
            detail=f"It says {meaning}.",
            remedy=f"Set {variable} to 0 or more, or leave it out.",
        )
    canary = context.canary_host
    hosts = list(dict.fromkeys(gateway.target.endpoint_host for gateway in context.gateways))
    if canary and canary not in hosts:
        yield Finding(
            key="canary_host_unknown",
            severity=BLOCKER,
            target=canary,
            title="office365_canary_host names it, but no gateway site of this upgrade is on it",
            detail="It is to be upgraded before all other hosts, so that a failure reaches one host only.",
            remedy=f"Name one of {', '.join(hosts) or 'the endpoint hosts'}, or leave the variable out.",
        )
    if not wrong:
        yield from _forks(context, hosts)


def _forks(context: Context, hosts: list[str]) -> Iterator[Finding]:
    at_a_time = max(map(len, batches(hosts, context.canary_host, context.hosts_at_a_time)), default=0)
    forks = context.forks
    if 0 < forks < at_a_time:
        yield Finding(
            key="forks_below_hosts",
            severity=WARNING,
            target="forks",
            title=f"Ansible works on {forks} hosts at a time, {at_a_time} endpoint hosts are to be upgraded at once",
            detail="The others wait for one of these while provisioning is stopped, so the outage is longer.",
            remedy=f"Run the playbook with --forks {at_a_time} or more (forks in ansible.cfg), as far as memory and "
            "processors of the controller allow; or set office365_hosts_at_a_time to what is wanted.",
        )


def _is_number(value: object) -> bool:
    try:
        whole_number(value)
    except ValueError:
        return False
    return True
