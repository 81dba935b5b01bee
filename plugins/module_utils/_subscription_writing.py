# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what subscriptions lack, many in one transaction (oa-api.md 1.5). Private; no Ansible import."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.odin.office365.plugins.module_utils._errors import ApiError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._explain import explain, facts
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._subscription_gaps import Gap

_PAUSE_AFTER_LOSS = 2.0


class Writer:
    """Writes batches; ``read`` tells what a subscription lacks now. Safe for threads, each with batches of its own."""

    def __init__(self, oa: OaClient, read: Callable[[int], Gap], *, autoprovide: bool) -> None:
        self._oa = oa
        self._read = read
        self._autoprovide = autoprovide

    def write(self, gaps: list[Gap]) -> float | None:
        """One transaction for all; after a lost answer the rest is tried once more.

        The seconds that it took, or None where it did not go through at once. Raises :class:`TransportError`.
        """
        try:
            return self._write_batch(gaps)
        except TransportError as error:
            if not error.passing:
                raise
        self._write_batch(self._still_open(gaps))
        return None

    def _write_batch(self, gaps: list[Gap]) -> float | None:
        """Where the platform refuses the whole, one call each finds the culprits."""
        if not gaps:
            return None
        started = self._oa.now()
        try:
            self._oa.batch([gap.operation(autoprovide=self._autoprovide) for gap in gaps])
        except ApiError:
            for gap in gaps:
                self._write_one(gap)
            return None
        for gap in gaps:
            gap.outcome = "changed"
        return self._oa.now() - started

    def _write_one(self, gap: Gap) -> None:
        method, arguments = gap.operation(autoprovide=self._autoprovide)
        try:
            self._oa.call(method, **arguments)
            gap.outcome = "changed"
        except ApiError as error:
            refused(gap, error)

    def _still_open(self, gaps: list[Gap]) -> list[Gap]:
        """After a lost answer the platform is asked what it has: a batch took effect as a whole or not at all."""
        self._oa.pause(_PAUSE_AFTER_LOSS)
        still = []
        for gap in gaps:
            now = self._read(gap.subscription_id)
            if now.limits:
                still.append(gap)
            elif now.outcome == "failed":
                gap.outcome, gap.message, gap.error = now.outcome, now.message, now.error
            else:
                gap.outcome = "changed"
        return still


def refused(gap: Gap, error: ApiError) -> Gap:
    """The subscription with the platform's refusal."""
    gap.outcome = "failed"
    gap.message = explain(error)
    gap.error = {key: value for key, value in facts(error).items() if key in ("method", "module_id", "extype_id")}
    return gap
