"""Carry out what a shell was asked for: modules, file transfer, temporary folders, scripts and raw commands."""

from __future__ import annotations

import base64
import json
import ntpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from office365_lab.windows import paths, payload, powershell
from office365_lab.windows.call import Call, PayloadError
from office365_lab.windows.errors import ModuleError, NotEmulatedError, WindowsError
from office365_lab.windows.host import Host, HostGoneError
from office365_lab.windows.jobs import start_job
from office365_lab.windows.modules.registry import digest
from office365_lab.windows.param_block import BindingError, bind_arguments, param_block
from office365_lab.windows.run_module import run_module

_TEMPORARY = re.compile(r"\\ansible-tmp-[^\\]+", re.IGNORECASE)
_UPLOADED_SCRIPT = re.compile(r"&?\s*'?(.+?\.ps1)'?((?: .*?)?)(?:; exit \$LASTEXITCODE)?\s*$")
_SCRIPT_ARGUMENT = re.compile(r"'((?:[^']|'')*)'|\"([^\"]*)\"|(\S+)")
_WRAPPING = re.compile(r"Set-StrictMode |If \(|\[Console\]|\$\w+ *=|#|exit \$LASTEXITCODE$", re.IGNORECASE)
_LOGGED_TEXT = 400


@dataclass(frozen=True)
class Reply:
    """``lines`` are the output objects; ``lost``: the connection drops instead of giving them.

    ``refused``: the lab has no stand-in, so a PowerShell client gets an error record as well.
    """

    lines: list[str] = field(default_factory=list)
    exit_code: int = 0
    stderr: str = ""
    lost: bool = False
    refused: bool = False


def execute(
    host: Host,
    script: str,
    stdin: bytes,
    *,
    client: str,
    arguments: Sequence[Any] = (),
    session: dict[str, Any] | None = None,
) -> Reply:
    """Decode and carry out; whatever cannot be decoded fails and is logged."""
    try:
        call = payload.decode(script, stdin, arguments, session)
    except PayloadError as error:
        host.log("undecodable", client=client, arguments={"script": script[:_LOGGED_TEXT]}, outcome=f"error: {error}")
        message = f"office365-lab cannot decode what was sent: {error}"
        return Reply([json.dumps({"failed": True, "msg": message})], 1, message + "\r\n", refused=True)
    try:
        return _carry_out(host, call, client)
    except HostGoneError:
        return Reply(lost=True)


def _carry_out(host: Host, call: Call, client: str) -> Reply:
    if call.kind == "module":
        return _module(host, call, client)
    if (delay := host.fault(call.kind, "delay")) is not None:
        host.pause(float(delay["seconds"]))
    try:
        fault = host.fault(call.kind, "fail")
        if fault is not None:
            raise WindowsError(str(fault.get("message", "planned fault")))
        reply = _KINDS[call.kind](host, call)
        outcome = "ok" if reply.exit_code == 0 else f"error: {reply.stderr.strip()}"
    except (WindowsError, ModuleError) as error:
        refused = isinstance(error, NotEmulatedError)
        reply, outcome = Reply(exit_code=1, stderr=f"{error}\r\n", refused=refused), f"error: {error}"
    if call.kind not in ("noop", "expand_user"):
        _log(host, call, client, reply, outcome)
    return reply if host.fault(call.kind, "drop") is None else Reply(lost=True)


def _module(host: Host, call: Call, client: str) -> Reply:
    if call.async_job is not None:
        try:
            return Reply([json.dumps(start_job(host, call, call.async_job, client))])
        except WindowsError as error:
            return Reply([json.dumps({"failed": True, "msg": str(error)})], 1)
    run = run_module(host, call, client)
    return Reply([json.dumps(run.result)], run.exit_code, lost=run.answer_lost)


