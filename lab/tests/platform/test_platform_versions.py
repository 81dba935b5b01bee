"""Upgrade match expressions and package descriptors."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from office365_lab.installation import RELEASES
from office365_lab.packages import build_packages
from office365_lab.packages.metadata import UPGRADE_MATCHES
from office365_lab.platform import packages, versions


@pytest.mark.parametrize(
    ("expression", "version", "expected"),
    [
        ("version=ge=16.6.3", "16.6.3", True),
        ("version=ge=16.6.3", "16.6.2", False),
        ("version =ge=1.0, release =ge=0", "1.0", True),
        ("version =gt= 1.0", "1.0.1", True),
        ("version=ge=16.6.3,version=lt=16.7", "16.6.10", True),
        ("version=ge=16.6.3,version=lt=16.7", "16.7", False),
        ("or(version=eq=1.0,version=eq=2.0)", "2.0", True),
        ("or(version=eq=1.0,version=eq=2.0)", "3.0", False),
        ("or(and(version=ge=1.0,version=lt=2.0),version=eq=3.0)", "1.5", True),
        ("and(version=ne=1.0,(version=le=2.0))", "1.5", True),
    ],
)
def test_expressions(expression: str, version: str, expected: bool) -> None:
    assert versions.accepts(expression, version, "20") is expected


@pytest.mark.parametrize(
    "expression", ["", "version", "version=about=1", "version=ge=1)", "or(version=ge=1", "colour=eq=1", "1=eq=1"]
)
def test_expressions_that_are_not_understood(expression: str) -> None:
    with pytest.raises(versions.MatchError):
        versions.accepts(expression, "1.0", "1")


@pytest.mark.parametrize(
    ("version", "expected"),
    [("16.6.2", False), ("16.6.3", True), ("16.6.5", True), ("16.8.2", False), ("16.8.3", True), ("16.8.4", False)],
)
def test_what_16_8_4_upgrades(version: str, expected: bool) -> None:
    assert versions.accepts(UPGRADE_MATCHES["16.8.4"], version, "1") is expected


def test_metadata_of_the_labs_packages(tmp_path: Path) -> None:
    for path in build_packages(tmp_path, list(RELEASES)):
        packages.check_contents(path)
        metadata = packages.read_metadata(path)
        assert path.name == f"{metadata.name}-{metadata.package_version}.app.zip"
        assert packages.Metadata.from_json(metadata.to_json()) == metadata
        assert ("TenantContactData" in metadata.services) is (metadata.version == "16.8.4")
        assert (set(metadata.counters) == {"totalPointsSold", "totalSeatsSold"}) is (metadata.version == "16.8.4")


def _package(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name.replace('_', '-')}.xml", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be opened"),
        (_package(), "has no APP-META.xml"),
        (_package(APP_META=b"<a"), "not well-formed"),
        (_package(APP_META=b"<!DOCTYPE a><a/>"), "document type"),
        (_package(APP_META=b"<a/>"), "has no version"),
        (
            _package(
                APP_META=b'<a xmlns="http://aps-standard.org/ns/2"><version>new</version><release>1</release></a>'
            ),
            "numbers and dots",
        ),
    ],
)
def test_descriptors_that_cannot_be_used(content: bytes, message: str) -> None:
    with pytest.raises(packages.PackageError, match=message):
        packages.read_metadata(content)


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        (b"<files/>", "differ in APP-META.xml"),
        (b'<files><file name="APP-META.xml" size="4" sha256="0"/><file name="x"/></files>', "differ in x"),
        (b'<files><file name="APP-META.xml" size="5" sha256="0"/></files>', "size or digest"),
        (b'<files><file name="APP-META.xml" size="4" sha256="0"/></files>', "size or digest"),
    ],
)
def test_lists_that_do_not_fit(listed: bytes, message: str) -> None:
    with pytest.raises(packages.PackageError, match=message):
        packages.check_contents(_package(APP_META=b"<a/>", APP_LIST=listed))
