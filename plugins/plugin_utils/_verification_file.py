# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The file of a verification, with every row of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._plain_text import now
from ._report.files import to_json, write_private

_TOLD = ("procedure", "origin", "counts", "rows")


def write_verification(folder: str, release: str, scenario: str, result: Mapping[str, Any]) -> str:
    """Write ``verification-<time in UTC>.json``; returns its path.

    ``result``: as the module ``upgrade_verification`` returns it. Raises ``OSError`` where that is not possible.
    """
    made = now()
    document = {
        "format": 1,
        "made": made,
        "release": release,
        "scenario": scenario,
        **{name: result[name] for name in _TOLD},
    }
    stamp = made.replace("-", "").replace(":", "")
    path = Path(folder).expanduser().absolute() / f"verification-{stamp}.json"
    write_private(path, to_json(document))
    return str(path)
