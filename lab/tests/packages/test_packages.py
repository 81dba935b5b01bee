"""The packages, judged by zipfile, hashlib and an XML parser of their own."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from office365_lab.installation import RELEASES
from office365_lab.packages import SPOILINGS, build_packages, package_files, spoil
from office365_lab.packages.assemblies import read_file_version
from office365_lab.packages.builder import package_file_name

META = "{http://aps-standard.org/ns/2}"
LIST = "{http://apstandard.com/ns/1}"
SETUP_PARAMETERS = [
    "DispatcherSiteName",
    "DispatcherAppName",
    "DispatcherIPAddress",
    "GatewaySiteName",
    "GatewayAppName",
    "GatewayIPAddress",
    "GatewaySiteCertSubject",
    "MSCertPath",
    "Force",
]


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return _files(archive)


def _inner(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return _files(archive)


def _files(archive: zipfile.ZipFile) -> dict[str, bytes]:
    return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def _digest_complaints(members: dict[str, bytes]) -> list[str]:
    """What an integrity check by APP-LIST.xml finds wrong."""
    listed = {
        entry.attrib["name"]: (int(entry.attrib["size"]), entry.attrib["sha256"])
        for entry in ElementTree.fromstring(members["APP-LIST.xml"]).findall(f"{LIST}file")
    }
    actual = {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in members.items()
        if name != "APP-LIST.xml"
    }
    return sorted(name for name in listed.keys() | actual.keys() if listed.get(name) != actual.get(name))


@pytest.mark.parametrize("version", RELEASES)
def test_package_is_a_sound_aps_package(tmp_path: Path, version: str) -> None:
    (path,) = build_packages(tmp_path / "new", [version])
    members = _members(path)
    assert path.name == f"Office365-{RELEASES[version]}.app.zip"
    assert {"APP-META.xml", "APP-LIST.xml", "O365-Web.zip", "O365-Import.zip"} <= members.keys()
    assert _digest_complaints(members) == []
    meta = ElementTree.fromstring(members["APP-META.xml"])
    assert meta.tag == f"{META}application"
    texts = [meta.findtext(f"{META}{name}") for name in ("id", "name", "version", "release")]
    assert texts == ["http://www.parallels.com/Office365", "Office365", *RELEASES[version].split("-")]
    upgrade = meta.find(f"{META}upgrade")
    assert upgrade is not None
    assert "version=" in upgrade.attrib["match"]
    for service in meta.findall(f"{META}service"):
        assert f"schemas/{service.attrib['id']}.schema" in members


def test_services_of_the_new_version_are_in_the_new_package_only() -> None:
    for version in RELEASES:
        meta = ElementTree.fromstring(package_files(version)["APP-META.xml"])
        services = {service.attrib["id"] for service in meta.findall(f"{META}service")}
        counters = {resource.attrib["id"] for resource in meta.iter(f"{META}resource")}
        new = version == "16.8.4"
        assert ("TenantContactData" in services) is new
        assert counters == ({"totalPointsSold", "totalSeatsSold"} if new else set())


def test_settings_carry_the_labels_of_the_guide() -> None:
    meta = ElementTree.fromstring(package_files("16.8.4")["APP-META.xml"])
    labels = {setting.findtext(f"{META}name"): setting.attrib["type"] for setting in meta.iter(f"{META}setting")}
    assert labels["Operations Automation OpenAPI URL"] == "string"
    assert labels["User name for connecting to Operations Automation API"] == "string"
    assert labels["User password for connecting to Operations Automation API"] == "password"


@pytest.mark.parametrize("version", RELEASES)
def test_web_archive(version: str) -> None:
    members = _inner(package_files(version)["O365-Web.zip"])
    assert set(members) == {
        "setup.cmd",
        "setup.ps1",
        *(
            f"web/{name}"
            for name in (
                "bin/Office365.Gateway.dll",
                "bin/Office365.Core.dll",
                "bin/log4net.dll",
                "Web.config",
                "Default.aspx",
            )
        ),
        *(
            f"dispatcher/{name}"
            for name in (
                "bin/Office365.Dispatcher.dll",
                "bin/Office365.Core.dll",
                "bin/log4net.dll",
                "Web.config",
                "Default.aspx",
            )
        ),
    }
    versions = {read_file_version(content) for name, content in members.items() if name.endswith(".dll")}
    assert versions == {f"{version}.0"}
    assert members["setup.cmd"].splitlines() == [
        b"@echo off",
        b'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "%~dp0setup.ps1" %*',
        b"exit /b %ERRORLEVEL%",
    ]
    assert b"\n" not in members["setup.cmd"].replace(b"\r\n", b"")


def test_folders_have_entries_as_in_archives_of_other_programs(tmp_path: Path) -> None:
    (path,) = build_packages(tmp_path, ["16.8.4"])
    with zipfile.ZipFile(path) as archive:
        assert [name for name in archive.namelist() if name.endswith("/")] == ["schemas/"]
        assert archive.getinfo("schemas/").is_dir()
        web = archive.read("O365-Web.zip")
    with zipfile.ZipFile(io.BytesIO(web)) as archive:
        folders = [name for name in archive.namelist() if name.endswith("/")]
    assert folders == ["dispatcher/", "dispatcher/bin/", "web/", "web/bin/"]


def test_setup_declares_exactly_the_documented_parameters() -> None:
    text = _inner(package_files("16.8.4")["O365-Web.zip"])["setup.ps1"].decode("ascii")
    block = text[text.index("param(") : text.index("\r\n)\r\n")]
    assert re.findall(r"\[(?:string|switch)\]\$(\w+)", block) == SETUP_PARAMETERS


@pytest.mark.parametrize(
    ("version", "scripts"),
    [
        ("16.6.3", {"upgradeResourceSettings16-6To16-8.py"}),
        ("16.6.4", {"upgradeResourceSettings16-6To16-8.py"}),
        ("16.6.5", {"upgradeResourceSettings16-6To16-8.py"}),
        ("16.8.3", set()),
        ("16.8.4", {"addTenantCountersToSubscriptions.py", "autoconf.py", "importSubsCSP.py"}),
    ],
)
def test_import_archive_has_the_scripts_of_its_version(version: str, scripts: set[str]) -> None:
    members = _inner(package_files(version)["O365-Import.zip"])
    assert members.keys() == {"o365_import.py", *scripts}


def test_assemblies_of_others_have_no_version() -> None:
    assert read_file_version(b"MZ\x90\x00") is None


def test_same_bytes_every_time(tmp_path: Path) -> None:
    first = build_packages(tmp_path / "a", list(RELEASES))
    second = build_packages(tmp_path / "b", list(RELEASES))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_unknown_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"16\.7\.0"):
        build_packages(tmp_path, ["16.7.0"])


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A fresh package to spoil."""
    (path,) = build_packages(tmp_path, ["16.8.4"])
    return path


