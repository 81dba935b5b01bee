"""Windows path rules, without a disk (windows-lab.md 4)."""

from __future__ import annotations

import ntpath
import re
from collections.abc import Mapping

from office365_lab.windows.errors import WindowsError

DRIVE = "C:"
_LONGEST = 259
_ILLEGAL = frozenset('<>"|?*')


def expand(path: str, environment: Mapping[str, str]) -> str:
    """Replace ``%NAME%`` of known variables (upper-case keys); unknown ones stay as they are."""
    return re.sub(r"%([^%]+)%", lambda found: environment.get(found.group(1).upper(), found.group(0)), path)


def absolute(path: str, environment: Mapping[str, str]) -> str:
    """The normal form ``C:\\folder\\file``. Raises :class:`WindowsError` for what the host cannot have.

    Relative paths start in the profile of the user. ``%`` is a character like any other here: who takes a path from
    a task expands it first (:func:`expand`), as the modules do.
    """
    text = path.replace("/", "\\")
    if text.startswith("\\\\?\\"):
        text = text[4:]
    if text.startswith("\\\\"):
        raise WindowsError(f"The network path {text} cannot be reached.")
    drive, rest = ntpath.splitdrive(ntpath.normpath(ntpath.join(environment["USERPROFILE"], text)))
    if drive and drive.upper() != DRIVE:
        raise WindowsError(f"There is no drive {drive}")
    if ":" in rest:
        raise WindowsError(f"The path {text} has a colon where none may be.")
    if _ILLEGAL & set(rest):
        raise WindowsError(f"The path {text} holds characters that no path may hold.")
    if len(DRIVE + rest) > _LONGEST:
        raise WindowsError(f"The path {text} is longer than {_LONGEST} characters.")
    return DRIVE + rest


def join(folder: str, name: str) -> str:
    """As Join-Path: ``C:`` and ``x`` give ``C:\\x`` (ntpath.join would give the drive-relative ``C:x``)."""
    return folder.rstrip("\\/") + "\\" + name.lstrip("\\/")


def is_below(path: str, folder: str) -> bool:
    """Is ``path`` the folder itself or something in it? Both absolute; case does not matter."""
    low, base = path.lower(), folder.lower().rstrip("\\")
    return low == base or low.startswith(base + "\\")
