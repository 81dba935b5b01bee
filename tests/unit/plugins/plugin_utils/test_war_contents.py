# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a war holds, and what is said of files that are none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from ansible_collections.odin.office365.plugins.filter.upgrade import FilterModule
from ansible_collections.odin.office365.plugins.plugin_utils._war_contents import war_contents


@pytest.fixture
def war(tmp_path: Path) -> Path:
    path = tmp_path / "a.war"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("WEB-INF/", "")
        archive.writestr("WEB-INF/web.xml", "<web-app/>")
        archive.writestr("index.jsp", "hello")
    return path


def test_folders_do_not_count(war: Path) -> None:
    assert war_contents(war) == {"problem": "", "files": 2, "bytes": 15}
    assert FilterModule().filters()["war_contents"](str(war)) == war_contents(war)


def test_damaged_member_is_named(war: Path) -> None:
    war.write_bytes(war.read_bytes().replace(b"hello", b"hallo"))
    found = war_contents(war)
    assert found == {"problem": "its member index.jsp is damaged", "files": 0, "bytes": 0}


def test_cut_off_file_is_no_archive(war: Path) -> None:
    war.write_bytes(war.read_bytes()[:-10])
    assert "zip" in war_contents(war)["problem"]


def test_archive_without_a_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.war"
    zipfile.ZipFile(path, "w").close()
    assert war_contents(path)["problem"] == "it holds no file"


def test_missing_file(tmp_path: Path) -> None:
    assert "No such file" in war_contents(tmp_path / "none.war")["problem"]
