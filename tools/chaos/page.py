"""Put the verdicts of ``make chaos`` into ``docs/campaign.md``, and keep them: ``python -m tools.chaos.page``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from tools.chaos import report
from tools.chaos.trial import GATED, Verdict
from tools.checkout import BUILD, ROOT
from tools.page_blocks import filled, table

PAGE = ROOT / "docs" / "campaign.md"
KEPT = ROOT / "docs" / "campaign" / "verdicts.json"
MADE_BY = "tools/chaos/page.py"


def shown(points: int, verdicts: Sequence[Verdict]) -> str:
    """The outcome as Markdown: how many, of which commits, and where a person had to decide."""
    tried = ", ".join(f"{number} at `{commit}`" for commit, number in report.commits(verdicts).items())
    gated = [f"- {verdict.point}" for verdict in verdicts if verdict.outcome == GATED]
    parts = [
        f"Tried: {len(verdicts)} of {points} points ({tried}).",
        table(("kind", "tried", *report.OUTCOMES), [(kind, *numbers) for kind, numbers in report.counts(verdicts)]),
    ]
    if gated:
        parts += ["Gated:", "\n".join(gated)]
    return "\n\n".join(parts)


def main() -> int:
    """Fill the page from the newest report."""
    newest = BUILD / "chaos" / "report.json"
    if newest.exists():
        KEPT.parent.mkdir(exist_ok=True)
        shutil.copy(newest, KEPT)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(filled(text, "verdicts", shown(*report.read(KEPT)), MADE_BY), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
