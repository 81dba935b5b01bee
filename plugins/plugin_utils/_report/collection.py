# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Which plays and playbooks are those of this collection, and its version."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_NAME = "odin.office365"
_STEP = "step_"
_PLANNING = {"collect", "plan"}


def step_word(path: str, tags: Iterable[str], root: Path = ROOT) -> str | None:
    """The word of the step that a play does; None where the play is none of ours. ``path`` is that of its file."""
    if not path or _playbooks(root) not in Path(path).resolve().parents:
        return None
    return next((tag.removeprefix(_STEP) for tag in tags if tag.startswith(_STEP)), None)


def only_plans(words: Iterable[str]) -> bool:
    """Whether a run with these steps only makes a plan, which has files of its own."""
    return set(words) <= _PLANNING


def playbook_name(path: str, root: Path = ROOT) -> str:
    """What a person calls the playbook: by the collection's name where it is ours."""
    file = Path(path)
    return f"{_NAME}.{file.stem}" if file.resolve().parent == _playbooks(root) else file.name


def version(root: Path = ROOT) -> str:
    """The version of the collection, installed or in a checkout."""
    try:
        manifest = json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except (OSError, ValueError, KeyError):
        pass
    try:
        found = re.search(r"^version: *(\S+)", (root / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else "unknown"


def _playbooks(root: Path) -> Path:
    return root / "playbooks"
