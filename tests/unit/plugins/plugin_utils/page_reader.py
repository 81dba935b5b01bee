# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a page as a browser would, for tests."""

from __future__ import annotations

import html.parser


class Reader(html.parser.HTMLParser):
    """Collects elements with their attributes and the text, and sees whether every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _attributes in self.elements]

    @property
    def attributes(self) -> list[tuple[str, str | None]]:
        return [item for _tag, attributes in self.elements for item in attributes.items()]

    def count(self, tag: str, kind: str) -> int:
        """How many elements of this tag have the class ``kind``."""
        return sum(name == tag and kind in (found.get("class") or "").split() for name, found in self.elements)
