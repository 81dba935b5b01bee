"""Write ``docs/guide.md`` from ``docs/guide.yml``: every demand of the guide, what does it, what proves it.

``--check`` writes nothing and fails where the table is stale or a row leads nowhere.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tools.checkout import ROOT

SOURCE = Path("docs/guide.yml")
TABLE = Path("docs/guide.md")
CATALOG = Path("roles/plan/files/releases")

_HEAD = """# The guide, sentence by sentence

Made by `tools/guide_table.py` from `docs/guide.yml`; a test fails when a row has no task or no test.

The steps are those of the overview lists of the vendor's [upgrade guide](https://kb.cloudblue.com/en/130351): A is from
16.6.x in the syndication partner scenario, B from 16.6.x as a Cloud Solution Provider, C and D from 16.8.3. The demands
are in our own words, in the guide's order.

| steps | demand | done by | proven by |
|---|---|---|---|
"""

Row = dict[str, Any]


def read(root: Path = ROOT) -> list[Row]:
    """The rows: ``steps`` (ids, or ``all``), ``demand``, ``tasks`` and ``tests``."""
    rows: list[Row] = yaml.safe_load((root / SOURCE).read_text(encoding="utf-8"))
    return rows


def problems(rows: list[Row], root: Path = ROOT) -> Iterator[str]:
    """Rows that lack something or lead nowhere, and steps of the catalog without a row."""
    for row in rows:
        for word in ("tasks", "tests"):
            if not row.get(word):
                yield f"{row['demand']}: no {word}"
        for task in row.get("tasks", ()):
            yield from (f"{row['demand']}: {problem}" for problem in _task_problems(task, root))
        for test in row.get("tests", ()):
            yield from (f"{row['demand']}: {problem}" for problem in _test_problems(test, root))
    named = {step for row in rows for step in row["steps"]}
    for step in sorted(steps_of_the_catalog(root) - named):
        yield f"step {step} has no row"


def steps_of_the_catalog(root: Path) -> set[str]:
    """The ids of every step of every release that the catalog knows completely."""
    entries = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (root / CATALOG).glob("*.yml"))
    return {
        step["id"]
        for entry in entries
        if entry["state"] == "full"
        for procedure in entry["procedures"].values()
        for step in procedure["steps"]
    }


def _task_problems(reference: str, root: Path) -> Iterator[str]:
    """``path: name of a task`` for a task, a path alone for a check of the plan."""
    path, _colon, name = reference.partition(": ")
    if not (root / path).is_file():
        yield f"{path} does not exist"
    elif name and name not in _task_names(root / path):
        yield f"{path} has no task {name!r}"


@cache
def _task_names(path: Path) -> frozenset[str]:
    return frozenset(_names(yaml.safe_load(path.read_text(encoding="utf-8"))))


def _names(data: Any) -> Iterator[str]:
    if isinstance(data, list):
        for item in data:
            yield from _names(item)
    elif isinstance(data, dict):
        if isinstance(data.get("name"), str):
            yield data["name"]
        for value in data.values():
            if isinstance(value, list):
                yield from _names(value)


def _test_problems(reference: str, root: Path) -> Iterator[str]:
    """``path::function`` for a test, a folder for a molecule scenario."""
    path, _colons, name = reference.partition("::")
    if not name:
        if not (root / path / "molecule.yml").is_file():
            yield f"{path} is no molecule scenario"
    elif not (root / path).is_file():
        yield f"{path} does not exist"
    elif name not in _functions(root / path):
        yield f"{path} has no test {name}"


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def table(rows: list[Row]) -> str:
    """The table in Markdown."""
    lines = (
        f"| {', '.join(row['steps'])} | {_cell(row['demand'])} | {_links(row['tasks'])} | {_links(row['tests'])} |"
        for row in rows
    )
    return _HEAD + "\n".join(lines) + "\n"


def _links(references: list[str]) -> str:
    return "<br>".join(_link(reference) for reference in references)


def _link(reference: str) -> str:
    path, separator, name = re.match(r"([^:]*)(:{0,2}) ?(.*)", reference).groups()  # type: ignore[union-attr]
    text = name if separator else path.rpartition("/")[2]
    where = path.removeprefix("roles/").removeprefix("plugins/plugin_utils/_planner/").removeprefix("tests/")
    place = "" if text in where else f" ({where})"
    return f"[{_cell(text)}](../{path}){_cell(place)}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Exit code 1 where the table is stale or a row leads nowhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    rows = read()
    found = list(problems(rows))
    for problem in found:
        print(problem, file=sys.stderr)
    text, path = table(rows), ROOT / TABLE
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        if arguments.check:
            print(f"{TABLE} is stale: run python -m tools.guide_table", file=sys.stderr)
            return 1
        path.write_text(text, encoding="utf-8")
        print(f"written: {TABLE}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
