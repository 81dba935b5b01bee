# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package file, checked without unpacking it (procedure-facts.md 9.1). Private to this collection; no Ansible import.

Nothing is written below a name of the package. Inner archives are read through an anonymous temporary file.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Any

from ansible_collections.odin.office365.plugins.module_utils._package_meta import (
    Listed,
    Metadata,
    read_listing,
    read_metadata,
)
from ansible_collections.odin.office365.plugins.module_utils._rql import MatchError
from ansible_collections.odin.office365.plugins.module_utils._versions import is_version
from ansible_collections.odin.office365.plugins.module_utils._xml import XmlError

META = "APP-META.xml"
LISTING = "APP-LIST.xml"

#: Limits against archives that are made to exhaust memory or disk
MAX_MEMBERS = 100_000
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_DOCUMENT_BYTES = 32 * 1024**2
MAX_RATIO = 500
_RATIO_COUNTS_FROM = 1024**2
_CHUNK = 256 * 1024
_IN_MEMORY = 16 * 1024**2
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class _Findings:
    """The problems in the order in which they were found."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []

    def add(self, code: str, message: str) -> None:
        self.rows.append({"code": code, "message": message})


def examine(
    path: Path,
    *,
    expected_name: str | None = None,
    expected_version: str | None = None,
    requires: Sequence[str] = (),
    installed_versions: Sequence[str] = (),
) -> dict[str, Any]:
    """Everything that ``aps_package_info`` returns; a bad file is a result, never an exception."""
    findings = _Findings()
    result = _empty(path)
    try:
        with path.open("rb") as stream:
            result["exists"] = True
            result["size"], result["sha256"] = _measure(stream)
            stream.seek(0)
            _archive(stream, result, findings, requires)
    except FileNotFoundError:
        findings.add("missing", f"{path} does not exist")
    except OSError as failure:
        result["exists"] = path.exists()
        findings.add("unreadable", f"{path} cannot be read: {failure.strerror or failure}")
    metadata: Metadata = result.pop("metadata")
    result.update(
        name=metadata.name,
        version=metadata.version,
        release=metadata.release,
        package_version=metadata.package_version,
        application_id=metadata.application_id,
        upgrade_match=metadata.upgrade_match,
        services=metadata.services,
        settings=metadata.settings,
        accepts=_accepted(metadata, installed_versions, findings),
    )
    if metadata.package_version:
        _compare(metadata, expected_name, expected_version, findings)
    result["problems"] = findings.rows
    result["valid"] = not findings.rows
    return result


def _empty(path: Path) -> dict[str, Any]:
    return {
        "path": str(path),
        "exists": False,
        "size": 0,
        "sha256": "",
        "members": 0,
        "nested": {},
        "metadata": Metadata(),
    }


def _measure(stream: IO[bytes]) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def _archive(stream: IO[bytes], result: dict[str, Any], findings: _Findings, requires: Sequence[str]) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            members = _members(archive, "the package", "unsafe_path", findings)
            result["members"] = len(members)
            if members:
                result["metadata"] = _metadata(archive, members, findings)
                listing = _listing(archive, members, findings)
                _contents(archive, members, listing, requires, result, findings)
    except _BROKEN as failure:
        start = stream.seek(0) == 0 and stream.read(4) == b"PK\x03\x04"
        what = "truncated" if start else "not_a_zip"
        findings.add(what, f"{result['path']} is no complete zip archive: {failure}")


def _members(archive: zipfile.ZipFile, where: str, unsafe_code: str, findings: _Findings) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by name; empty where its size is out of bounds, in which case nothing of it is read."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    bomb = any(
        entry.file_size > _RATIO_COUNTS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if len(entries) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or bomb:
        findings.add(
            "too_large",
            f"{where} has {len(entries)} members with {unpacked} bytes unpacked, which is beyond every real package",
        )
        return {}
    for name, count in Counter(entry.filename for entry in entries).items():
        if not _safe(name):
            findings.add(unsafe_code, f"{where} has a member that would be unpacked outside its folder: {name!r}")
        if count > 1:
            findings.add("duplicate_member", f"{where} has {count} members named {name!r}")
    return {entry.filename: entry for entry in entries if not entry.is_dir()}


def _safe(name: str) -> bool:
    """Whether unpacking ``name`` stays inside the folder, on Linux and on Windows."""
    parts = name.replace("\\", "/").split("/")
    return (
        bool(name) and not name.startswith(("/", "\\")) and ".." not in parts and ":" not in name and "\0" not in name
    )


def _document(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > MAX_DOCUMENT_BYTES:
        raise XmlError(f"it is larger than {MAX_DOCUMENT_BYTES} bytes")
    return archive.read(entry)


def _metadata(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], findings: _Findings) -> Metadata:
    if META not in members:
        findings.add("bad_metadata", f"the package has no {META}")
        return Metadata()
    try:
        metadata = read_metadata(_document(archive, members[META]))
    except (XmlError, *_BROKEN) as failure:
        findings.add("bad_metadata", f"{META} cannot be used: {failure}")
        return Metadata()
    if not (metadata.name and metadata.version and metadata.release):
        findings.add("bad_metadata", f"{META} lacks the name, the version or the release")
    return metadata


def _listing(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], findings: _Findings
) -> dict[str, Listed] | None:
    if LISTING not in members:
        findings.add("bad_listing", f"the package has no {LISTING}")
        return None
    try:
        return read_listing(_document(archive, members[LISTING]))
    except (XmlError, *_BROKEN) as failure:
        findings.add("bad_listing", f"{LISTING} cannot be used: {failure}")
        return None


def _contents(
    archive: zipfile.ZipFile,
    members: dict[str, zipfile.ZipInfo],
    listing: dict[str, Listed] | None,
    requires: Sequence[str],
    result: dict[str, Any],
    findings: _Findings,
) -> None:
    nested: dict[str, Any] = {}
    for name in requires:
        if name not in members:
            findings.add("required_member_missing", f"the package has no member {name}")
            nested[name] = _described(exists=False)
    if listing is not None:
        for name in sorted(listing.keys() - members.keys()):
            findings.add("listed_missing", f"{LISTING} names {name}, which is not in the package")
        for name in sorted(members.keys() - listing.keys() - {LISTING}):
            findings.add("not_listed", f"{name} is in the package, but {LISTING} does not name it")
    for name, entry in members.items():
        inner = _inner(archive, entry, listing, findings)
        if inner is not None:
            nested[name] = inner
    result["nested"] = nested


def _inner(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, listing: dict[str, Listed] | None, findings: _Findings
) -> dict[str, Any] | None:
    """Check one member against the listing; an inner zip archive is described, other members give None."""
    name = entry.filename
    is_archive = name.lower().endswith(".zip")
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        try:
            size, digest = _stream(archive, entry, copy if is_archive else None)
        except _BROKEN as failure:
            findings.add("corrupt_member", f"{name} cannot be read: {failure}")
            return _described(exists=True) if is_archive else None
        listed = (listing or {}).get(name)
        if listed is not None:
            _check(name, size, digest, listed, findings)
        if not is_archive:
            return None
        copy.seek(0)
        try:
            with zipfile.ZipFile(copy) as inner:
                found = _members(inner, name, "nested_unsafe_path", findings)
                broken = inner.testzip() if found else None
        except _BROKEN as failure:
            findings.add("nested_broken", f"{name} is no complete zip archive: {failure}")
            return _described(exists=True)
        if broken is not None:
            findings.add("nested_broken", f"{name} holds a damaged member: {broken!r}")
        return _described(exists=True, names=found)


def _described(*, exists: bool, names: Collection[str] = ()) -> dict[str, Any]:
    """What is told of an inner archive: only its scripts by name, because O365-Web.zip has thousands of members."""
    return {
        "exists": exists,
        "members": len(names),
        "scripts": sorted(name for name in names if name.endswith(".py")),
    }


def _stream(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, copy: IO[bytes] | None) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if copy is not None:
                copy.write(chunk)
    return size, digest.hexdigest()


def _check(name: str, size: int, digest: str, listed: Listed, findings: _Findings) -> None:
    if listed.size is not None and listed.size != size:
        findings.add("size_mismatch", f"{name} has {size} bytes, {LISTING} says {listed.size}")
    if listed.sha256 is None:
        findings.add("bad_listing", f"{LISTING} has no usable SHA-256 digest for {name}")
    elif listed.sha256 != digest:
        findings.add("digest_mismatch", f"{name} is not the file that {LISTING} describes: its SHA-256 digest differs")


def _accepted(metadata: Metadata, installed: Sequence[str], findings: _Findings) -> dict[str, bool]:
    accepted: dict[str, bool] = {}
    for version in installed:
        try:
            accepted[version] = metadata.accepts(version)
        except MatchError as failure:
            findings.add(
                "bad_upgrade_match", f"the upgrade expression {metadata.upgrade_match!r} is not understood: {failure}"
            )
            return dict.fromkeys(installed, False)
    return accepted


def _compare(metadata: Metadata, name: str | None, version: str | None, findings: _Findings) -> None:
    if name and name not in (metadata.name, metadata.application_id):
        found = f"{metadata.name!r} ({metadata.application_id or 'without an APS id'})"
        findings.add("other_application", f"the package is of application {found}, not {name!r}")
    if version and not is_version(metadata.package_version, version):
        findings.add("other_version", f"the package is version {metadata.package_version}, not {version}")
