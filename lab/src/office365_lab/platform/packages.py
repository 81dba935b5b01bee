"""Reading APS packages: what the platform needs to know of a package file (procedure-facts.md 9.1).

Nothing is extracted to a disk; sizes are limited, because a package comes from outside.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from office365_lab.platform import versions

_META = "APP-META.xml"
_LIST = "APP-LIST.xml"
_MAX_DESCRIPTOR = 5_000_000
_NAMESPACE = "{http://aps-standard.org/ns/2}"


class PackageError(Exception):
    """The file is no usable APS package; the text says why."""


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What ``APP-META.xml`` says.

    ``settings`` are (id, value type, label); ``counters`` the ids of the resources that services count;
    ``upgrade_match`` is None where the package cannot upgrade any other version.
    """

    aps_application_id: str
    name: str
    version: str
    release: str
    upgrade_match: str | None
    services: tuple[str, ...]
    counters: tuple[str, ...]
    settings: tuple[tuple[str, str, str], ...]

    @property
    def package_version(self) -> str:
        """``version-release``, the platform's name of a package version."""
        return f"{self.version}-{self.release}"

    def to_json(self) -> dict[str, Any]:
        """Plain data for the database."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Metadata:
        """The reverse of :meth:`to_json`."""
        return cls(
            **{
                **data,
                "services": tuple(data["services"]),
                "counters": tuple(data["counters"]),
                "settings": tuple((identifier, kind, label) for identifier, kind, label in data["settings"]),
            }
        )


def read_metadata(source: Path | bytes) -> Metadata:
    """The metadata of a package file (a path or its content); raises :class:`PackageError`."""
    with _open(source) as package:
        root = _document(package, _META)
    version, release = _text(root, "version"), _text(root, "release")
    try:
        versions.parse(version)
        versions.parse(release)
    except ValueError:
        raise PackageError(f"{_META}: version {version!r} and release {release!r} must be numbers and dots") from None
    upgrade = root.find(f"{_NAMESPACE}upgrade")
    return Metadata(
        aps_application_id=_text(root, "id"),
        name=_text(root, "name"),
        version=version,
        release=release,
        upgrade_match=None if upgrade is None else upgrade.get("match"),
        services=tuple(element.get("id", "") for element in root.iter(f"{_NAMESPACE}service")),
        counters=tuple(element.get("id", "") for element in root.iter(f"{_NAMESPACE}resource")),
        settings=tuple(
            (element.get("id", ""), element.get("type", "string"), element.findtext(f"{_NAMESPACE}name", ""))
            for element in root.iter(f"{_NAMESPACE}setting")
        ),
    )


def check_contents(source: Path | bytes) -> None:
    """Compare every member with ``APP-LIST.xml``: name, size, SHA-256; raises :class:`PackageError`."""
    with _open(source) as package:
        listed = {
            element.get("name", ""): element
            for element in _document(package, _LIST).iter()
            if element.tag.endswith("}file") or element.tag == "file"
        }
        members = {info.filename: info for info in package.infolist() if not info.is_dir()}
        if different := sorted(listed.keys() ^ (members.keys() - {_LIST})):
            raise PackageError(f"{_LIST} and the package differ in {', '.join(different)}")
        for name, element in listed.items():
            try:
                digest = _digest(package, name)
            except (zipfile.BadZipFile, OSError, EOFError) as error:
                raise PackageError(f"{name} cannot be read: {error}") from error
            if element.get("size") != str(members[name].file_size) or element.get("sha256") != digest:
                raise PackageError(f"size or digest of {name} is not as in {_LIST}")


def _open(source: Path | bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except (zipfile.BadZipFile, OSError) as error:
        raise PackageError(f"the package cannot be opened: {error}") from error


def _document(package: zipfile.ZipFile, name: str) -> ET.Element:
    try:
        with package.open(name) as member:
            text = member.read(_MAX_DESCRIPTOR + 1)
    except KeyError:
        raise PackageError(f"the package has no {name}") from None
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise PackageError(f"{name} cannot be read: {error}") from error
    if len(text) > _MAX_DESCRIPTOR or b"<!DOCTYPE" in text:
        raise PackageError(f"{name} is too large or has a document type declaration")
    try:
        return ET.fromstring(text)  # noqa: S314  no entities without a document type declaration
    except ET.ParseError as error:
        raise PackageError(f"{name} is not well-formed: {error}") from None


def _text(root: ET.Element, tag: str) -> str:
    text = (root.findtext(f"{_NAMESPACE}{tag}") or "").strip()
    if not text:
        raise PackageError(f"{_META} has no {tag}")
    return text


def _digest(package: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with package.open(name) as member:
        while block := member.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
