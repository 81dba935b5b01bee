"""The lab's stand-in for .NET assemblies: files whose first line says which version they have.

The lab's Windows reads the file version from that line, as the version resource of a real DLL would be read.
"""

from __future__ import annotations

import re

_FIRST_LINE = re.compile(rb"LAB-ASSEMBLY name=(?P<name>\S+) version=(?P<version>[0-9.]+)\r?\n")


def assembly(name: str, version: str) -> bytes:
    """The content of the assembly ``name`` (with its suffix) of an application version such as ``16.8.4``."""
    head = f"LAB-ASSEMBLY name={name} version={file_version(version)}\n"
    return head.encode("ascii") + b"A stand-in of the laboratory; it holds no code.\n"


def file_version(version: str) -> str:
    """An application version in the four parts of a Windows file version: ``16.8.4`` -> ``16.8.4.0``."""
    return ".".join([*version.split("."), "0", "0", "0"][:4])


def read_file_version(content: bytes) -> str | None:
    """The file version of an assembly; None where the content is not one of the lab's assemblies."""
    match = _FIRST_LINE.match(content)
    return match["version"].decode("ascii") if match else None
