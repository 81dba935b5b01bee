# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The files of a plan: what a run that confirms it by its id compares with, and what a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._pages import plan_page
from ._plain_text import now
from ._report.files import to_json, write_private


def write_plan(folder: str, result: Mapping[str, Any]) -> str:
    """Write ``plan-<id>`` as JSON, text and page; returns their path without the suffix.

    ``result``: as the module ``upgrade_plan`` returns it. Raises ``ValueError`` with the folder and the reason where
    that is not possible.
    """
    document = {"format": 1, "made": now(), "plan": result["plan"], "findings": result["findings"]}
    path = Path(folder).expanduser().absolute() / f"plan-{result['plan']['id']}"
    texts = {
        "json": to_json(document),
        "txt": "\n".join([*result["lines"], *result["finding_lines"], ""]),
        "html": plan_page(document) + "\n",
    }
    try:
        for suffix, text in texts.items():
            write_private(path.with_name(f"{path.name}.{suffix}"), text)
    except OSError as error:
        raise ValueError(
            f"its files cannot be written to {path.parent} on the controller: {error.strerror or error}. "
            "An upgrade is confirmed by them. Make room or name another folder in office365_report_folder"
        ) from error
    return str(path)
