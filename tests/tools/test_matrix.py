"""The matrix: choosing rows, reading recaps, telling passed from skipped and failed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import matrix
from tools.matrix import CannotRunError, Row, RowFailedError

RECAP = """
PLAY RECAP *********************************************************************
iis01                      : ok=31   changed={iis}    unreachable=0    failed=0    skipped=2
localhost                  : ok=12   changed=0    unreachable=0    failed=0    skipped=0
"""


def test_recap_without_changes() -> None:
    assert matrix.changed_hosts(RECAP.format(iis=0)) == []


def test_recap_with_changes_names_the_hosts() -> None:
    assert matrix.changed_hosts(RECAP.format(iis=10)) == ["iis01"]


def test_only_the_last_recap_counts() -> None:
    assert matrix.changed_hosts(RECAP.format(iis=3) + RECAP.format(iis=0)) == []


def test_output_without_recap_is_a_failure() -> None:
    with pytest.raises(RowFailedError, match="no recap"):
        matrix.changed_hosts("ERROR! something")


def raising(error: Exception) -> Callable[[Row], str]:
    def runner(_row: Row) -> str:
        raise error

    return runner


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CannotRunError("no Python"), ("skipped", "no Python")),
        (RowFailedError("exit code 2"), ("FAILED", "exit code 2")),
    ],
)
def test_verdict_says_why(error: Exception, expected: tuple[str, str]) -> None:
    assert matrix.verdict(Row("one"), raising(error)) == expected


def test_verdict_of_a_row_that_passed() -> None:
    assert matrix.verdict(Row("one"), lambda row: f"remark on {row.name}") == ("passed", "remark on one")


def test_row_without_its_python_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    outcome, remark = matrix.verdict(Row("core-2.21", core="2.21.5", pythons=((3, 13), (3, 12))))
    assert outcome == "skipped"
    assert remark == "ansible-core 2.21.5 needs Python 3.13 or 3.12, and none was found on PATH or in pyenv"


def test_python_is_found_behind_a_stub_that_does_not_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    version = (sys.version_info.major, sys.version_info.minor)
    name = f"python{version[0]}.{version[1]}"
    for folder in (tmp_path / "stub", tmp_path / "real"):
        folder.mkdir()
    stub = tmp_path / "stub" / name
    stub.write_text("#!/bin/sh\nexit 127\n", encoding="ascii")
    stub.chmod(0o755)
    (tmp_path / "real" / name).symlink_to(Path(sys.executable).resolve())
    monkeypatch.setenv("PATH", f"{tmp_path}/stub:{tmp_path}/real")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert matrix.find_python(version) == Path(sys.executable).resolve()


def test_rows_are_chosen_by_name() -> None:
    assert [row.name for row in matrix.select("psrp, core-2.16")] == ["core-2.16", "psrp"]
    assert matrix.select("") == list(matrix.ROWS)
    with pytest.raises(ValueError, match=r"no such row: core-1\.9\. The rows are core-2\.16, "):
        matrix.select("core-1.9")


def test_own_environments_use_the_pinned_clients() -> None:
    wanted = matrix.requirements(Row("one", core="2.16.19"))
    assert wanted[0] == "ansible-core==2.16.19"
    assert [line.partition("==")[0] for line in wanted[1:]] == ["requests", "pywinrm", "pypsrp"]
