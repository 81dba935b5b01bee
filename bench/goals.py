"""What the measurements of the outage are to show, and whether they do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from bench.results import Row, median

OURS = "collection"
CONDITIONS = ("durations", "parallel")  # members in which rows must agree to be compared


@dataclasses.dataclass(frozen=True)
class Goal:
    """A number that must not be more than ``limit``."""

    name: str
    value: float
    limit: float

    @property
    def met(self) -> bool:
        """Is it?"""
        return self.value <= self.limit


def goals(rows: Sequence[Row]) -> list[Goal]:
    """Those that the rows have numbers for: medians over the rounds, of rows like the newest one of each part."""
    return [*_against_runbook(rows), *_against_critical_path(rows), *_growth(rows), *_processor(rows), *_no_op(rows)]


def _newest(rows: Sequence[Row], part: str) -> Row:
    """What the newest row of ours in a part was measured with: members that others must have too."""
    ours = [row for row in rows if (row["part"], row["contender"]) == (part, OURS)]
    return {name: max(ours, key=lambda row: str(row["time"]))[name] for name in (*CONDITIONS, "size")} if ours else {}


def _sizes(rows: Sequence[Row], part: str, member: str) -> Sequence[Row]:
    """What a part was measured with: one size for each value of a ``member`` of sizes, the smallest first."""
    measured = [row["size"] for row in rows if (row["part"], row["contender"]) == (part, OURS)]
    return [size for _number, size in sorted({int(size[member]): size for size in measured}.items())]


def _ratio(rows: Sequence[Row], part: str, member: str, other: str, size: Row | None = None) -> float | None:
    """Ours to theirs under the conditions of our newest row, or under those with another ``size``."""
    same = _newest(rows, part)
    if size is not None:
        same["size"] = size
    mine = median(rows, member, part=part, contender=OURS, **same)
    theirs = median(rows, member, part=part, contender=other, **same)
    return mine / theirs if mine is not None and theirs else None


def _against_runbook(rows: Sequence[Row]) -> Iterator[Goal]:
    ratio = _ratio(rows, "ten_sites", "window_seconds", "runbook")
    if ratio is not None:
        yield Goal("10 sites on 5 hosts: window, in windows of the literal runbook", ratio, 1 / 4)


def _against_critical_path(rows: Sequence[Row]) -> Iterator[Goal]:
    for part in ("one_site", "ten_sites", "fifty_sites"):
        same = _newest(rows, part)
        window = median(rows, "window_seconds", part=part, contender=OURS, **same)
        shortest = median(rows, "critical_path_seconds", part=part, contender=OURS, **same)
        if window is not None and shortest:
            size = f"{same['size']['sites']} on {same['size']['hosts']}"
            yield Goal(f"{size}: window, in lengths of the critical path", window / shortest, 1.25)


def _growth(rows: Sequence[Row]) -> Iterator[Goal]:
    """One for each size that was measured, so that it shows from which one on the processor is the limit."""
    one = _newest(rows, "one_site")
    small = median(rows, "window_seconds", part="one_site", contender=OURS, **one) if one else None
    for size in _sizes(rows, "one_site_each", "hosts"):
        same = {**one, "size": size}
        large = median(rows, "window_seconds", part="one_site_each", contender=OURS, **same)
        if small and large is not None:
            name = f"{size['sites']} sites on {size['hosts']} hosts: window, in windows of 1 site on 1 host"
            yield Goal(name, large / small, 1.5)


def _processor(rows: Sequence[Row]) -> Iterator[Goal]:
    """One for each number of subscriptions that was measured: the naive playbook's tasks grow with it."""
    for part in ("ten_sites", "many_subscriptions"):
        for size in _sizes(rows, part, "subscriptions"):
            ratio = _ratio(rows, part, "processor_seconds", "naive", size)
            if ratio is not None:
                name = f"10 sites on 5 hosts, {size['subscriptions']} subscriptions: processor time, "
                name += "in those of the naive playbook"
                yield Goal(name, ratio, 1 / 3)


def _no_op(rows: Sequence[Row]) -> Iterator[Goal]:
    same = _newest(rows, "no_op")
    seconds = median(rows, "seconds", part="no_op", contender=OURS, **same)
    if seconds is not None:
        yield Goal("nothing to do: seconds", seconds, 20.0)
        most = max(row["writes"] for row in rows if row["part"] == "no_op")
        yield Goal("nothing to do: calls that change something", most, 0.0)
