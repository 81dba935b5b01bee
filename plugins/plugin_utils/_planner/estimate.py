# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""How long provisioning will be stopped, from the durations that the operator measured.

No duration is published, so none is assumed here: the report of a rehearsal tells them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._plain_text import duration
from .rolling import batches

# What each duration (seconds) is of.
MEANING = {
    "csp_agent": "the upgrade of csp-agent-war on one host",
    "setup": "setup.cmd for one gateway site",
    "iisreset": "iisreset and the check of the sites on one host",
    "resource_settings": "the resource-settings script",
    "import": "the import of the package",
    "instance": "the upgrade of one application instance",
    "autoconf": "autoconf.py",
    "tenant_counters": "the script for the tenant counters",
    "tenant_contact_data": "adding Tenant Contact Data",
    "store_customizations": "the customizations of store and panels, and the trial checker",
}


def estimate(plan: Mapping[str, Any], durations: Mapping[str, Any], parallel: int, forks: int = 0) -> dict[str, Any]:
    """``seconds`` of the outage, None where ``missing`` names durations that it needs; ``slowest_host`` decides.

    ``parallel``: instances that are upgraded at a time; ``forks``: hosts that Ansible works on at a time, 0 for all.
    Raises ``ValueError`` for a duration that is none.
    """
    given = {name: _seconds(name, value) for name, value in durations.items()}
    sites = _sites(plan)
    rounds = [some for batch in plan["endpoint_batches"] for some in batches(batch, "", forks)]
    times = dict(_times(plan, sites, rounds, max(parallel, 1)))
    missing = [name for name, number in times.items() if number and name not in given]
    return {
        "seconds": None if missing else sum(number * given[name] for name, number in times.items() if number),
        "missing": missing,
        "slowest_host": max(sites, key=lambda name: sites[name], default=""),
    }


def estimate_line(found: Mapping[str, Any]) -> str:
    """The estimate for people."""
    if found["missing"]:
        names = ", ".join(found["missing"])
        return f"Outage: no estimate, because office365_durations does not tell {names} (in seconds)"
    where = f"; the slowest endpoint host is {found['slowest_host']}" if found["slowest_host"] else ""
    return f"Outage: about {duration(found['seconds'])}, by office365_durations{where}"


def _sites(plan: Mapping[str, Any]) -> dict[str, int]:
    """Endpoint host -> number of its gateway sites that are upgraded, hosts without one left out."""
    numbers = {
        name: sum(bool(site["pending"]) for site in host["gateway_sites"])
        for name, host in plan["endpoint_hosts"].items()
    }
    return {name: number for name, number in numbers.items() if number}


def _times(
    plan: Mapping[str, Any], sites: Mapping[str, int], rounds: Sequence[Sequence[str]], parallel: int
) -> Iterator[tuple[str, int]]:
    """How often each duration counts one after the other: the hosts of a round work side by side, sites do not."""
    words = {step["word"] for step in plan["steps"] if step["pending"]}
    instances = sum(bool(row["pending"]) for row in plan["instances"])
    yield "csp_agent", int("csp_agent" in words)
    yield "setup", sum(max((sites.get(name, 0) for name in some), default=0) for some in rounds)
    yield "iisreset", len(rounds) if "endpoint" in words else 0
    yield "resource_settings", int("resource_settings" in words)
    yield "import", int(bool(plan["import_needed"]))
    # the first one goes alone
    yield "instance", 1 + math.ceil((instances - 1) / parallel) if instances else 0
    for word in ("autoconf", "tenant_counters", "tenant_contact_data"):
        yield word, int(word in words)
    steps = {step["word"] for step in plan["steps"]}
    yield "store_customizations", int(plan["window_needed"] and "store_customizations" in steps)


def _seconds(name: str, value: object) -> float:
    if name not in MEANING:
        raise ValueError(f"office365_durations has no member {name!r}; it has {', '.join(MEANING)}")
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = -1.0
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"office365_durations: {name} ({MEANING[name]}) is {value!r}, not a number of seconds")
    return seconds
