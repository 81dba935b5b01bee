# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aps_package_info: good packages, and everything that can be wrong with one."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.module_utils import _package_file
from ansible_collections.odin.office365.tests.unit.plugins.running import run_module

META = """<?xml version="1.0"?>
<application xmlns="http://aps-standard.org/ns/2">
  <id>http://www.parallels.com/Office365</id><name>Office365</name><version>16.8.4</version><release>34</release>
  <upgrade match="and(version=ge=16.6.3,version=lt=16.8.4)"/>
  <service id="tenant"><settings><setting id="url"><name>URL</name></setting></settings></service>
</application>"""


def inner(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, b"text")
    return packed.getvalue()


def members(**changes: Any) -> dict[str, bytes]:
    found = {"APP-META.xml": META.encode(), "O365-Web.zip": inner("web/a.dll", "setup.cmd"), "readme.txt": b"hello"}
    found.update(changes)
    return found


def listing(found: dict[str, bytes]) -> bytes:
    rows = (f'<file name="{n}" size="{len(c)}" sha256="{hashlib.sha256(c).hexdigest()}"/>' for n, c in found.items())
    return f'<files xmlns="http://aps-standard.org/ns/2">{"".join(rows)}</files>'.encode()


def write(path: Path, found: dict[str, bytes], app_list: bytes | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
        archive.writestr("APP-LIST.xml", listing(found) if app_list is None else app_list)
    return path


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write(tmp_path / "a.app.zip", members())


def examine(path: Path, **options: Any) -> dict[str, Any]:
    return run_module("aps_package_info", {"path": str(path), **options})


def codes(path: Path, **options: Any) -> list[str]:
    result = examine(path, **options)
    assert result["changed"] is False
    assert result["valid"] is (not result["problems"])
    return [problem["code"] for problem in result["problems"]]


def test_describes_a_good_package(package: Path) -> None:
    result = examine(
        package,
        expected_name="Office365",
        expected_version="16.8.4",
        requires=["O365-Web.zip"],
        installed_versions=["16.6.2", "16.6.3", "16.6.10", "16.8.4"],
    )
    assert result["problems"] == []
    assert result["valid"] is True
    assert result["sha256"] == hashlib.sha256(package.read_bytes()).hexdigest()
    assert result["size"] == package.stat().st_size
    assert (result["name"], result["version"], result["release"]) == ("Office365", "16.8.4", "34")
    assert result["package_version"] == "16.8.4-34"
    assert result["application_id"] == "http://www.parallels.com/Office365"
    assert result["services"] == ["tenant"]
    assert result["settings"] == [{"id": "url", "name": "URL"}]
    assert result["accepts"] == {"16.6.2": False, "16.6.3": True, "16.6.10": True, "16.8.4": False}
    assert result["members"] == 4
    assert result["nested"] == {"O365-Web.zip": {"exists": True, "members": 2, "scripts": []}}


def test_the_scripts_of_an_inner_archive_are_named(tmp_path: Path) -> None:
    archive = inner("autoconf.py", "lib/helper.py", "README.txt")
    nested = examine(write(tmp_path / "a.zip", members(**{"O365-Import.zip": archive})))["nested"]
    assert nested["O365-Import.zip"] == {"exists": True, "members": 3, "scripts": ["autoconf.py", "lib/helper.py"]}


def test_what_was_expected_is_compared(package: Path) -> None:
    assert codes(package, expected_name="Backup", expected_version="16.8.3", requires=["O365-Import.zip"]) == [
        "required_member_missing",
        "other_application",
        "other_version",
    ]


def test_a_missing_file_is_a_result(tmp_path: Path) -> None:
    result = examine(tmp_path / "none.zip")
    assert (result["exists"], [row["code"] for row in result["problems"]]) == (False, ["missing"])


def test_a_folder_is_no_package(tmp_path: Path) -> None:
    assert codes(tmp_path) == ["unreadable"]


def test_a_truncated_file(package: Path) -> None:
    package.write_bytes(package.read_bytes()[:-40])
    assert codes(package) == ["truncated"]


def test_a_web_page_in_place_of_the_file(package: Path) -> None:
    package.write_bytes(b"<html>404</html>")
    assert codes(package) == ["not_a_zip"]


def test_a_damaged_member(package: Path) -> None:
    content = package.read_bytes()
    place = content.index(b"readme.txt") + len(b"readme.txt")
    package.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
    assert codes(package) == ["corrupt_member"]


def test_members_are_compared_with_the_listing(tmp_path: Path) -> None:
    listed = listing(members(gone=b"x", **{"readme.txt": b"other"})).replace(b' size="5"', b' size="6"')
    path = write(tmp_path / "a.zip", members(more=b"y"), listed)
    assert codes(path) == ["listed_missing", "not_listed", "size_mismatch", "digest_mismatch"]


def test_a_digest_may_be_base64(tmp_path: Path) -> None:
    found = members()
    listed = listing(found)
    for content in found.values():
        digest = hashlib.sha256(content)
        listed = listed.replace(digest.hexdigest().encode(), base64.b64encode(digest.digest()))
    assert codes(write(tmp_path / "a.zip", found, listed)) == []


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:\\evil", "C:evil"])
def test_a_member_that_leaves_its_folder(tmp_path: Path, name: str) -> None:
    assert "unsafe_path" in codes(write(tmp_path / "a.zip", members(**{name: b"x"})))
    nested = write(tmp_path / "b.zip", members(**{"O365-Web.zip": inner(name)}))
    assert codes(nested) == ["nested_unsafe_path"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip"]


def test_a_broken_inner_archive(tmp_path: Path) -> None:
    assert codes(write(tmp_path / "a.zip", members(**{"O365-Web.zip": b"PK no zip"}))) == ["nested_broken"]


def test_the_same_name_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", members())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("readme.txt", b"hello")
    assert codes(path) == ["duplicate_member"]


@pytest.mark.parametrize(
    "document",
    [b"<application", b"<!DOCTYPE a><application/>", b"<other/>", META.replace("<release>34</release>", "").encode()],
)
def test_unusable_metadata(tmp_path: Path, document: bytes) -> None:
    assert "bad_metadata" in codes(write(tmp_path / "a.zip", members(**{"APP-META.xml": document})))


@pytest.mark.parametrize(
    "app_list", [b"no xml", b"<!DOCTYPE a><files/>", b"<files><file/></files>", b'<files><file name="a"/></files>' * 2]
)
def test_an_unusable_listing(tmp_path: Path, app_list: bytes) -> None:
    assert codes(write(tmp_path / "a.zip", members(), app_list)) == ["bad_listing"]


def test_an_upgrade_expression_that_nobody_understands(tmp_path: Path) -> None:
    meta = META.replace("and(version=ge=16.6.3,version=lt=16.8.4)", "colour=eq=blue").encode()
    path = write(tmp_path / "a.zip", members(**{"APP-META.xml": meta}))
    assert codes(path, installed_versions=["16.6.4"]) == ["bad_upgrade_match"]


def set_limit(name: str, value: int) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda monkeypatch: monkeypatch.setattr(_package_file, name, value)


@pytest.mark.parametrize(
    "limit", [set_limit("MAX_MEMBERS", 3), set_limit("MAX_UNPACKED_BYTES", 100)], ids=["members", "bytes"]
)
def test_an_archive_beyond_the_limits_is_not_read(
    package: Path, monkeypatch: pytest.MonkeyPatch, limit: Callable[[pytest.MonkeyPatch], None]
) -> None:
    limit(monkeypatch)
    assert codes(package) == ["too_large"]


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    assert codes(write(tmp_path / "a.zip", members(bomb=b"\0" * 4_000_000))) == ["too_large"]
