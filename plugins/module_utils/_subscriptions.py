# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource types of many subscriptions (oa-api.md 5): read all, write gaps only. Private; no Ansible import."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._batch_size import BatchSize
from ansible_collections.odin.office365.plugins.module_utils._errors import ApiError, OaError
from ansible_collections.odin.office365.plugins.module_utils._explain import explain
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._subscription_gaps import Gap, Limits, find_gap
from ansible_collections.odin.office365.plugins.module_utils._subscription_reading import (
    read_ahead,
    read_subscription,
    subscriptions_of,
)
from ansible_collections.odin.office365.plugins.module_utils._subscription_report import Report
from ansible_collections.odin.office365.plugins.module_utils._subscription_writing import Writer, refused
from ansible_collections.odin.office365.plugins.module_utils._workers import Line


@dataclass(frozen=True)
class Wanted:
    """What the user asked for; the numbers of subscriptions or of templates, never both. Durations are seconds."""

    service_template_ids: list[int]
    subscription_ids: list[int]
    limits: Limits
    autoprovide: bool
    update_limits: bool
    batch_size: int
    batch_seconds: float
    batch_pause: float
    readers: int
    writers: int
    return_unchanged: bool
    max_rows: int
    diff: bool


def apply(oa: OaClient, aps: ApsClient, wanted: Wanted) -> dict[str, Any]:
    """Fill the gaps of every subscription; the result of ``oa_subscription_resources``.

    A refused subscription does not stop the others. All failures are raised together at the end, with all rows.
    """
    report = Report(max_rows=wanted.max_rows, unchanged=wanted.return_unchanged, diff=wanted.diff)
    read = partial(_read, oa, wanted)
    filling = _Filling(oa, wanted, read, report)
    try:
        with closing(read_ahead(read, _subscriptions(aps, wanted), wanted.readers)) as gaps:
            filling.run(gaps)
    except OaError as error:
        filling.give_up(error)
        error.details.update(report.result())
        raise
    failures = report.failures()
    if failures:
        raise OaError(failures, report.result())
    return report.result()


class _Filling:
    """Takes what is read and hands it over in full batches, while further subscriptions are being read."""

    def __init__(self, oa: OaClient, wanted: Wanted, read: Callable[[int], Gap], report: Report) -> None:
        self._wanted = wanted
        self._report = report
        self._writer = Writer(oa, read, autoprovide=wanted.autoprovide)
        self._pause = partial(oa.pause, 0.0 if oa.check_mode else wanted.batch_pause)
        self._size = BatchSize(wanted.batch_size, wanted.batch_seconds)
        self._batch: list[Gap] = []
        self._handed_over: deque[list[Gap]] = deque()
        self._batches = 0

    def run(self, gaps: Iterator[Gap]) -> None:
        """Everything; raises the first error of a reader or of a writer after all threads have come to an end."""
        # one reader and one writer are a promise: one call at a time
        alone = self._wanted.readers == self._wanted.writers == 1
        writers = 0 if alone else self._wanted.writers
        with Line(self._write, workers=writers, room=writers + 1) as line:
            for gap in gaps:
                if not gap.limits:
                    self._report.add(gap)
                    continue
                self._batch.append(gap)
                if len(self._batch) >= self._size.current:
                    self._hand_over(line)
            if self._batch:
                self._hand_over(line)
            while line:
                self._take(line)

    def give_up(self, error: OaError) -> None:
        """Report what was read but is not done; call it when :meth:`run` has raised ``error``."""
        for gap in [gap for batch in self._handed_over for gap in batch] + self._batch:
            if gap.outcome == "unchanged":
                gap.outcome = "failed"
                gap.message = f"not written, or not known whether it was: {explain(error)}"
            self._report.add(gap)

    def _hand_over(self, line: Line[tuple[int, list[Gap]], float | None]) -> None:
        batch, self._batch = self._batch, []
        self._handed_over.append(batch)
        line.put((self._batches, batch))
        self._batches += 1
        if line.full:
            self._take(line)

    def _take(self, line: Line[tuple[int, list[Gap]], float | None]) -> None:
        seconds = line.take()
        done = self._handed_over.popleft()
        if seconds is not None:
            self._size.took(len(done), seconds)
        for gap in done:
            self._report.add(gap)

    def _write(self, numbered: tuple[int, list[Gap]]) -> float | None:
        number, batch = numbered
        if number >= self._wanted.writers:
            self._pause()
        return self._writer.write(batch)


def _subscriptions(aps: ApsClient, wanted: Wanted) -> Iterable[int]:
    """The ids one after the other, each once."""
    if wanted.subscription_ids:
        return dict.fromkeys(wanted.subscription_ids)
    return subscriptions_of(aps, wanted.service_template_ids)


def _read(oa: OaClient, wanted: Wanted, number: int) -> Gap:
    try:
        gap = read_subscription(oa, number)
    except ApiError as error:
        return refused(Gap(number), error)
    return find_gap(gap, wanted.limits, update_limits=wanted.update_limits)
