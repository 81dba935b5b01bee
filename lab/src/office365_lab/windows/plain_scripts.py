"""Recognise the short one-off scripts that Ansible sends without a manifest (windows-lab.md 3).

Temporary folders, ``~``, and the file transfer of core 2.16 to 2.18; the path stands in a quoted literal or is an
argument of the PSRP pipeline. Anything else is a raw command.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from office365_lab.windows.call import Call, PayloadError

_QUOTED = r"'((?:[^']|'')*)'"
_STREAM = "stream"


def decode(script: str, lines: tuple[bytes, ...], arguments: Sequence[Any], session: dict[str, Any]) -> Call:
    """What the script asks for; ``session`` keeps the open file of psrp's fetch between pipelines."""
    return (
        _psrp_transfer(script, lines, arguments, session)
        or _winrm_transfer(script, lines)
        or _folders(script)
        or Call(kind="raw", wire="plain", source=script)
    )


def _psrp_transfer(
    script: str, lines: tuple[bytes, ...], arguments: Sequence[Any], session: dict[str, Any]
) -> Call | None:
    creates = "[System.IO.File]::Create($path)" in script
    if creates and "$path = $MyInvocation.UnboundArguments[0]" in script and arguments:
        return Call(kind="put", wire="plain", arguments={"path": str(arguments[0])}, data=lines)
    if "$fs = New-Object" in script and arguments:
        session[_STREAM] = str(arguments[0])
        return Call(kind="fetch", wire="plain", arguments={"path": session[_STREAM], "size": 0, "offset": 0})
    if "$fs.Seek($Offset" in script and len(arguments) == 2:
        if _STREAM not in session:
            raise PayloadError("a read from a file that was not opened")
        values = {"path": session[_STREAM], "size": int(arguments[1]), "offset": int(arguments[0])}
        return Call(kind="fetch", wire="plain", arguments=values)
    if script.strip().startswith("$fs.Close()"):
        session.pop(_STREAM, None)
        return Call(kind="noop", wire="plain")
    return None


def _winrm_transfer(script: str, lines: tuple[bytes, ...]) -> Call | None:
    path = re.search(r"\$path = " + _QUOTED, script)
    if path is None:
        return None
    if "[System.IO.File]::Create($path)" in script:
        return Call(kind="put", wire="plain", arguments={"path": _unquoted(path)}, data=lines)
    size, offset = re.search(r"\$buffer_size = (\d+)", script), re.search(r"\$offset = (\d+)", script)
    if size is not None and offset is not None:
        values = {"path": _unquoted(path), "size": int(size.group(1)), "offset": int(offset.group(1))}
        return Call(kind="fetch", wire="plain", arguments=values)
    return None


def _folders(script: str) -> Call | None:
    made = re.search(r"New-Item -Type Directory -Path \$tmp_path -Name " + _QUOTED, script)
    base = re.search(r"ExpandEnvironmentVariables\(" + _QUOTED + r"\)", script)
    if made is not None and base is not None:
        values = {"folder": _unquoted(base), "name": _unquoted(made)}
        return Call(kind="mkdtemp", wire="plain", arguments=values)
    removed = re.search(rf"^Remove-Item (?:{_QUOTED}|(\S+)) -Force(?: -Recurse)?;?\s*$", script, re.MULTILINE)
    if removed is not None:
        path = removed.group(2) or _unquoted(removed)
        return Call(kind="remove", wire="plain", arguments={"path": path})
    below_home = re.search(r"Write-Output \(\(Get-Location\)\.Path \+ " + _QUOTED, script)
    if below_home is not None:
        return _expand("~" + _unquoted(below_home))
    if re.search(r"Write-Output \(Get-Location\)\.Path", script):
        return _expand("~")
    literals = re.findall(r"Write-Output " + _QUOTED + r"\s*$", script)
    if literals and "OutputEncoding" in script:
        return _expand(literals[-1].replace("''", "'"))
    return None


def _expand(path: str) -> Call:
    return Call(kind="expand_user", wire="plain", arguments={"path": path})


def _unquoted(found: re.Match[str]) -> str:
    return found.group(1).replace("''", "'")
