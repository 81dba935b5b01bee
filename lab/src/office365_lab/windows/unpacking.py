"""Unpacking a zip on the disk of a host, whoever asks for it."""

from __future__ import annotations

import io
import ntpath
import zipfile

from office365_lab.windows import paths
from office365_lab.windows.disk import Disk
from office365_lab.windows.errors import WindowsError


def unpack(disk: Disk, source: str, dest: str, *, check: bool = False) -> bool:
    """Write every member of the archive ``source`` below the folder ``dest``; the archive's mark goes on to each.

    True where there is a member to write; ``check`` writes none. Raises :class:`WindowsError` and
    ``zipfile.BadZipFile``.
    """
    blocked = disk.is_blocked(source)
    changed = False
    if not check:
        disk.make_folder(dest)
    with zipfile.ZipFile(io.BytesIO(disk.read(source))) as archive:
        for entry in archive.infolist():
            path = disk.absolute(paths.join(dest, entry.filename.replace("/", "\\")))
            if not paths.is_below(path, disk.absolute(dest)):
                raise WindowsError(f"its member {entry.filename} lies outside the folder")
            changed = True
            if check:
                continue
            if entry.is_dir():
                disk.make_folder(path)
            else:
                disk.make_folder(ntpath.dirname(path))
                disk.write(path, archive.read(entry), blocked=blocked)
    return changed
