# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What the assemblies of a gateway application say: the version they show, and whether they are the ones we left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from .versions import Version, parse

UNKNOWN = "unknown"


def bin_folder(physical_path: str) -> str:
    """The folder of an IIS application's assemblies."""
    return physical_path + "\\bin"


def shown_version(files: Iterable[Mapping[str, Any]]) -> str:
    """The highest file version of an application's own assemblies, or ``unknown``.

    No version file of the gateway is documented (facts 5.5), so this is for people to read; no decision rests on it.
    ``files``: rows with ``file_version``.
    """
    versions: list[tuple[Version, str]] = []
    for row in files:
        text = str(row.get("file_version") or "")
        try:
            versions.append((parse(text), text))
        except ValueError:
            continue
    return max(versions)[1] if versions else UNKNOWN


def fingerprint(files: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over names and digests of an application's assemblies; empty text where there are none."""
    lines = sorted(f"{str(row['name']).lower()} {str(row['sha256']).lower()}" for row in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""
