"""The two cmdlets that an operator types in the guide's endpoint step: ``Unblock-File`` and ``Expand-Archive``.

One cmdlet a line, with named parameters and literal values; anything else is left to the caller, which fails loudly.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping

from office365_lab.windows.errors import NotEmulatedError, WindowsError
from office365_lab.windows.host import Host
from office365_lab.windows.programs import Outcome
from office365_lab.windows.unpacking import unpack

Parameters = Mapping[str, str]

_PARAMETER = re.compile(r"\s+-(\w+)(?:\s+(?:'((?:[^']|'')*)'|\"([^\"`]*)\"|([^\s'\"-][^\s'\"]*)))?")


def run(host: Host, line: str) -> Outcome | None:
    """Run a line that begins with a known cmdlet; None for any other line.

    Raises :class:`NotEmulatedError` for parameters that are not imitated. An error of the cmdlet is exit code 1, as
    powershell.exe gives it for a command that failed.
    """
    name = line.split(" ", 1)[0].lower()
    known = _CMDLETS.get(name)
    if known is None:
        return None
    work, allowed = known
    try:
        work(host, _parameters(line, allowed))
    except (WindowsError, zipfile.BadZipFile) as error:
        return Outcome(1, stderr=f"{error}\r\n")
    return Outcome()


def _parameters(line: str, allowed: frozenset[str]) -> Parameters:
    """Parameters by their lower-case names; a switch has an empty value."""
    found: dict[str, str] = {}
    at = len(line.split(" ", 1)[0])
    while at < len(line):
        match = _PARAMETER.match(line, at)
        if match is None or match.group(1).lower() not in allowed:
            raise NotEmulatedError(f"this PowerShell text: {line!r}")
        single, double, bare = match.group(2), match.group(3), match.group(4)
        found[match.group(1).lower()] = (single or "").replace("''", "'") or double or bare or ""
        at = match.end()
    return found


def _required(parameters: Parameters, *names: str) -> str:
    """The value of the one of these parameters that is given."""
    value = next((parameters[name] for name in names if parameters.get(name)), "")
    if not value:
        raise WindowsError(f"The parameter -{names[-1]} is missing.")
    return value


def _unblock_file(host: Host, parameters: Parameters) -> None:
    path = _required(parameters, "literalpath", "path")
    host.disk.read(path)
    host.disk.unblock(path)


def _expand_archive(host: Host, parameters: Parameters) -> None:
    """Refuses to overwrite without ``-Force``, and whatever does not end in ``.zip``, as the cmdlet does."""
    disk, source = host.disk, _required(parameters, "literalpath", "path")
    dest = _required(parameters, "destinationpath")
    if not source.lower().endswith(".zip"):
        raise WindowsError(f"{source} is no .zip file.")
    if "force" not in parameters and any(disk.files(dest)):
        raise WindowsError(f"The folder {dest} has files already; -Force replaces them.")
    unpack(disk, source, dest)


_CMDLETS: Mapping[str, tuple[Callable[[Host, Parameters], None], frozenset[str]]] = {
    "expand-archive": (_expand_archive, frozenset({"path", "literalpath", "destinationpath", "force"})),
    "unblock-file": (_unblock_file, frozenset({"path", "literalpath"})),
}
