"""Put the measurements into ``docs/performance.md`` and its folder: ``python -m bench.page``."""

from __future__ import annotations

import re
import shutil
import sys

from bench import api_client, graphs, subscriptions
from bench.goals import goals
from bench.outage import RESULTS
from bench.results import read_rows
from bench.table import goal_table, row_table
from tools.checkout import ROOT

PAGE = ROOT / "docs" / "performance.md"


def filled(page: str, name: str, content: str) -> str:
    """The page with ``content`` between the comments that begin and end the block ``name``.

    Raises ``ValueError`` where the page has no such block.
    """
    begin, end = f"<!-- {name}: made by bench/page.py -->", f"<!-- {name}: end -->"
    block = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
    result, count = block.subn(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", page)
    if count != 1:
        raise ValueError(f"{count} blocks {name} in the page, not one")
    return result


def main() -> int:
    """Fill the tables, keep the rows they are made of, draw the graphs."""
    rows = read_rows(RESULTS)
    page = PAGE.read_text(encoding="utf-8")
    figures = f"{goal_table(goals(rows))}\n\n![Provisioning window against gateway sites](performance/window.svg)"
    page = filled(filled(page, "outage figures", figures), "outage rows", row_table(rows))
    for name, benchmark in (("subscriptions", subscriptions), ("api client", api_client)):
        found = read_rows(benchmark.RESULTS)
        page = filled(page, name, benchmark.shown(found) if found else "Not measured yet.")
    PAGE.write_text(page, encoding="utf-8")
    code = graphs.main()
    for path in (RESULTS, subscriptions.RESULTS, api_client.RESULTS):
        if path.exists():
            shutil.copy(path, graphs.TARGET / path.name)
    return code


if __name__ == "__main__":
    sys.exit(main())
