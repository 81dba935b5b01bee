"""Zip archives with the same bytes for the same members, whenever and wherever they are built."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_TIMESTAMP = (2018, 3, 1, 12, 0, 0)
_REGULAR_FILE = 0o100644


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """An archive of ``members`` (path with ``/`` -> content), in the given order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _TIMESTAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, whatever system builds it
            info.external_attr = _REGULAR_FILE << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def unzip_bytes(data: bytes) -> dict[str, bytes]:
    """The members of an archive in their order; ``zipfile.BadZipFile`` where it is none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}
