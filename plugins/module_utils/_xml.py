# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML from sources that are not trusted. Private to this collection; no Ansible import."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser


class XmlError(ValueError):
    """The document is not well-formed."""


class DoctypeError(XmlError):
    """The document declares a document type, the door to entity bombs."""


class _WithoutDoctype(TreeBuilder):
    """Costs a call for each element, so it is used only where a document type may be declared."""

    def doctype(self, *_declaration: object) -> None:
        raise DoctypeError("a document type declaration is not accepted")


def parse(document: bytes) -> Element:
    """The root element; names are in the form ``{namespace}name``. Raises :class:`XmlError`."""
    # Expat reads only encodings that write these characters as ASCII does, and UTF-16, which has zero bytes.
    may_declare = b"<!DOCTYPE" in document or b"\0" in document
    parser = XMLParser(target=_WithoutDoctype() if may_declare else None)  # noqa: S314 - no document type gets through
    try:
        parser.feed(document)
        root: Element = parser.close()
    except DoctypeError:
        raise
    except (ParseError, ValueError, LookupError, AssertionError) as failure:
        raise XmlError(str(failure)) from failure
    return root
