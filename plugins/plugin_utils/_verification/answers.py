# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What a demand says of a target: it is fulfilled, it is not, or nobody can tell from here."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from .._planner.findings import BLOCKER, Finding

PASSED = "passed"
FAILED = "failed"
NOT_CHECKABLE = "not_checkable"
STATES = (PASSED, FAILED, NOT_CHECKABLE)


@dataclasses.dataclass(frozen=True)
class Answer:
    """``detail`` says what was seen; ``remedy`` what to do, or where a person can look; empty where all is well."""

    target: str
    state: str
    detail: str
    remedy: str = ""


def passed(target: str, detail: str) -> Answer:
    return Answer(target, PASSED, detail)


def failed(target: str, detail: str, remedy: str) -> Answer:
    return Answer(target, FAILED, detail, remedy)


def not_checkable(target: str, detail: str, remedy: str) -> Answer:
    return Answer(target, NOT_CHECKABLE, detail, remedy)


def from_findings(findings: Iterable[Finding], target: str, detail: str) -> Iterator[Answer]:
    """The findings of a check of preflight as answers: only what stops an upgrade has failed, the rest is a guess.

    Without findings, ``target`` has passed with ``detail``.
    """
    rows = list(findings)
    for row in rows:
        state = FAILED if row.severity == BLOCKER else NOT_CHECKABLE
        yield Answer(row.target, state, f"{row.title}. {row.detail}", row.remedy)
    if not rows:
        yield passed(target, detail)
