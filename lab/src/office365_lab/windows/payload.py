"""Decode what Ansible's Windows execution machinery sends: script text and its input become a :class:`Call`.

Two formats are understood (windows-lab.md 3): that of ansible-core 2.19 and newer (``2.19+``) and that of 2.16 to
2.18 (``legacy``). Short one-off scripts without a manifest are left to
:mod:`office365_lab.windows.plain_scripts` (``plain``).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from office365_lab.windows import plain_scripts
from office365_lab.windows.call import AsyncJob, Call, Kind, PayloadError

NULS = b"\0\0\0\0"
_ENCODED = re.compile(r"PowerShell(?:\.exe)?\s[^\n]*-EncodedCommand\s+([A-Za-z0-9+/=]+)\s*$", re.IGNORECASE)
_MODULE = re.compile(r"ansible_collections\.(\w+)\.(\w+)\.plugins\.modules\.(\w+)")
# what core 2.16-2.18 calls a module whose Windows twin has another name
_WINDOWS_TWINS = {"ping": "win_ping", "stat": "win_stat", "file": "win_file", "copy": "win_copy"}
_DEFAULT_ASYNC_FOLDER = r"%USERPROFILE%\.ansible_async"


def script_of(command_line: str) -> str | None:
    """The script text of ``PowerShell ... -EncodedCommand``; None for any other command line.

    winrm of core 2.16-2.18 wraps an encoded command a second time, so it is unwrapped until nothing is left.
    """
    text = None
    while found := _ENCODED.search(command_line):
        try:
            text = command_line = base64.b64decode(found.group(1)).decode("utf-16-le")
        except ValueError as error:
            raise PayloadError(f"-EncodedCommand: {error}") from error
    return text


def decode(
    script: str,
    stdin: bytes,
    arguments: Sequence[Any] = (),
    session: dict[str, Any] | None = None,
) -> Call:
    """What ``script`` with ``stdin`` asks for; ``arguments`` and ``session`` belong to a PSRP pipeline and its pool.

    Raises :class:`PayloadError` for anything that is not understood.
    """
    lines = [line.rstrip(b"\r") for line in stdin.split(b"\n")]
    try:
        if NULS in lines:
            return _decode_manifest(lines)
        if NULS in stdin:
            return _decode_flat(stdin)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise PayloadError(f"execution payload: {error!r}") from error
    data = tuple(line for line in lines if line)
    return plain_scripts.decode(script, data, arguments, {} if session is None else session)


def module_name(name: str) -> str:
    """``ansible.windows.win_stat`` of any spelling that a payload has for it.

    A short name means ``ansible.windows``, as the lab knows no module that a role brings itself.
    """
    found = _MODULE.fullmatch(name)
    if found:
        return ".".join(found.groups())
    short = re.sub(r"^ansible\.(?:legacy|builtin)\.", "", name)
    return short if "." in short else f"ansible.windows.{_WINDOWS_TWINS.get(short, short)}"


def _decode_manifest(lines: Sequence[bytes]) -> Call:
    """Core 2.19+: bootstrap JSON, a line of NULs, the manifest JSON and, for data, NULs and base64 lines."""
    cuts = [index for index, line in enumerate(lines) if line == NULS]
    end = cuts[1] if len(cuts) > 1 else len(lines)
    manifest = json.loads(b"\n".join(lines[cuts[0] + 1 : end]))
    data = tuple(line for line in lines[end + 1 :] if line)
    become: dict[str, Any] | None = None
    job: dict[str, Any] = {}
    *wrappers, last = manifest["actions"]
    for wrapper in wrappers:
        name, values = wrapper["name"], wrapper.get("params") or {}
        if name == "become_wrapper.ps1":
            become = {"user": values.get("BecomeUser"), "flags": str(values.get("LogonFlags") or "")}
        elif name in ("async_wrapper.ps1", "async_watchdog.ps1"):
            job.update(values)
        elif name != "coverage_wrapper.ps1":
            raise PayloadError(f"unknown wrapper {name}")
    values = last["params"]
    transfer = _transfer(last["name"], values, data)
    if transfer is not None:
        return transfer
    if last["name"] != "module_wrapper.ps1":
        raise PayloadError(f"unknown action {last['name']}")
    scripts: Mapping[str, Any] = manifest["scripts"]
    variables = values.get("Variables") or []
    return Call(
        kind="module" if values.get("ForModule") else "script",
        wire="2.19+",
        name=module_name(re.sub(r"\.ps1$", "", values["Script"])) if values.get("ForModule") else values["Script"],
        arguments=next((item["Value"] for item in variables if item["Name"] == "complex_args"), {}),
        source=_text(scripts[values["Script"]]["script"]),
        utilities={name: _text(item["script"]) for name, item in scripts.items() if name.endswith(".psm1")},
        environment=values.get("Environment") or {},
        become=become,
        async_job=AsyncJob(job["AsyncJid"], job["AsyncDir"], float(job["Timeout"])) if job else None,
        data=data,
    )


def _transfer(action: str, values: Mapping[str, Any], data: tuple[bytes, ...]) -> Call | None:
    kind: Kind
    if action in ("winrm_put_file.ps1", "psrp_put_file.ps1"):
        kind, arguments = "put", {"path": values["Path"]}
    elif action in ("winrm_fetch_file.ps1", "psrp_fetch_file.ps1"):
        kind = "fetch"
        arguments = {"path": values["Path"], "size": values["BufferSize"], "offset": values.get("Offset")}
    elif action == "powershell_mkdtemp.ps1":
        kind, arguments = "mkdtemp", {"folder": values["Directory"], "name": values["Name"]}
    elif action == "powershell_expand_user.ps1":
        kind, arguments = "expand_user", {"path": values["Path"]}
    else:
        return None
    return Call(kind=kind, wire="2.19+", arguments=arguments, data=data)


def _decode_flat(stdin: bytes) -> Call:
    """Core 2.16-2.18: wrapper text, four NULs and one flat JSON, with no line breaks around the NULs."""
    payload = json.loads(stdin.split(NULS, 1)[1])
    actions = payload["actions"]
    environment = payload.get("environment") or {}
    arguments = payload.get("module_args") or {}
    become = job = None
    if "become_wrapper" in actions:
        become = {"user": payload.get("become_user"), "flags": str(payload.get("become_flags") or "")}
    if "async_wrapper" in actions:
        folder = environment.get("ANSIBLE_ASYNC_DIR") or _DEFAULT_ASYNC_FOLDER
        job = AsyncJob(payload["async_jid"], folder, float(payload["async_timeout_sec"]))
    is_script = "module_script_wrapper" in actions
    return Call(
        kind="script" if is_script else "module",
        wire="legacy",
        name="ansible.builtin.script" if is_script else module_name(arguments["_ansible_module_name"]),
        arguments=arguments,
        source=_text(payload["module_entry"]),
        utilities={name: _text(text) for name, text in (payload.get("powershell_modules") or {}).items()},
        environment=environment,
        become=become,
        async_job=job,
    )


def _text(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode("utf-8-sig")
    except binascii.Error as error:
        raise PayloadError(f"script text: {error}") from error
