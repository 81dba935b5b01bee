# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What a war holds: whether it is whole, and how much a container leaves on the disk that has unpacked it."""

from __future__ import annotations

import os
import zipfile
import zlib
from typing import Any


def war_contents(path: str | os.PathLike[str]) -> dict[str, Any]:
    """``problem`` (empty where every member of the archive can be read), and number and size of its files.

    Nothing is raised for a bad file: the problem is the answer.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            files = [member for member in archive.infolist() if not member.is_dir()]
    except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        return _contents(str(error) or type(error).__name__)
    if damaged is not None:
        return _contents(f"its member {damaged} is damaged")
    if not files:
        return _contents("it holds no file")
    return _contents("", len({member.filename for member in files}), sum(member.file_size for member in files))


def _contents(problem: str, files: int = 0, size: int = 0) -> dict[str, Any]:
    return {"problem": problem, "files": files, "bytes": size}
