# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML from sources that are not trusted. Private to this collection; no Ansible import."""

from __future__ import annotations

import xml.parsers.expat
from xml.etree.ElementTree import Element, TreeBuilder


class XmlError(ValueError):
    """The document is not well-formed."""


class DoctypeError(XmlError):
    """The document declares a document type, the door to entity bombs."""


def parse(document: bytes, *, namespaces: bool = True) -> Element:
    """The root element; names are in the form ``{namespace}name``. Raises :class:`XmlError`.

    Without ``namespaces`` names stay as they are written; then no code of ours runs for the single elements.
    """
    builder = TreeBuilder()
    parser = xml.parsers.expat.ParserCreate(namespace_separator="}" if namespaces else None)
    parser.buffer_text = True

    def refuse(*_declaration: object) -> None:
        raise DoctypeError("a document type declaration is not accepted")

    def start(name: str, attributes: dict[str, str]) -> None:
        builder.start(_qualified(name), {_qualified(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        builder.end(_qualified(name))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start if namespaces else builder.start
    parser.EndElementHandler = end if namespaces else builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(document, True)
        return builder.close()
    except DoctypeError:
        raise
    except (xml.parsers.expat.ExpatError, ValueError, LookupError, AssertionError) as failure:
        raise XmlError(str(failure)) from failure


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name
