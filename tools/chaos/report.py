"""The outcome of a campaign as a table and as JSON."""

from __future__ import annotations

import collections
import dataclasses
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from tools.chaos.trial import CONVERGED, GATED, NOT_REACHED, WRONG, Verdict

_OUTCOMES = (CONVERGED, GATED, WRONG, NOT_REACHED)


def line(number: int, total: int, verdict: Verdict) -> str:
    """One line while the campaign runs."""
    detail = f"  {verdict.detail[-300:]}" if verdict.outcome in (WRONG, NOT_REACHED) else ""
    return f"{number:>4}/{total}  {verdict.outcome:<11}  {verdict.seconds:>5.0f} s  {verdict.point}{detail}"


def table(verdicts: Sequence[Verdict]) -> str:
    """How often each outcome, for each kind of point."""
    kinds: dict[str, collections.Counter[str]] = {}
    for verdict in verdicts:
        kinds.setdefault(verdict.point.split(":")[0], collections.Counter())[verdict.outcome] += 1
    kinds["all"] = collections.Counter(verdict.outcome for verdict in verdicts)
    lines = [_row("kind", ("tried", *_OUTCOMES))]
    lines += [_row(kind, (sum(found.values()), *(found[word] for word in _OUTCOMES))) for kind, found in kinds.items()]
    return "\n".join(lines)


def _row(name: str, cells: Iterable[object]) -> str:
    return f"{name:<22}" + "".join(f"{cell:>13}" for cell in cells)


def commits(verdicts: Sequence[Verdict]) -> str:
    """A line that says how many points were tried of which commit."""
    found = collections.Counter(verdict.commit for verdict in verdicts)
    return "tried of commit " + ", ".join(f"{commit}: {number}" for commit, number in found.most_common())


def write(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Write every verdict to ``path`` as JSON, in one step: a campaign that is killed leaves the former report."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps([dataclasses.asdict(verdict) for verdict in verdicts], indent=1) + "\n", "utf-8")
    new.replace(path)


def ended_well(path: Path, names: Collection[str]) -> list[Verdict]:
    """What an earlier campaign says of points of these ``names`` that need no other try; nothing without a report."""
    if not path.exists():
        return []
    verdicts = [Verdict(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    return [verdict for verdict in verdicts if verdict.point in names and is_good([verdict])]


def is_good(verdicts: Sequence[Verdict]) -> bool:
    """No point ended wrong, and every one was reached."""
    return bool(verdicts) and all(verdict.outcome in (CONVERGED, GATED) for verdict in verdicts)
