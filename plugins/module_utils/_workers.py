# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work by a few threads on more items than memory should hold. Private to this collection; no Ansible import."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Line(Generic[_Item, _Result]):
    """Items that some threads work on, at most ``room`` at a time; their results come in the order of the items.

    Without ``workers`` the caller's own thread does the work, in :meth:`put`. As a context manager it ends the threads:
    what has not begun is dropped, what has begun comes to its end.
    """

    def __init__(self, work: Callable[[_Item], _Result], *, workers: int, room: int) -> None:
        self._work = work
        self._room = room
        self._pool = ThreadPoolExecutor(max_workers=workers) if workers else None
        self._waiting: deque[Future[_Result]] = deque()

    def __enter__(self) -> Line[_Item, _Result]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            # concurrent.futures of Python 3.9 cancels no running work, as wanted here
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """True where a result has to be taken before the next item is put."""
        return len(self._waiting) >= self._room

    def put(self, item: _Item) -> None:
        """Begin with an item as soon as a thread is free; without threads, do it and keep its error for later."""
        if self._pool is not None:
            self._waiting.append(self._pool.submit(self._work, item))
            return
        done: Future[_Result] = Future()
        try:
            done.set_result(self._work(item))
        except BaseException as error:
            done.set_exception(error)
        self._waiting.append(done)

    def take(self) -> _Result:
        """The result of the oldest item; waits for it, and raises what its work raised."""
        return self._waiting.popleft().result()


def in_order(
    work: Callable[[_Item], _Result], items: Iterable[_Item], *, workers: int, ahead: int
) -> Generator[_Result, None, None]:
    """``work`` of every item, in their order, by ``workers`` threads; the first error is raised and ends all.

    At most ``ahead`` items are taken from ``items`` before their results are wanted. One worker is the caller's thread,
    which then works on an item when its result is wanted and not before.
    """
    if workers <= 1:
        yield from map(work, items)
        return
    with Line(work, workers=workers, room=ahead) as line:
        for item in items:
            if line.full:
                yield line.take()
            line.put(item)
        while line:
            yield line.take()
