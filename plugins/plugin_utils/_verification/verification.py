# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every demand with its answers, and what is told of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from .answers import FAILED, NOT_CHECKABLE, PASSED, STATES
from .demands import demand, keys
from .evidence import Evidence
from .resources import demanded
from .sites import gateway_row

ALL_STEPS = "all"
SHOWN = 3
_ADVICE = {FAILED: "What to do", NOT_CHECKABLE: "What to look at"}


@dataclasses.dataclass(frozen=True)
class Row:
    """One demand on one target; ``step`` is the guide's id, or ``all`` for what holds in every procedure."""

    key: str
    step: str
    target: str
    state: str
    detail: str
    remedy: str


def rows(evidence: Evidence) -> list[Row]:
    """A row for every target of every demand, in the order of the guide. Raises ``ValueError``."""
    order = {ALL_STEPS: -1, **{step.id: place for place, step in enumerate(evidence.procedure.steps)}}
    found = []
    for key in keys():
        module = demand(key)
        step = evidence.step_id(module.STEP) if module.STEP else ALL_STEPS
        if step:
            found += [Row(key, step, *dataclasses.astuple(answer)) for answer in module.check(evidence)]
    return sorted(found, key=lambda row: order[row.step])


def counts(found: Sequence[Row]) -> dict[str, int]:
    return {state: sum(row.state == state for row in found) for state in STATES}


def headline(evidence: Evidence, found: Sequence[Row]) -> str:
    origin, procedure, number = evidence.origin, evidence.procedure, counts(found)
    start = f"from {origin.version}, as {origin.source}" if origin.version else "the start is not known, so the longest"
    return (
        f"Verification of {evidence.context.target_version} ({evidence.context.scenario}, procedure {procedure.id}: "
        f"{start}): {number[PASSED]} passed, {number[FAILED]} failed, {number[NOT_CHECKABLE]} not checkable"
    )


def lines(found: Sequence[Row], *states: str) -> list[str]:
    """The rows of these states as text; targets of one demand with the same remedy stand together."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for state in states:
        for row in found:
            if row.state == state:
                groups.setdefault((state, row.key, row.remedy), []).append(row)
    return [line for (state, _key, remedy), same in groups.items() for line in _lines(state, same, remedy)]


def _lines(state: str, same: Sequence[Row], remedy: str) -> list[str]:
    name = f"{state.upper().replace('_', ' ')} {same[0].step} {same[0].key}"
    if len(same) == 1:
        return [f"{name}: {same[0].target}: {same[0].detail}", f"  {_ADVICE[state]}: {remedy}"]
    texts = [f"  {row.target}: {row.detail}" for row in same[:SHOWN]]
    more = [f"  and {len(same) - SHOWN} more, see the file of the verification"] if len(same) > SHOWN else []
    return [f"{name}: {len(same)} targets", *texts, *more, f"  {_ADVICE[state]}: {remedy}"]


def verification(evidence: Evidence) -> dict[str, Any]:
    """The verification as plain data. Raises ``ValueError`` where the release has nothing for the scenario."""
    found = rows(evidence)
    return {
        **_result(found, [headline(evidence, found)]),
        "procedure": evidence.procedure.id,
        "origin": dataclasses.asdict(evidence.origin),
        "to_ask": to_ask(evidence),
    }


def unread(problem: str) -> dict[str, Any]:
    """The verification of a platform that did not answer: one row, and it has failed."""
    row = Row(
        key="platform_read",
        step=ALL_STEPS,
        target="platform and management node",
        state=FAILED,
        detail=f"they could not be read, so nothing is verified: {problem}",
        remedy="Correct what the message says, then run odin.office365.verify.",
    )
    asked: dict[str, Any] = {"words": [], "endpoint_hosts": {}, "subscriptions": []}
    told = "Verification: the platform could not be read"
    return {**_result([row], [told]), "procedure": "", "origin": {"version": "", "source": ""}, "to_ask": asked}


def _result(found: Sequence[Row], head: list[str]) -> dict[str, Any]:
    return {
        "rows": [dataclasses.asdict(row) for row in found],
        "counts": counts(found),
        "lines": head + lines(found, FAILED, NOT_CHECKABLE),
        "failed_text": "\n".join(lines(found, FAILED)),
    }


def to_ask(evidence: Evidence) -> dict[str, Any]:
    """What is to be read beside what ``collect`` reads: words of steps, gateways by endpoint host, subscriptions."""
    hosts: dict[str, list[Mapping[str, str]]] = {}
    for gateway in evidence.context.gateways:
        hosts.setdefault(gateway.target.endpoint_host, []).append(gateway_row(gateway))
    return {
        "words": sorted(evidence.procedure.words),
        "endpoint_hosts": hosts,
        "subscriptions": demanded(evidence),
    }
