# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of packages (``version-release``, procedure-facts.md 9.1). Private to this collection; no Ansible import."""

from __future__ import annotations

import re

_PART = re.compile(r"\d+|[^\d.\-_+]+")

_Parts = tuple[tuple[int, int, str], ...]
Key = tuple[_Parts, _Parts]


def sort_key(version: str) -> Key:
    """A key by which versions sort: numbers as numbers, and before words; ``16.6.10`` is after ``16.6.9``.

    The release decides only between equal versions, so ``16.9-1`` is before ``16.9.0-1``.
    """
    number, _dash, release = version.partition("-")
    return _parts(number), _parts(release)


def _parts(text: str) -> _Parts:
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in _PART.findall(text))


def without_release(package_version: str) -> str:
    """``16.8.4`` from ``16.8.4-34``."""
    return package_version.split("-", 1)[0]


def is_version(package_version: str, wanted: str) -> bool:
    """Whether ``package_version`` is ``wanted``, which may leave out the release: ``16.8.4`` for ``16.8.4-34``."""
    return package_version == wanted or ("-" not in wanted and without_release(package_version) == wanted)


def is_newer(package_version: str, than: str) -> bool:
    """Whether ``package_version`` is newer; the release counts only where both name one."""
    if "-" not in package_version or "-" not in than:
        package_version, than = without_release(package_version), without_release(than)
    return sort_key(package_version) > sort_key(than)
