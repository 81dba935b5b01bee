"""Put the measurements into ``docs/performance.md`` and its folder: ``python -m bench.page``."""

from __future__ import annotations

import shutil
import sys

from bench import api_client, graphs, subscriptions
from bench.goals import goals
from bench.outage import RESULTS
from bench.results import read_rows
from bench.table import goal_table, row_table
from tools.checkout import ROOT
from tools.page_blocks import filled

PAGE = ROOT / "docs" / "performance.md"
MADE_BY = "bench/page.py"


def main() -> int:
    """Fill the tables, keep the rows they are made of, draw the graphs."""
    rows = read_rows(RESULTS)
    page = PAGE.read_text(encoding="utf-8")
    figures = f"{goal_table(goals(rows))}\n\n![Provisioning window against gateway sites](performance/window.svg)"
    page = filled(page, "outage figures", figures, MADE_BY)
    page = filled(page, "outage rows", row_table(rows), MADE_BY)
    for name, benchmark in (("subscriptions", subscriptions), ("api client", api_client)):
        found = read_rows(benchmark.RESULTS)
        page = filled(page, name, benchmark.shown(found) if found else "Not measured yet.", MADE_BY)
    PAGE.write_text(page, encoding="utf-8")
    code = graphs.main()
    for path in (RESULTS, subscriptions.RESULTS, api_client.RESULTS):
        if path.exists():
            shutil.copy(path, graphs.TARGET / path.name)
    return code


if __name__ == "__main__":
    sys.exit(main())
