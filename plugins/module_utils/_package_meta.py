# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``APP-META.xml`` and ``APP-LIST.xml`` of an APS 2 package. Private to this collection; no Ansible import."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from ansible_collections.odin.office365.plugins.module_utils._rql import matches
from ansible_collections.odin.office365.plugins.module_utils._versions import is_newer, without_release
from ansible_collections.odin.office365.plugins.module_utils._xml import XmlError, parse

_SHA256_BYTES = 32


@dataclass(frozen=True)
class Metadata:
    """What a package says of itself; ``upgrade_match`` is empty where it accepts no other version."""

    application_id: str = ""
    name: str = ""
    version: str = ""
    release: str = ""
    upgrade_match: str = ""
    services: list[str] = field(default_factory=list)
    settings: list[dict[str, str]] = field(default_factory=list)

    @property
    def package_version(self) -> str:
        """``version-release`` as the platform writes it."""
        return f"{self.version}-{self.release}" if self.version and self.release else self.version

    def accepts(self, installed: str) -> bool:
        """Whether an installation at this version may be upgraded with the package (APS 2, "Application Updates").

        Only lower versions are candidates. An installed version without a release counts as release 0.
        Raises :class:`_rql.MatchError` where the expression of the package is not understood.
        """
        if not self.upgrade_match or not is_newer(self.package_version, installed):
            return False
        release = installed.split("-", 1)[1] if "-" in installed else "0"
        own = {"id": self.application_id, "name": self.name}
        return matches(self.upgrade_match, {**own, "version": without_release(installed), "release": release})


@dataclass(frozen=True)
class Listed:
    """A line of ``APP-LIST.xml``: size in bytes and lower-case hexadecimal SHA-256; None where the line has none."""

    size: int | None
    sha256: str | None


def read_metadata(document: bytes) -> Metadata:
    """Raises :class:`XmlError` where the document is unusable."""
    root = parse(document)
    if _local(root) != "application":
        raise XmlError(f"its root element is {_local(root)!r}, not 'application'")
    updates = [child.get("match") or "" for child in root if _local(child) in ("upgrade", "patch")]
    expressions = [expression.strip() for expression in updates if expression.strip()]
    return Metadata(
        application_id=_text(root, "id"),
        name=_text(root, "name"),
        version=_text(root, "version"),
        release=_text(root, "release"),
        upgrade_match=expressions[0] if len(expressions) == 1 else _any_of(expressions),
        services=[identifier for element in _all(root, "service") if (identifier := element.get("id"))],
        settings=[
            {"id": identifier, "name": _text(element, "name") or _text(element, "title")}
            for element in _all(root, "setting")
            if (identifier := element.get("id"))
        ],
    )


def read_listing(document: bytes) -> dict[str, Listed]:
    """Member name -> size and digest; raises :class:`XmlError`."""
    listed: dict[str, Listed] = {}
    for element in _all(parse(document), "file"):
        name = element.get("name")
        if not name or name in listed:
            raise XmlError("a file has no name" if not name else f"the file {name!r} is listed twice")
        size = element.get("size") or ""
        listed[name] = Listed(int(size) if size.isdigit() else None, _digest(element.get("sha256") or ""))
    return listed


def _any_of(expressions: list[str]) -> str:
    """Several expressions as one; a comma inside one is an *and*, so each is put in brackets."""
    return ";".join(f"({expression})" for expression in expressions)


def _digest(text: str) -> str | None:
    """A SHA-256 in hexadecimal or Base64 form (the specification's schema is not readable, so both are taken)."""
    compact = text.strip()
    for decode in (binascii.unhexlify, base64.b64decode):
        try:
            raw = decode(compact)
        except ValueError:
            continue
        if len(raw) == _SHA256_BYTES:
            return raw.hex()
    return None


def _all(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if _local(element) == name]


def _text(parent: Element, name: str) -> str:
    child = next((child for child in parent if _local(child) == name), None)
    return "" if child is None else " ".join((child.text or "").split())


def _local(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
