# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource types of many subscriptions (oa-api.md 5): read all, write gaps only. Private; no Ansible import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._errors import ApiError, OaError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._explain import explain, facts
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._subscription_gaps import Gap, Limits, find_gap
from ansible_collections.odin.office365.plugins.module_utils._subscription_reading import (
    portions,
    read_subscription,
    subscriptions_of,
)
from ansible_collections.odin.office365.plugins.module_utils._values import in_parallel

_MESSAGES_SHOWN = 5
_PAUSE_AFTER_LOSS = 2.0


@dataclass(frozen=True)
class Wanted:
    """What the user asked for; the numbers of subscriptions or of templates, never both."""

    service_template_ids: list[int]
    subscription_ids: list[int]
    limits: Limits
    autoprovide: bool
    update_limits: bool
    batch_size: int
    readers: int
    return_unchanged: bool
    diff: bool


class _Report:
    """Collects the outcome; unchanged subscriptions are only counted unless the user wants their rows."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.counts = {"subscriptions": 0, "changed": 0, "unchanged": 0, "failed": 0}
        self.rows: list[dict[str, Any]] = []
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}

    def add(self, gap: Gap) -> None:
        self.counts["subscriptions"] += 1
        self.counts[gap.outcome] += 1
        if gap.outcome != "unchanged" or self._wanted.return_unchanged:
            self.rows.append(gap.row())
        if self._wanted.diff and gap.limits:
            self.before[str(gap.subscription_id)], self.after[str(gap.subscription_id)] = gap.states()

    def result(self) -> dict[str, Any]:
        return {
            "changed": self.counts["changed"] > 0,
            "counts": dict(self.counts),
            "rows": list(self.rows),
            "diff": {"before": self.before, "after": self.after},
        }


def apply(oa: OaClient, aps: ApsClient, wanted: Wanted) -> dict[str, Any]:
    """Fill the gaps of every subscription; the result of ``oa_subscription_resources``.

    A refused subscription does not stop the others. All failures are raised together at the end, with all rows.
    """
    report = _Report(wanted)
    try:
        for numbers in portions(_subscriptions(aps, wanted), wanted.batch_size):
            gaps = in_parallel(partial(_read, oa, wanted), numbers, wanted.readers)
            try:
                _write(oa, wanted, [gap for gap in gaps if gap.limits])
            except OaError as error:
                _give_up(gaps, error)
                raise
            finally:
                for gap in gaps:
                    report.add(gap)
    except OaError as error:
        error.details.update(report.result())
        raise
    failed = [row for row in report.rows if row["outcome"] == "failed"]
    if failed:
        examples = "; ".join(f"{row['subscription_id']}: {row['message']}" for row in failed[:_MESSAGES_SHOWN])
        more = f" (and {len(failed) - _MESSAGES_SHOWN} more, see rows)" if len(failed) > _MESSAGES_SHOWN else ""
        raise OaError(
            f"{len(failed)} of {report.counts['subscriptions']} subscriptions failed, the others are done: "
            f"{examples}{more}. Remove the cause and run the same again; finished subscriptions are only read.",
            report.result(),
        )
    return report.result()


def _subscriptions(aps: ApsClient, wanted: Wanted) -> Iterable[int]:
    """The ids one after the other, each once."""
    if wanted.subscription_ids:
        return dict.fromkeys(wanted.subscription_ids)
    return subscriptions_of(aps, wanted.service_template_ids)


def _read(oa: OaClient, wanted: Wanted, number: int) -> Gap:
    try:
        gap = read_subscription(oa, number)
    except ApiError as error:
        return _failed(Gap(number), error)
    return find_gap(gap, wanted.limits, update_limits=wanted.update_limits)


def _write(oa: OaClient, wanted: Wanted, gaps: list[Gap]) -> None:
    """One transaction for all; after a lost answer the rest is tried once more."""
    try:
        _write_batch(oa, wanted, gaps)
    except TransportError as error:
        if not error.passing:
            raise
        _write_batch(oa, wanted, _still_open(oa, wanted, gaps))


def _write_batch(oa: OaClient, wanted: Wanted, gaps: list[Gap]) -> None:
    """Where the platform refuses the whole, one call each finds the culprits."""
    if not gaps:
        return
    try:
        oa.batch([gap.operation(autoprovide=wanted.autoprovide) for gap in gaps])
    except ApiError:
        for gap in gaps:
            _write_one(oa, wanted, gap)
        return
    for gap in gaps:
        gap.outcome = "changed"


def _write_one(oa: OaClient, wanted: Wanted, gap: Gap) -> None:
    method, arguments = gap.operation(autoprovide=wanted.autoprovide)
    try:
        oa.call(method, **arguments)
        gap.outcome = "changed"
    except ApiError as error:
        _failed(gap, error)


def _still_open(oa: OaClient, wanted: Wanted, gaps: list[Gap]) -> list[Gap]:
    """After a lost answer the platform is asked what it has: a batch took effect as a whole or not at all."""
    oa.pause(_PAUSE_AFTER_LOSS)
    fresh = in_parallel(partial(_read, oa, wanted), [gap.subscription_id for gap in gaps], wanted.readers)
    still = []
    for gap, now in zip(gaps, fresh):
        if now.limits:
            still.append(gap)
        elif now.outcome == "failed":
            gap.outcome, gap.message, gap.error = now.outcome, now.message, now.error
        else:
            gap.outcome = "changed"
    return still


def _give_up(gaps: list[Gap], error: OaError) -> None:
    for gap in gaps:
        if gap.limits and gap.outcome == "unchanged":
            gap.outcome = "failed"
            gap.message = f"not written, or not known whether it was: {explain(error)}"


def _failed(gap: Gap, error: ApiError) -> Gap:
    gap.outcome = "failed"
    gap.message = explain(error)
    gap.error = {key: value for key, value in facts(error).items() if key in ("method", "module_id", "extype_id")}
    return gap