def _log(host: Host, call: Call, client: str, reply: Reply, outcome: str) -> None:
    path = call.arguments.get("path")
    temporary = call.kind == "mkdtemp" or (path is not None and _TEMPORARY.search(path) is not None)
    # nobody can tell what a raw command or a script changes, so it counts as a change
    writes = call.kind in ("put", "remove", "raw", "script") and not temporary and not call.check
    shown = {name: value for name, value in call.arguments.items() if not name.startswith("_ansible_")}
    if call.kind in ("raw", "script"):
        shown["script"] = call.source[:_LOGGED_TEXT]
    host.log(
        call.kind,
        client=client,
        write=writes and outcome == "ok",
        arguments=shown,
        outcome=outcome,
        temporary=temporary,
        check=call.check,
        rc=reply.exit_code,
        changed=writes,
        become=call.become,
        wire=call.wire,
    )


def _put(host: Host, call: Call) -> Reply:
    content = b"".join(base64.b64decode(line) for line in call.data)
    host.disk.write(call.arguments["path"], content)
    return Reply([json.dumps({"sha1": digest(content)})])


def _fetch(host: Host, call: Call) -> Reply:
    path, size, offset = (call.arguments[name] for name in ("path", "size", "offset"))
    if host.disk.is_dir(path):
        return Reply(["[DIR]"])
    content = host.disk.read(path)
    if offset is None:  # psrp asks once for the whole file
        pieces = (content[start : start + size] for start in range(0, len(content), size))
        return Reply(["[FILE]", *(base64.b64encode(piece).decode() for piece in pieces)])
    piece = content[offset : offset + size]
    return Reply([base64.b64encode(piece).decode()] if piece else [])


def _mkdtemp(host: Host, call: Call) -> Reply:
    folder = paths.expand(call.arguments["folder"], host.environment)
    path = paths.join(host.disk.absolute(folder), call.arguments["name"])
    if not host.disk.make_folder(path):
        raise WindowsError(f"The folder {path} exists already.")
    return Reply([path])


def _expand_user(host: Host, call: Call) -> Reply:
    path: str = call.arguments["path"]
    home = host.environment["USERPROFILE"]
    return Reply([home + path[1:] if path == "~" or path.startswith("~\\") else path])


def _remove(host: Host, call: Call) -> Reply:
    host.disk.remove(call.arguments["path"])
    return Reply()


def _noop(host: Host, call: Call) -> Reply:
    return Reply()


def _script(host: Host, call: Call) -> Reply:
    """A script sent by ansible.builtin.script, which was uploaded before, or the text of a raw command."""
    uploaded = _UPLOADED_SCRIPT.match(call.source.strip())
    if uploaded is not None and host.disk.is_file(uploaded.group(1)):
        text = host.disk.read(uploaded.group(1)).decode("utf-8-sig")
        answer = powershell.answer(host, text, _bound(text, uploaded.group(2)), check=call.check)
        return Reply([str(item) for item in answer.output])
    outcome = powershell.run_text(host, _without_wrapping(call.source), ntpath.dirname(host.environment["USERPROFILE"]))
    text = outcome.stdout.rstrip("\r\n")
    return Reply([text] if text else [], outcome.exit_code, outcome.stderr)


def _bound(text: str, arguments: str) -> dict[str, Any]:
    words = [
        single.replace("''", "'") or double or bare for single, double, bare in _SCRIPT_ARGUMENT.findall(arguments)
    ]
    try:
        return dict(bind_arguments(param_block(text), words))
    except BindingError as error:
        raise WindowsError(str(error)) from error


def _without_wrapping(text: str) -> str:
    """The command that the user wrote: the shell plugin puts lines before and after it."""
    kept = [line for line in text.splitlines() if line.strip() and not _WRAPPING.match(line.strip())]
    return "\n".join(kept)


_KINDS: Mapping[str, Callable[[Host, Call], Reply]] = {
    "put": _put,
    "fetch": _fetch,
    "mkdtemp": _mkdtemp,
    "expand_user": _expand_user,
    "remove": _remove,
    "noop": _noop,
    "script": _script,
    "raw": _script,
}
