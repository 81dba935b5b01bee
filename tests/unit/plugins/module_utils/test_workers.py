# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work by a few threads on more items than memory should hold."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from ansible_collections.odin.office365.plugins.module_utils._workers import Line, in_order


def slow_first(number: int) -> int:
    """The first items take longer than those after them."""
    time.sleep(0.02 if number < 3 else 0)
    return number * number


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    assert list(in_order(slow_first, range(20), workers=workers, ahead=8)) == [slow_first(n) for n in range(20)]


def test_no_more_is_taken_than_there_is_room_for() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = in_order(slow_first, items(), workers=4, ahead=8)
    assert next(results) == 0
    assert len(taken) == 9
    results.close()
    assert len(taken) == 9


def test_the_workers_work_at_the_same_time() -> None:
    meeting = threading.Barrier(4, timeout=10)  # passes only when four of them are there
    assert list(in_order(lambda _number: meeting.wait() >= 0, range(8), workers=4, ahead=8)) == [True] * 8


def test_one_worker_is_the_callers_own_thread() -> None:
    """And it does nothing before its result is wanted."""
    done: list[tuple[int, threading.Thread]] = []
    results = in_order(lambda number: done.append((number, threading.current_thread())), range(3), workers=1, ahead=8)
    next(results)
    assert done == [(0, threading.current_thread())]


@pytest.mark.parametrize("workers", [1, 4])
def test_the_first_error_ends_all(workers: int) -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 2:
            raise ValueError("the third")
        return number

    results = in_order(work, range(1000), workers=workers, ahead=8)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="the third"):
        next(results)
    assert len(begun) < 50


def test_a_line_without_threads_keeps_an_error_until_it_is_asked_for() -> None:
    def inverse(number: int) -> int:
        return 1 // number

    with Line(inverse, workers=0, room=2) as line:
        line.put(0)
        line.put(1)
        assert line.full
        with pytest.raises(ZeroDivisionError):
            line.take()
        assert line.take() == 1
        assert not line


def test_a_line_that_is_left_drops_what_has_not_begun() -> None:
    begun: list[int] = []
    go = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        go.wait(10)

    with Line(work, workers=1, room=10) as line:
        for number in range(10):
            line.put(number)
        while not begun:
            time.sleep(0.01)
        threading.Timer(0.1, go.set).start()
    assert begun == [0]
