"""The outcome of a campaign as a table and as JSON."""

from __future__ import annotations

import collections
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.chaos.trial import CONVERGED, GATED, NOT_REACHED, WRONG, Verdict

_OUTCOMES = (CONVERGED, GATED, WRONG, NOT_REACHED)


def line(number: int, total: int, verdict: Verdict) -> str:
    """One line while the campaign runs."""
    detail = f"  {verdict.detail[-300:]}" if verdict.outcome in (WRONG, NOT_REACHED) else ""
    return f"{number:>4}/{total}  {verdict.outcome:<11}  {verdict.seconds:>5.0f} s  {verdict.point.name}{detail}"


def table(verdicts: Sequence[Verdict]) -> str:
    """How often each outcome, for each kind of point."""
    kinds: dict[str, collections.Counter[str]] = {}
    for verdict in verdicts:
        kinds.setdefault(verdict.point.name.split(":")[0], collections.Counter())[verdict.outcome] += 1
    kinds["all"] = collections.Counter(verdict.outcome for verdict in verdicts)
    lines = [_row("kind", ("tried", *_OUTCOMES))]
    lines += [_row(kind, (sum(found.values()), *(found[word] for word in _OUTCOMES))) for kind, found in kinds.items()]
    return "\n".join(lines)


def _row(name: str, cells: Iterable[object]) -> str:
    return f"{name:<22}" + "".join(f"{cell:>13}" for cell in cells)


def write(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Write every verdict to ``path`` as JSON."""
    rows = [
        {
            "point": verdict.point.name,
            "outcome": verdict.outcome,
            "attempts": verdict.attempts,
            "seconds": round(verdict.seconds, 1),
            "detail": verdict.detail,
        }
        for verdict in verdicts
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def is_good(verdicts: Sequence[Verdict]) -> bool:
    """No point ended wrong, and every one was reached."""
    return bool(verdicts) and all(verdict.outcome in (CONVERGED, GATED) for verdict in verdicts)
