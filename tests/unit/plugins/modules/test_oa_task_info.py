# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oa_task_info with a stand-in for psql that writes down how it was called."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.modules import oa_task_info
from ansible_collections.odin.office365.tests.unit.plugins.running import run_module

PSQL = """#!{python}
import json, os, sys
call = {{"words": sys.argv[1:], "sql": sys.stdin.read(), "password": os.environ.get("PGPASSWORD")}}
open({log!r}, "w").write(json.dumps(call))
sys.stdout.write({output!r})
sys.stderr.write({error!r})
sys.exit({code})
"""
ROWS = (
    '11,"Install ""Office365"", now",e,doIt,1000001\n'
    '12,"two\nlines \u00e9",f,doIt,\n'
    "13,given up,c,doIt,\n"
    "14,tried again,s,doIt,\n"
)


class FakePsql:
    """The program, and what it was called with."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "psql"
        self._log = folder / "call.json"

    def answers(self, output: str = "", error: str = "", code: int = 0) -> None:
        text = PSQL.format(python=sys.executable, log=str(self._log), output=output, error=error, code=code)
        self.path.write_text(text, encoding="utf-8")
        self.path.chmod(0o755)

    @property
    def call(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._log.read_text())
        return found

    @property
    def variables(self) -> dict[str, str]:
        words = self.call["words"]
        pairs = (words[place + 1].partition("=")[::2] for place, word in enumerate(words) if word == "-v")
        return dict(pairs)


@pytest.fixture
def psql(tmp_path: Path) -> FakePsql:
    program = FakePsql(tmp_path)
    program.answers()
    return program


def read(psql: FakePsql, patterns: list[str], timeout: int = 60, **database: Any) -> dict[str, Any]:
    options = {"patterns": patterns, "timeout": timeout, "database": {"psql": str(psql.path), **database}}
    return run_module("oa_task_info", options)


def test_sorts_tasks_by_their_state(psql: FakePsql) -> None:
    psql.answers(ROWS)
    result = read(psql, ["Office365"])
    assert result["changed"] is False
    assert result["open"] == [
        {
            "task_id": 11,
            "name": 'Install "Office365", now',
            "status": "e",
            "state": "running",
            "method": "doIt",
            "subscription_id": 1000001,
        },
        {
            "task_id": 14,
            "name": "tried again",
            "status": "s",
            "state": "rescheduled",
            "method": "doIt",
            "subscription_id": None,
        },
    ]
    assert [(row["task_id"], row["name"]) for row in result["failed_tasks"]] == [(12, "two\nlines \u00e9")]
    assert [row["task_id"] for row in result["canceled_tasks"]] == [13]


def test_no_tasks(psql: FakePsql) -> None:
    result = read(psql, ["x"])
    assert (result["open"], result["failed_tasks"], result["canceled_tasks"]) == ([], [], [])


def test_patterns_never_become_part_of_the_statement(psql: FakePsql) -> None:
    patterns = ["it's", "back\\slash", '"quoted"', "100%_", "'; DROP TABLE tm_tasks; --", "a=b", "\u00e9"]
    read(psql, patterns)
    assert psql.variables["patterns"].split("\n") == patterns
    assert psql.call["sql"].strip() == oa_task_info.QUERY.strip()
    assert "BEGIN TRANSACTION READ ONLY;" in psql.call["sql"]


def test_the_command_line_says_where_and_holds_no_password(psql: FakePsql) -> None:
    read(psql, ["x"], timeout=7, host="db.example.com", port=5433, user="reader", password="geheim", name="oss2")
    words = psql.call["words"]
    assert words[:5] == ["-X", "-q", "-w", "-d", "oss2"]
    assert words[-6:] == ["-h", "db.example.com", "-p", "5433", "-U", "reader"]
    assert psql.variables["ON_ERROR_STOP"] == "1"
    assert psql.variables["milliseconds"] == "7000"
    assert sorted(psql.variables["letters"]) == sorted("ubesrfc")
    assert "geheim" not in " ".join(words)
    assert psql.call["password"] == "geheim"


def test_a_database_that_does_not_answer_is_a_failure(psql: FakePsql) -> None:
    psql.answers(error="connection refused", code=2)
    result = read(psql, ["x"], host="db.example.com")
    assert result["failed"] is True
    assert "database oss on db.example.com: connection refused" in result["msg"]


def test_a_missing_psql_is_a_failure(tmp_path: Path) -> None:
    result = read(FakePsql(tmp_path), ["x"])
    assert "was not found on this host" in result["msg"]


@pytest.mark.parametrize(("patterns", "text"), [(["", ""], "is empty"), (["a\nb"], "line break")])
def test_bad_patterns_are_refused(psql: FakePsql, patterns: list[str], text: str) -> None:
    assert text in read(psql, patterns)["msg"]


def pythons() -> list[str]:
    """This Python, and Python 2.7 where there is one: management nodes may have nothing newer."""
    old = shutil.which("python2.7")
    works = old and subprocess.run([old, "-c", ""], stderr=subprocess.DEVNULL, check=False).returncode == 0
    return [sys.executable, old] if old and works else [sys.executable]


PARSE = """
import json, sys, types
for name in ("ansible", "ansible.module_utils", "ansible.module_utils.basic"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["ansible.module_utils.basic"].AnsibleModule = None
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import oa_task_info
database = {"psql": "psql", "host": None, "port": 5432, "user": None, "name": "oss"}
print(json.dumps([oa_task_info.rows(sys.argv[2]), oa_task_info.command(database, ["a", "b"], 1)]))
"""


@pytest.mark.parametrize("python", pythons())
def test_old_pythons_read_the_same(python: str) -> None:
    folder = str(Path(oa_task_info.__file__).parent)
    result = subprocess.run([python, "-c", PARSE, folder, ROWS], stdout=subprocess.PIPE, check=True)
    rows, words = json.loads(result.stdout)
    assert [row["name"] for row in rows] == [
        'Install "Office365", now',
        "two\nlines \u00e9",
        "given up",
        "tried again",
    ]
    assert words[-4:] == ["-v", "patterns=a\nb", "-p", "5432"]
