"""Programs that can be started on a host by a command line: cmd.exe, batch files, powershell.exe -File and a few more.

Whatever else is asked for fails, as on a host that has no such program.
"""

from __future__ import annotations

import ntpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from office365_lab.windows import command_line, iis, paths, setup_program
from office365_lab.windows.command_line import Command, CommandLineError
from office365_lab.windows.errors import NotEmulatedError, WindowsError
from office365_lab.windows.host import Host
from office365_lab.windows.param_block import BindingError, bind_arguments, param_block
from office365_lab.windows.state import State

_BATCH = (".cmd", ".bat")
_NO_SUCH_COMMAND = 9009
_NO_SUCH_FILE = 2
# powershell.exe gives this where -File names no script
_NO_SCRIPT = -196608
_POWERSHELL_SWITCHES = ("-noprofile", "-noninteractive", "-nologo")


class NoSuchProgramError(WindowsError):
    """Windows cannot start the program."""


@dataclass(frozen=True)
class Outcome:
    """What a finished program leaves."""

    exit_code: int = 0
    stdout: str = ""
    stderr: str = ""


def start(host: Host, line: str, folder: str) -> Outcome:
    """Start the program of a command line, as CreateProcess does, and wait for it.

    Raises :class:`NoSuchProgramError`, and ``HostGoneError`` where the host goes down meanwhile.
    """
    program, rest = command_line.split_program(line)
    if ntpath.splitext(program)[1].lower() in _BATCH:
        if not host.disk.is_file(paths.join(folder, program) if not ntpath.splitdrive(program)[0] else program):
            raise NoSuchProgramError(f"The file {program} was not found.")
        # Windows itself hands batch files to cmd.exe, with one more pair of quotes
        return _cmd(host, f' /c "{line}"', folder)
    run = _PROGRAMS.get(_bare(program))
    if run is None:
        raise NoSuchProgramError(f"The program {program} was not found.")
    return run(host, rest, folder)


def _bare(program: str) -> str:
    name = ntpath.basename(program).lower()
    return name.removesuffix(".exe")


def _cmd(host: Host, rest: str, folder: str) -> Outcome:
    try:
        text = command_line.expand_interactive(command_line.cmd_text(rest), _variables(host, folder, 0))
        return _Batch(host, folder).line(text)
    except CommandLineError as error:
        return Outcome(1, stderr=f"{error}\r\n")


def _variables(host: Host, folder: str, error_level: int) -> dict[str, str]:
    return {**host.environment, "CD": folder, "ERRORLEVEL": str(error_level)}


class _Batch:
    """Runs lines one after another, as one cmd.exe does."""

    def __init__(self, host: Host, folder: str) -> None:
        self._host = host
        self._folder = folder
        self._exit: int | None = None

    def file(self, script: str, arguments: str) -> Outcome:
        path = script if ntpath.splitdrive(script)[0] else paths.join(self._folder, script)
        if self._host.disk.is_blocked(path):
            return Outcome(1, stderr=_blocked(path))
        text = self._host.disk.read(path).decode("utf-8")
        total = Outcome()
        for raw in text.splitlines():
            variables = _variables(self._host, self._folder, total.exit_code)
            expanded = command_line.expand_batch(raw.strip().removeprefix("@"), variables, path, arguments)
            if not expanded or expanded.startswith("::"):
                continue
            total = _joined(total, self.line(expanded))
            if self._exit is not None:
                return Outcome(self._exit, total.stdout, total.stderr)
        return total

    def line(self, text: str) -> Outcome:
        total = Outcome()
        for command in command_line.split_commands(text):
            if command.operator == "|":
                raise CommandLineError("pipes are not imitated")
            if (command.operator == "&&" and total.exit_code) or (command.operator == "||" and not total.exit_code):
                continue
            total = _joined(total, self._redirected(command, total.exit_code))
        return total

    def _redirected(self, command: Command, error_level: int) -> Outcome:
        for operator, name in command.redirections:
            if operator == "<" and not self._host.disk.is_file(self._path(name)):
                return Outcome(1, stderr=f"The file {name} was not found.\r\n")
        outcome = self._command(command.text, error_level)
        for operator, name in command.redirections:
            if operator.startswith(">") and "&" not in operator:
                path = self._path(name)
                before = self._host.disk.read(path) if operator == ">>" and self._host.disk.is_file(path) else b""
                self._host.disk.write(path, before + outcome.stdout.encode())
                outcome = Outcome(outcome.exit_code, "", outcome.stderr)
        return outcome

    def _path(self, name: str) -> str:
        return name if ntpath.splitdrive(name)[0] else paths.join(self._folder, name)

    def _command(self, text: str, error_level: int) -> Outcome:
        word, rest = command_line.split_program(text)
        low = word.lower()
        if low in ("", "rem"):
            return Outcome(error_level)
        if low == "echo":
            said = rest.strip()
            return Outcome(error_level, "" if said.lower() in ("on", "off") else f"{said}\r\n")
        if low == "exit":
            code = re.fullmatch(r"\s*(?:/b)?\s*(-?\d+)?\s*", rest, re.IGNORECASE)
            if code is None:
                raise CommandLineError(f"exit {rest.strip()} is not imitated")
            self._exit = int(code.group(1) or error_level)
            return Outcome(self._exit)
        if ntpath.splitext(word)[1].lower() in _BATCH:
            if not self._host.disk.is_file(self._path(word)):
                return Outcome(1, stderr=f"The file {word} was not found.\r\n")
            return _Batch(self._host, self._folder).file(word, rest.lstrip())
        try:
            return start(self._host, text, self._folder)
        except NoSuchProgramError:
            return Outcome(_NO_SUCH_COMMAND, stderr=f"'{word}' is neither a command nor a program.\r\n")


