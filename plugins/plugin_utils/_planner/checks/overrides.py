# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What the operator knows better than discovery is about something that is there, in words that are read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ..context import Context
from ..findings import BLOCKER, WARNING, Finding
from ..targets import OVERRIDE_MEMBERS

_WHY = "Discovery goes on without it, and may take another site than the one that is meant."


def check(context: Context) -> Iterator[Finding]:
    gateways = [row["endpoint"]["hostname"] for row in context.all_instances if row["endpoint"]["valid"]]
    yield from _of_kind(context, "gateway", "the host name of a gateway", gateways)
    yield from _of_kind(context, "dispatcher", "an endpoint host of the inventory", list(context.endpoint_hosts))


def _of_kind(context: Context, kind: str, meaning: str, known: Collection[str]) -> Iterator[Finding]:
    variable = f"office365_{kind}_overrides"
    for name, members in context.choices.get(f"{kind}_overrides", {}).items():
        wrong = _problem(members, context.endpoint_hosts)
        if wrong:
            yield Finding(
                key="override_unusable",
                severity=BLOCKER,
                target=f"{variable}[{name}]",
                title=wrong,
                detail=_WHY,
                remedy=f"Write it as {{{name}: {{site: ..., ip: ...}}}} with any of {', '.join(OVERRIDE_MEMBERS)}.",
            )
        elif name not in known:
            yield Finding(
                key="override_unknown",
                severity=WARNING,
                target=f"{variable}[{name}]",
                title=f"{name!r} is not {meaning}, so nothing is done with it",
                detail=_WHY,
                remedy=f"Correct the name ({', '.join(known) or 'none is known'}), or leave it out.",
            )


def _problem(members: object, hosts: Collection[str]) -> str:
    """What is wrong with the value of an override; empty where nothing is."""
    if not isinstance(members, Mapping):
        return f"it is {members!r}, not a mapping"
    strange = [str(name) for name in members if name not in OVERRIDE_MEMBERS]
    if strange:
        return f"it has {', '.join(map(repr, strange))}, which means nothing"
    for name, value in members.items():
        if not isinstance(value, (str, type(None))):
            return f"its {name} is {value!r}, not a text"
    host = members.get("endpoint_host")
    return f"its endpoint_host {host!r} is no endpoint host of the inventory" if host and host not in hosts else ""
