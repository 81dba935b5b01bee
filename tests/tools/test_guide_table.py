"""Every demand of the guide has a task that does it and a test that proves it."""

from __future__ import annotations

from typing import Any

import pytest

from tools.checkout import ROOT
from tools.guide_table import TABLE, problems, read, steps_of_the_catalog, table

Row = dict[str, Any]


def test_every_row_leads_to_a_task_and_a_test() -> None:
    assert list(problems(read())) == []


def test_the_table_is_the_one_that_is_committed() -> None:
    assert (ROOT / TABLE).read_text(encoding="utf-8") == table(read())


def test_every_step_of_the_guide_is_known() -> None:
    assert len(steps_of_the_catalog(ROOT)) == 13 + 12 + 6 + 5


ROW: Row = {
    "steps": ["A1"],
    "demand": "Do it",
    "tasks": ["roles/endpoint/tasks/iisreset.yml: iisreset | Restart IIS"],
    "tests": ["tests/tools/test_guide_table.py::test_every_step_of_the_guide_is_known", "extensions/molecule/recovery"],
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tasks": []}, "Do it: no tasks"),
        ({"tests": []}, "Do it: no tests"),
        ({"tasks": ["roles/nowhere.yml: x"]}, "roles/nowhere.yml does not exist"),
        ({"tasks": ["roles/endpoint/tasks/iisreset.yml: Sleep"]}, "has no task 'Sleep'"),
        ({"tests": ["tests/nowhere.py::test_x"]}, "tests/nowhere.py does not exist"),
        ({"tests": ["tests/tools/test_guide_table.py::test_x"]}, "has no test test_x"),
        ({"tests": ["extensions/molecule/nothing"]}, "is no molecule scenario"),
    ],
)
def test_a_row_that_leads_nowhere_is_found(changes: Row, problem: str) -> None:
    found = list(problems([{**ROW, **changes}]))
    assert problem in found[0]
    assert "Do it: " not in next(problems([ROW]))


def test_a_step_without_a_row_is_found() -> None:
    assert "step B12 has no row" in list(problems([ROW]))
