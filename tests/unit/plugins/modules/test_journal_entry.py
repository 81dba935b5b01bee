# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""journal_entry on real files."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.odin.office365.tests.unit.plugins.running import run_module


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal" / "syndication-autoconf.json"


def note(path: Path, status: str = "started", detail: dict[str, Any] | None = None, **options: bool) -> dict[str, Any]:
    return run_module("journal_entry", {"path": str(path), "status": status, "detail": detail or {}}, **options)


def test_an_entry_is_written_for_its_owner_only(path: Path) -> None:
    result = note(path, detail={"script": "autoconf.py", "name": "Söhne {{ x }}"})
    assert result["changed"] is True
    assert result["file"] == str(path)
    assert json.loads(path.read_text()) == result["entry"]
    assert result["entry"]["status"] == "started"
    assert result["entry"]["detail"] == {"script": "autoconf.py", "name": "Söhne {{ x }}"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_the_same_again_keeps_the_entry(path: Path) -> None:
    note(path, detail={"n": [1, 2]})
    # an entry of an earlier time
    path.write_text(path.read_text().replace('"time": "2', '"time": "1'))
    before = path.read_text()
    result = note(path, detail={"n": [1, 2]})
    assert result["changed"] is False
    assert path.read_text() == before
    assert result["entry"] == json.loads(before)


def test_another_status_or_detail_replaces_it(path: Path) -> None:
    note(path)
    assert note(path, "done")["changed"] is True
    result = note(path, "done", {"outcome": "run"}, diff=True)
    assert result["changed"] is True
    assert json.loads(path.read_text())["detail"] == {"outcome": "run"}
    assert '"outcome"' not in result["diff"]["before"]
    assert '"outcome"' in result["diff"]["after"]


def test_check_mode_writes_nothing(path: Path) -> None:
    assert note(path, check=True)["changed"] is True
    assert not path.parent.exists()


@pytest.mark.parametrize("text", ["", "{", "[1]", "\ufeff"])
def test_half_an_entry_is_replaced(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert note(path)["changed"] is True
    assert json.loads(path.read_text())["status"] == "started"


def test_where_it_cannot_be_written_the_former_entry_stands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(path)
    before = path.read_text()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = note(path, "done")
    assert result["failed"] is True
    assert str(path) in result["msg"]
    assert "No space left on device" in result["msg"]
    assert path.read_text() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = note(tmp_path / "file" / "entry.json")
    assert result["failed"] is True
    assert "could not be written" in result["msg"]
