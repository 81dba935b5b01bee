"""The outcome of a campaign as a table and as JSON."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from tools import json_file
from tools.chaos.trial import CONVERGED, GATED, NOT_REACHED, WRONG, Verdict

OUTCOMES = (CONVERGED, GATED, WRONG, NOT_REACHED)


def line(number: int, total: int, verdict: Verdict) -> str:
    """One line while the campaign runs."""
    detail = f"  {verdict.detail[-300:]}" if verdict.outcome in (WRONG, NOT_REACHED) else ""
    return f"{number:>4}/{total}  {verdict.outcome:<11}  {verdict.seconds:>5.0f} s  {verdict.point}{detail}"


def counts(verdicts: Sequence[Verdict]) -> list[tuple[str, list[int]]]:
    """Kind of point -> how many were tried and how often each of ``OUTCOMES``; all together at the end."""
    kinds: dict[str, collections.Counter[str]] = {}
    for verdict in verdicts:
        kinds.setdefault(verdict.point.split(":")[0], collections.Counter())[verdict.outcome] += 1
    kinds["all"] = collections.Counter(verdict.outcome for verdict in verdicts)
    return [(kind, [found.total(), *(found[word] for word in OUTCOMES)]) for kind, found in kinds.items()]


def table(verdicts: Sequence[Verdict]) -> str:
    """How often each outcome, for each kind of point."""
    return "\n".join(itertools.starmap(_row, [("kind", ["tried", *OUTCOMES]), *counts(verdicts)]))


def _row(name: str, cells: Iterable[object]) -> str:
    return f"{name:<22}" + "".join(f"{cell:>13}" for cell in cells)


def commits(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Commit -> number of points that were tried of it, most first."""
    return dict(collections.Counter(verdict.commit for verdict in verdicts).most_common())


def write(path: Path, points: int, verdicts: Sequence[Verdict]) -> None:
    """Write every verdict to ``path`` as JSON, and how many ``points`` there are."""
    json_file.replace(path, {"points": points, "verdicts": [dataclasses.asdict(verdict) for verdict in verdicts]})


def read(path: Path) -> tuple[int, list[Verdict]]:
    """The number of points, and what :func:`write` wrote; nothing where there is no report."""
    if not path.exists():
        return 0, []
    document = json.loads(path.read_text(encoding="utf-8"))
    return document["points"], [Verdict(**row) for row in document["verdicts"]]


def ended_well(path: Path, names: Collection[str]) -> list[Verdict]:
    """What the report at ``path`` says of points of these ``names`` that need no other try."""
    return [verdict for verdict in read(path)[1] if verdict.point in names and is_good([verdict])]


def is_good(verdicts: Sequence[Verdict]) -> bool:
    """No point ended wrong, and every one was reached."""
    return bool(verdicts) and all(verdict.outcome in (CONVERGED, GATED) for verdict in verdicts)
