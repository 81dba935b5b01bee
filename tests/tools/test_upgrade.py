"""Finding the plan and the report that were made last."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.upgrade import newest_report, plan_id


def test_the_plan_that_was_made_last_counts(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    for age, name in ((10, "bbbb"), (20, "aaaa")):
        path = reports / f"plan-{name}.json"
        path.write_text("{}", encoding="utf-8")
        os.utime(path, (1e9 - age, 1e9 - age))
    (reports / "plan-cccc.html").write_text("", encoding="utf-8")
    assert plan_id(tmp_path) == "bbbb"


def test_without_a_plan_there_is_no_id(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no plan in"):
        plan_id(tmp_path)


def test_the_report_of_the_last_run_counts(tmp_path: Path) -> None:
    assert newest_report(tmp_path) is None
    reports = tmp_path / "reports"
    reports.mkdir()
    for age, name in ((10, "bbbb"), (20, "cccc")):
        path = reports / f"run-{name}.html"
        path.write_text("", encoding="utf-8")
        os.utime(path, (1e9 - age, 1e9 - age))
    (reports / "plan-dddd.html").write_text("", encoding="utf-8")
    assert newest_report(tmp_path) == reports / "run-bbbb.html"
