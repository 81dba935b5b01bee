# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a subscription lacks: pure. Private to this collection; no Ansible import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: resource type id -> limit; -1 is unlimited
Limits = dict[int, int]


@dataclass
class Gap:
    """One subscription: what it has, what it is to get, what came of it."""

    subscription_id: int
    service_template_id: int | None = None
    owner_id: int | None = None
    present: dict[int, int | None] = field(default_factory=dict)
    added: Limits = field(default_factory=dict)
    raised: Limits = field(default_factory=dict)
    outcome: str = "unchanged"
    message: str = ""
    error: dict[str, Any] | None = None

    @property
    def limits(self) -> Limits:
        """All limits that have to be written."""
        return {**self.added, **self.raised}

    def operation(self, *, autoprovide: bool) -> tuple[str, dict[str, Any]]:
        """The writing call (oa-api.md 5): limits are decimal strings, the up-sell parameters are an empty list."""
        limits = [{"resource_type_id": number, "limit": str(limit)} for number, limit in self.limits.items()]
        return "pem.setResourceTypeLimits", {
            "subscription_id": self.subscription_id,
            "autoprovide": autoprovide,
            "resource_limits": limits,
            "parameters": [],
        }

    def row(self) -> dict[str, Any]:
        """The result row."""
        done = self.outcome == "changed"
        return {
            "subscription_id": self.subscription_id,
            "service_template_id": self.service_template_id,
            "owner_id": self.owner_id,
            "changed": done,
            "outcome": self.outcome,
            "resource_types_added": list(self.added) if done else [],
            "limits_changed": list(self.raised) if done else [],
            "message": self.message,
            "error": self.error,
        }

    def states(self) -> tuple[dict[str, int | None], dict[str, int | None]]:
        """Limits of the types concerned before and after, for the difference."""
        before = {str(number): self.present[number] for number in self.raised}
        after: dict[str, int | None] = {str(number): limit for number, limit in self.limits.items()}
        return before, after if self.outcome == "changed" else before


def find_gap(gap: Gap, wanted: Limits, *, update_limits: bool) -> Gap:
    """Fill in what ``gap.present`` lacks of ``wanted``; limits of present types only with ``update_limits``."""
    gap.added = {number: limit for number, limit in wanted.items() if number not in gap.present}
    gap.raised = {
        number: limit
        for number, limit in wanted.items()
        if update_limits and number in gap.present and gap.present[number] != limit
    }
    return gap