def _joined(before: Outcome, after: Outcome) -> Outcome:
    return Outcome(after.exit_code, before.stdout + after.stdout, before.stderr + after.stderr)


def _blocked(path: str) -> str:
    return f"{path} came from another computer and is blocked; unblock the archive before it is unpacked.\r\n"


def _powershell(host: Host, rest: str, folder: str) -> Outcome:
    arguments = command_line.split_arguments("powershell.exe " + rest)[1:]
    while arguments:
        argument = arguments.pop(0)
        low = argument.lower()
        if low in _POWERSHELL_SWITCHES:
            continue
        if low == "-executionpolicy" and arguments:
            arguments.pop(0)
        elif low == "-file" and arguments:
            return _script(host, arguments.pop(0), arguments, folder)
        else:
            raise NotEmulatedError(f"powershell.exe {argument}")
    raise NotEmulatedError("powershell.exe without -File")


def _script(host: Host, script: str, arguments: list[str], folder: str) -> Outcome:
    path = script if ntpath.splitdrive(script)[0] else paths.join(folder, script)
    if not host.disk.is_file(path):
        return Outcome(_NO_SCRIPT, stderr=f"There is no script {path}.\r\n")
    if host.disk.is_blocked(path):
        return Outcome(1, stderr=_blocked(path))
    block = param_block(host.disk.read(path).decode("utf-8-sig"))
    if "GatewaySiteName" not in {parameter.name for parameter in block.parameters}:
        raise NotEmulatedError(f"the script {path}")
    try:
        bound = bind_arguments(block, arguments)
    except BindingError as error:
        return Outcome(1, stderr=f"{path} : {error}\r\n")
    result = setup_program.run(host, host.disk.true_path(ntpath.dirname(path)), bound)
    text = result.message + "\r\n"
    return Outcome(result.exit_code, text) if result.exit_code == 0 else Outcome(result.exit_code, stderr=text)


def _iisreset(host: Host, rest: str, folder: str) -> Outcome:
    if rest.strip().lower() not in ("", "/restart", "/noforce"):
        raise NotEmulatedError(f"iisreset {rest.strip()}")
    boots = host.boots
    host.stop_iis()
    try:
        host.pause(host.options.iisreset_seconds, boots)
    finally:
        host.start_iis()

    def restart(state: State) -> None:
        state["iisreset_runs"] += 1
        for item in (*state["iis"]["sites"], *state["iis"]["pools"]):
            if item.get("auto_start", True):
                item["state"] = iis.STARTED

    host.state.change(restart)
    return Outcome(stdout="Internet services were restarted.\r\n")


def _hostname(host: Host, rest: str, folder: str) -> Outcome:
    return Outcome(stdout=host.environment["COMPUTERNAME"] + "\r\n")


def _whoami(host: Host, rest: str, folder: str) -> Outcome:
    name = f"{host.environment['COMPUTERNAME']}\\{host.environment['USERNAME']}".lower()
    return Outcome(stdout=name + "\r\n")


_PROGRAMS: Mapping[str, Callable[[Host, str, str], Outcome]] = {
    "cmd": _cmd,
    "hostname": _hostname,
    "iisreset": _iisreset,
    "powershell": _powershell,
    "whoami": _whoami,
}
