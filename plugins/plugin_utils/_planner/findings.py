# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What preflight has to say: one row per finding, with a key that never changes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

BLOCKER = "blocker"
WARNING = "warning"
INFO = "info"


# Without what these findings ask for there is nothing that could be upgraded, or a script would run twice: the word of
# the operator cannot replace it. The first part of a key is enough.
NEVER_ACCEPTED = (
    "application_",
    "dispatcher_",
    "gateway_application",
    "gateway_host",
    "gateway_site",
    "gate_",
    "import_unfinished",
    "imported_before_script",
    "instance_",
    "no_instance_of_scenario",
    "package_",
    "public_api_",
    "parameter_",
    "python_missing",
    "release_without_procedure",
    "scenario_",
    "script_",
    "step_by_hand",
    "endpoint_host_unreachable",
    "tasks_",
    "upgraded_elsewhere",
    "version_not_supported",
)
# The platform may reach an address that the management node does not.
_ACCEPTED_ALL_THE_SAME = ("package_url_unreadable",)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One finding.

    ``key`` names the kind for ever (users accept findings by it), ``target`` what it is about, ``title`` what
    happened, ``detail`` why it matters, ``remedy`` what to do next, ``link`` where to read more (may be empty),
    ``accepted`` why the operator goes on all the same (empty where he does not).
    """

    key: str
    severity: str
    target: str
    title: str
    detail: str
    remedy: str
    link: str = ""
    accepted: str = ""

    @property
    def stops(self) -> bool:
        """Whether the run cannot start."""
        return self.severity == BLOCKER and not self.accepted

    @property
    def can_be_accepted(self) -> bool:
        """Whether the operator's word is enough to go on."""
        never = self.key.startswith(NEVER_ACCEPTED) and self.key not in _ACCEPTED_ALL_THE_SAME
        return not (self.severity == BLOCKER and never)

    @property
    def way_on(self) -> str:
        """How a blocker is accepted, or that it is not."""
        if not self.can_be_accepted:
            return "impossible, this finding cannot be accepted."
        row = json.dumps({"key": self.key, "target": self.target, "reason": "<why>"}, ensure_ascii=False)
        return f"add {row} to office365_accepted_findings."

    def lines(self) -> list[str]:
        """The finding as text for the person at the keyboard."""
        text = [f"{self.severity.upper()} {self.key}: {self.target}: {self.title}"]
        if self.accepted:
            return [*text, f"  Accepted: {self.accepted}"]
        text.append(f"  Why it matters: {self.detail}")
        text.append(f"  What to do: {self.remedy}")
        if self.link:
            text.append(f"  See: {self.link}")
        if self.severity == BLOCKER:
            text.append(f"  To go on all the same: {self.way_on}")
        return text


@dataclasses.dataclass(frozen=True)
class Acceptance:
    """The operator's word on findings: a ``key``, a ``target`` (empty: all of them), and a ``reason``."""

    key: str
    target: str = ""
    reason: str = ""

    @classmethod
    def from_data(cls, data: object) -> Acceptance:
        """Build one from a row of ``office365_accepted_findings``. Raises ``ValueError`` that says what is wrong."""
        names = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(data, Mapping) or not data.get("key") or set(data) - set(names):
            raise ValueError(
                f"{data!r} in office365_accepted_findings is no row with key (as the plan shows it), target and reason"
            )
        return cls(**{name: str(value) for name, value in data.items()})

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding. A blocker is accepted one by one only, by its target and with a reason."""
        if self.key != finding.key or not finding.can_be_accepted:
            return False
        if finding.severity == BLOCKER:
            return self.target == finding.target and bool(self.reason.strip())
        return self.target in ("", finding.target)


def accept(findings: Iterable[Finding], acceptances: Sequence[Acceptance]) -> Iterator[Finding]:
    """The findings, with the reason where one is accepted."""
    for finding in findings:
        reasons = [row.reason or "known to the operator" for row in acceptances if row.covers(finding)]
        yield dataclasses.replace(finding, accepted=reasons[0]) if reasons else finding


def without_effect(findings: Iterable[Finding], acceptances: Iterable[Acceptance]) -> Iterator[Finding]:
    """What the operator said of findings that does not count, and why: else the same command stops again and again."""
    rows = list(findings)
    for said in acceptances:
        same = [row for row in rows if row.key == said.key]
        if any(said.covers(row) for row in same):
            continue
        if not same:
            title = "this run has no such finding"
        elif not any(row.can_be_accepted for row in same):
            title = "such a finding cannot be accepted"
        else:
            targets = ", ".join(sorted({row.target for row in same if row.can_be_accepted}))
            title = f"a blocker is accepted by its target and with a reason; the targets are: {targets}"
        yield Finding(
            key="acceptance_without_effect",
            severity=WARNING if same else INFO,
            target=" ".join(filter(None, (said.key, said.target))),
            title=title,
            detail="A row of office365_accepted_findings counts only for what it names.",
            remedy="Correct the row, or take it out of office365_accepted_findings.",
        )
