# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a plan."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._plan_files import write_plan
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import plan_lines
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import facts, planner


def result() -> dict[str, Any]:
    made = planner(facts())
    plan = made.plan()
    findings = [vars(row) for row in made.findings()]
    return {"plan": plan, "lines": plan_lines(plan), "findings": findings, "finding_lines": ["a finding"]}


def test_a_plan_has_three_private_files(tmp_path: Path) -> None:
    told = result()
    path = write_plan(str(tmp_path / "reports"), told)
    assert path == str(tmp_path / "reports" / f"plan-{told['plan']['id']}")
    document = json.loads(Path(f"{path}.json").read_text())
    assert document["plan"] == json.loads(json.dumps(told["plan"]))
    assert len(document["findings"]) == len(told["findings"])
    assert Path(f"{path}.txt").read_text().endswith("\na finding\n")
    assert told["plan"]["id"] in Path(f"{path}.html").read_text()
    files = list((tmp_path / "reports").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert len(files) == 3


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(ValueError, match="office365_report_folder") as caught:
        write_plan(str(tmp_path / "reports"), result())
    assert str(tmp_path / "reports") in str(caught.value)
