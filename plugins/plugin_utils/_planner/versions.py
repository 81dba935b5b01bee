# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Version numbers of the application and of the platform: dotted numbers, compared number by number."""

from __future__ import annotations

import re

Version = tuple[int, ...]


def parse(text: str) -> Version:
    """``16.8.4`` or ``16.8.4-34`` (the release after the dash is left out) -> ``(16, 8, 4)``.

    Raises ``ValueError`` where the text holds no dotted number.
    """
    match = re.match(r"^\s*(\d+(?:\.\d+)*)(?:-.*)?\s*$", text)
    if match is None:
        raise ValueError(f"{text!r} is not a version such as 16.8.4")
    return tuple(int(part) for part in match.group(1).split("."))


def without_release(package_version: str) -> str:
    """``16.8.4-34`` -> ``16.8.4``: what is compared with the catalog (facts 9.1)."""
    return package_version.split("-", 1)[0].strip()


def in_series(version: str, series: str) -> bool:
    """Whether ``16.6.5`` belongs to the series ``16.6``."""
    wanted = parse(series)
    return parse(version)[: len(wanted)] == wanted


def at_least(version: str, minimum: str) -> bool:
    """Whether ``version`` is ``minimum`` or newer."""
    return parse(version) >= parse(minimum)
