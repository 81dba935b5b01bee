# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of many subscriptions in a result of bounded size: pure. Private; no Ansible import."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._subscription_gaps import Gap

_MESSAGES_SHOWN = 5


class Report:
    """Counts all subscriptions; keeps at most ``max_rows`` rows, those of failed subscriptions before others.

    Rows of unchanged subscriptions only with ``unchanged``, the difference only with ``diff``.
    """

    def __init__(self, *, max_rows: int, unchanged: bool, diff: bool) -> None:
        self._max_rows = max_rows
        self._unchanged = unchanged
        self._diff = diff
        self.counts = {"subscriptions": 0, "changed": 0, "unchanged": 0, "failed": 0}
        self._wanted_rows = 0
        self._failed: list[dict[str, Any]] = []
        self._others: list[dict[str, Any]] = []
        self._before: dict[str, Any] = {}
        self._after: dict[str, Any] = {}

    def add(self, gap: Gap) -> None:
        """Note what came of a subscription."""
        self.counts["subscriptions"] += 1
        self.counts[gap.outcome] += 1
        if gap.outcome != "unchanged" or self._unchanged:
            self._wanted_rows += 1
            kept = self._failed if gap.outcome == "failed" else self._others
            if len(kept) < self._max_rows:
                kept.append(gap.row())
        if self._diff and gap.limits and len(self._before) < self._max_rows:
            self._before[str(gap.subscription_id)], self._after[str(gap.subscription_id)] = gap.states()

    def result(self) -> dict[str, Any]:
        """What ``oa_subscription_resources`` returns; rows in the order of the subscriptions' numbers."""
        rows = [*self._failed, *self._others][: self._max_rows]
        return {
            "changed": self.counts["changed"] > 0,
            "counts": dict(self.counts),
            "rows": sorted(rows, key=itemgetter("subscription_id")),
            "rows_left_out": self._wanted_rows - len(rows),
            "diff": {"before": self._before, "after": self._after},
        }

    def failures(self) -> str:
        """One text about all failed subscriptions; empty where none failed."""
        count = self.counts["failed"]
        if not count:
            return ""
        some = sorted(self._failed, key=itemgetter("subscription_id"))[:_MESSAGES_SHOWN]
        examples = "; ".join(f"{row['subscription_id']}: {row['message']}" for row in some)
        more = f" (and {count - len(some)} more, see rows)" if count > len(some) else ""
        return (
            f"{count} of {self.counts['subscriptions']} subscriptions failed, the others are done: "
            f"{examples}{more}. Remove the cause and run the same again; finished subscriptions are only read."
        )
