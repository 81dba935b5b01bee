"""Put the measurements into ``docs/performance.md`` and its folder: ``python -m bench.page``.

The rows that the page was made of are kept beside it. Those measured since then are merged into them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench import api_client, graphs, outage, results, subscriptions
from bench.goals import goals
from bench.table import goal_table, row_table
from tools.checkout import ROOT
from tools.page_blocks import filled

PAGE = ROOT / "docs" / "performance.md"
MADE_BY = "bench/page.py"


def keep(measured: Path, key: tuple[str, ...]) -> list[results.Row]:
    """The rows of one benchmark that are kept, with those in ``measured`` (a file), which may not be there."""
    kept = graphs.TARGET / measured.name
    for row in results.read_rows(measured):
        results.add_row(kept, row, key)
    return results.read_rows(kept)


def main() -> int:
    """Fill the tables, keep the rows they are made of, draw the graphs."""
    rows = keep(outage.RESULTS, outage.KEY)
    page = PAGE.read_text(encoding="utf-8")
    figures = f"{goal_table(goals(rows))}\n\n![Provisioning window against gateway sites](performance/window.svg)"
    page = filled(page, "outage figures", figures, MADE_BY)
    page = filled(page, "outage rows", row_table(rows), MADE_BY)
    for name, benchmark in (("subscriptions", subscriptions), ("api client", api_client)):
        page = filled(page, name, benchmark.shown(keep(benchmark.RESULTS, benchmark.KEY)), MADE_BY)
    PAGE.write_text(page, encoding="utf-8")
    return graphs.main()


if __name__ == "__main__":
    sys.exit(main())