def _spoilt(package: Path, how: str) -> dict[str, bytes]:
    spoil(package, how)
    assert package.name == package_file_name("16.8.4")
    return _members(package)


def test_truncated(package: Path) -> None:
    spoil(package, "truncated")
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(package)


def test_wrong_digest(package: Path) -> None:
    assert _digest_complaints(_spoilt(package, "wrong_digest")) == ["O365-Web.zip"]


def test_zip_slip(package: Path) -> None:
    members = _spoilt(package, "zip_slip")
    assert [name for name in members if ".." in name.split("/")] == ["../outside.txt"]
    assert _digest_complaints(members) == []


def test_zip_slip_in_the_web_archive(package: Path) -> None:
    members = _spoilt(package, "zip_slip_web")
    assert "../outside.txt" in _inner(members["O365-Web.zip"])
    assert "../outside.txt" not in members
    assert _digest_complaints(members) == []


def test_other_application_and_other_version(package: Path) -> None:
    members = _spoilt(package, "other_application")
    assert ElementTree.fromstring(members["APP-META.xml"]).findtext(f"{META}id") == "http://example.com/Office999"
    build_packages(package.parent, ["16.8.4"])
    members = _spoilt(package, "other_version")
    assert ElementTree.fromstring(members["APP-META.xml"]).findtext(f"{META}version") == "15.8.4"
    assert _digest_complaints(members) == []


def test_missing_parts(package: Path) -> None:
    members = _spoilt(package, "missing_web")
    assert "O365-Web.zip" not in members
    assert _digest_complaints(members) == []
    assert "APP-LIST.xml" not in _spoilt(package, "missing_list")


def test_bad_xml(package: Path) -> None:
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(_spoilt(package, "bad_xml")["APP-META.xml"])


def test_every_spoiling_has_a_test_and_others_are_refused(package: Path) -> None:
    assert set(SPOILINGS) == {
        "truncated",
        "wrong_digest",
        "zip_slip",
        "zip_slip_web",
        "other_application",
        "other_version",
        "missing_web",
        "missing_list",
        "bad_xml",
    }
    with pytest.raises(ValueError, match="no way to spoil"):
        spoil(package, "burnt")
