# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many subscriptions, several readers and writers, on a platform in memory."""

from __future__ import annotations

import collections
import threading
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.module_utils._errors import ApiError, OaError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._subscriptions import Wanted, apply

TYPE = 77


class Platform:
    """Keeps what subscriptions have. ``batch_seconds`` is what a transaction takes on its clock."""

    check_mode = False

    def __init__(self, *, batch_seconds: float = 0.0) -> None:
        self.written: collections.Counter[int] = collections.Counter()
        self.batches: list[int] = []
        self.pauses: list[float] = []
        self.at_once = self.most_at_once = 0
        self.broken: set[int] = set()  # subscriptions that the platform refuses to change
        self.ends_after: int | None = None  # batches until nothing answers any more
        self._batch_seconds = batch_seconds
        self._clock = 0.0
        self._lock = threading.Lock()

    def call(self, method: str, **arguments: Any) -> Any:
        number = arguments["subscription_id"]
        if method == "pem.getSubscription":
            types = [{"resource_type_id": TYPE, "limit": "-1"}] if self.written[number] else []
            return {"st_id": 12, "owner_id": 1, "resource_types": types}
        self._write([number])
        return None

    def batch(self, operations: list[tuple[str, dict[str, Any]]]) -> None:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            if self.ends_after is not None and len(self.batches) >= self.ends_after:
                self.at_once -= 1
                raise TransportError("garbage", "http://mn01:8440/RPC2", "nothing answers")
            self.batches.append(len(operations))
            self._clock += self._batch_seconds
        try:
            self._write([arguments["subscription_id"] for _method, arguments in operations])
        finally:
            with self._lock:
                self.at_once -= 1

    def _write(self, numbers: list[int]) -> None:
        if self.broken.intersection(numbers):
            raise ApiError("pem.setResourceTypeLimits", "it is locked", module_id="SaaS", extype_id=7)
        with self._lock:
            self.written.update(numbers)

    def now(self) -> float:
        return self._clock

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def wanted(count: int, **more: Any) -> Wanted:
    told: dict[str, Any] = {
        "service_template_ids": [],
        "subscription_ids": list(range(1, count + 1)),
        "limits": {TYPE: -1},
        "autoprovide": False,
        "update_limits": False,
        "batch_size": 50,
        "batch_seconds": 5.0,
        "batch_pause": 0.0,
        "readers": 4,
        "writers": 1,
        "return_unchanged": False,
        "max_rows": 1000,
        "diff": False,
    }
    return Wanted(**{**told, **more})


def fill(platform: Platform, asked: Wanted) -> dict[str, Any]:
    return apply(platform, None, asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(("readers", "writers"), [(1, 1), (4, 1), (8, 3)])
def test_each_is_written_once(readers: int, writers: int) -> None:
    platform = Platform()
    result = fill(platform, wanted(500, readers=readers, writers=writers))
    assert result["counts"] == {"subscriptions": 500, "changed": 500, "unchanged": 0, "failed": 0}
    assert set(platform.written.values()) == {1}
    assert len(platform.written) == 500
    assert platform.most_at_once <= writers
    again = fill(platform, wanted(500, readers=readers, writers=writers))
    assert (again["changed"], again["counts"]["unchanged"], sum(platform.written.values())) == (False, 500, 500)


def test_rows_and_difference_are_bounded_and_failures_come_first() -> None:
    platform = Platform()
    platform.broken = {90, 95}
    with pytest.raises(OaError) as caught:
        fill(platform, wanted(100, max_rows=3, diff=True))
    result = caught.value.details
    assert result["counts"] == {"subscriptions": 100, "changed": 98, "unchanged": 0, "failed": 2}
    assert [(row["subscription_id"], row["outcome"]) for row in result["rows"]] == [
        (1, "changed"),
        (90, "failed"),
        (95, "failed"),
    ]
    assert result["rows_left_out"] == 97
    assert set(result["diff"]["before"]) == set(result["diff"]["after"]) == {"1", "2", "3"}


def test_a_slow_platform_gets_smaller_transactions() -> None:
    platform = Platform(batch_seconds=20.0)
    fill(platform, wanted(200, readers=1, writers=1, batch_size=40, batch_seconds=5.0))
    assert platform.batches[0] == 40
    assert platform.batches[-1] < 10
    assert sum(platform.batches) == 200


@pytest.mark.parametrize(("writers", "pauses"), [(1, 9), (3, 7)])
def test_each_writer_waits_before_its_next_transaction(writers: int, pauses: int) -> None:
    platform = Platform()
    fill(platform, wanted(500, batch_pause=0.25, writers=writers))
    assert len(platform.batches) == 10
    assert platform.pauses == [0.25] * pauses


def test_what_was_not_written_is_told_when_nothing_answers_any_more() -> None:
    platform = Platform()
    platform.ends_after = 3
    with pytest.raises(TransportError) as caught:
        fill(platform, wanted(500, readers=4))
    counts = caught.value.details["counts"]
    assert counts["changed"] == 150 == len(platform.written)
    assert counts["failed"] > 0
    assert counts["unchanged"] == 0
    assert all(row["outcome"] == "failed" for row in caught.value.details["rows"] if row["subscription_id"] > 150)
    platform.ends_after = None
    again = fill(platform, wanted(500))
    assert (again["counts"]["changed"], again["counts"]["unchanged"]) == (350, 150)
    assert set(platform.written.values()) == {1}
