"""Zip archives with the same bytes for the same members, whenever and wherever they are built."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

_TIMESTAMP = (2018, 3, 1, 12, 0, 0)
_REGULAR_FILE = 0o100644
_FOLDER = 0o040755
_FOLDER_OF_DOS = 0x10


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """An archive of ``members`` (path with ``/`` -> content), in the given order.

    Behind them, their folders have entries of their own, as most programs that make archives write them.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(_entry(name, _REGULAR_FILE << 16, zipfile.ZIP_DEFLATED), content)
        for name in _folders(members):
            archive.writestr(_entry(name, _FOLDER << 16 | _FOLDER_OF_DOS, zipfile.ZIP_STORED), b"")
    return buffer.getvalue()


def unzip_bytes(data: bytes) -> dict[str, bytes]:
    """The files of an archive in their order; ``zipfile.BadZipFile`` where it is none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}


def _entry(name: str, attributes: int, compression: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _TIMESTAMP)
    info.compress_type = compression
    info.create_system = 3  # Unix, whatever system builds it
    info.external_attr = attributes
    return info


def _folders(names: Iterable[str]) -> list[str]:
    """Every folder of these files, with the ``/`` of an entry for a folder; none where a path leads outside."""
    inside = [PurePosixPath(name) for name in names if ".." not in name.split("/")]
    return sorted({f"{folder}/" for path in inside for folder in path.parents if folder.name})
