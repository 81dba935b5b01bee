# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Where the copy of a journal entry is kept on the controller; the journal itself is on the management node."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

FOLDER = "journal"


def copy_path(reports: Path, management_node: str, entry: str) -> Path:
    """The file of the copy below the folder of the reports. ``entry`` is the path of the entry's file on the node.

    What a host tells is never a path here: of both names, only what cannot lead out of the folder is used.
    """
    return reports / FOLDER / _plain(management_node) / _plain(PurePosixPath(entry).name)


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]|^\.+", "_", name, flags=re.ASCII) or "_"
