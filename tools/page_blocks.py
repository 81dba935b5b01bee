"""Blocks of a Markdown page that a program fills, and tables to fill them with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def filled(page: str, name: str, content: str, made_by: str) -> str:
    """The page with ``content`` between the comments that begin and end the block ``name`` of the program ``made_by``.

    Raises ``ValueError`` where the page has no such block.
    """
    begin, end = f"<!-- {name}: made by {made_by} -->", f"<!-- {name}: end -->"
    block = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
    result, count = block.subn(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", page)
    if count != 1:
        raise ValueError(f"{count} blocks {name} in the page, not one")
    return result


def table(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)
