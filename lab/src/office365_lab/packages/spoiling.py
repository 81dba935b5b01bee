"""Bad packages on purpose: each way of spoiling breaks exactly one thing that a careful reader checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from office365_lab.packages.archive import unzip_bytes, zip_bytes
from office365_lab.packages.metadata import LIST_NAME, META_NAME, app_list

_OUTSIDE = "../outside.txt"
_Members = dict[str, bytes]


def spoil(path: Path, how: str) -> None:
    """Break the package at ``path`` in place.

    ``how`` is one of :data:`SPOILINGS`; raises ``ValueError`` for another word and
    ``zipfile.BadZipFile`` where the package is already truncated.
    """
    if how == "truncated":
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        return
    if how not in _CHANGES:
        raise ValueError(f"{how!r} is no way to spoil a package; ways: {', '.join(SPOILINGS)}")
    members = unzip_bytes(path.read_bytes())
    _CHANGES[how](members)
    path.write_bytes(zip_bytes(members))


def _wrong_digest(members: _Members) -> None:
    """One byte of O365-Web.zip's listed digest is another one."""
    marker = b'name="O365-Web.zip"'
    start = members[LIST_NAME].index(b'sha256="', members[LIST_NAME].index(marker)) + len(b'sha256="')
    listing = bytearray(members[LIST_NAME])
    listing[start : start + 1] = b"0" if listing[start : start + 1] != b"0" else b"1"
    members[LIST_NAME] = bytes(listing)


def _zip_slip(members: _Members) -> None:
    members[_OUTSIDE] = b"outside\n"
    members[LIST_NAME] = app_list(members)


def _zip_slip_web(members: _Members) -> None:
    members["O365-Web.zip"] = zip_bytes({**unzip_bytes(members["O365-Web.zip"]), _OUTSIDE: b"outside\n"})
    members[LIST_NAME] = app_list(members)


def _other_application(members: _Members) -> None:
    _edit_meta(members, b"http://www.parallels.com/Office365", b"http://example.com/Office999")


def _other_version(members: _Members) -> None:
    """The metadata name a version that the file name does not."""
    _edit_meta(members, b"<version>16.", b"<version>15.")


def _missing_web(members: _Members) -> None:
    del members["O365-Web.zip"]
    members[LIST_NAME] = app_list(members)


def _missing_list(members: _Members) -> None:
    del members[LIST_NAME]


def _bad_xml(members: _Members) -> None:
    _edit_meta(members, b"</application>", b"")


def _edit_meta(members: _Members, old: bytes, new: bytes) -> None:
    members[META_NAME] = members[META_NAME].replace(old, new)
    members[LIST_NAME] = app_list(members)


_CHANGES: dict[str, Callable[[_Members], None]] = {
    "wrong_digest": _wrong_digest,
    "zip_slip": _zip_slip,
    "zip_slip_web": _zip_slip_web,
    "other_application": _other_application,
    "other_version": _other_version,
    "missing_web": _missing_web,
    "missing_list": _missing_list,
    "bad_xml": _bad_xml,
}
SPOILINGS: tuple[str, ...] = ("truncated", *_CHANGES)
