"""Command shells (WinRS) and the table of all open shells (windows-lab.md 2)."""

from __future__ import annotations

import base64
import threading
import traceback
import uuid
from abc import ABC, abstractmethod

from office365_lab.windows import payload, wsman
from office365_lab.windows.call import PayloadError
from office365_lab.windows.execute import Reply, execute
from office365_lab.windows.host import Host
from office365_lab.windows.wsman import RSP, Request, WsmanError

_MAX_COMMANDS = 1500  # in one shell, as Windows allows by default
_SHORTEST_WAIT = 0.1


class ConnectionLostError(Exception):
    """The client gets no answer: the connection is to be dropped."""


class Shell(ABC):
    """One shell on one host. A Receive that sees nothing for the request's timeout is a fault that clients repeat."""

    output_streams: str

    def __init__(self, host: Host, client: str, shell_id: str | None = None) -> None:
        self.host = host
        self.client = client
        self.id = (shell_id or str(uuid.uuid4())).upper()
        self.boots = host.boots

    @abstractmethod
    def command(self, request: Request) -> bytes:
        """Make a command or pipeline."""

    @abstractmethod
    def send(self, request: Request) -> bytes:
        """Take input."""

    @abstractmethod
    def receive(self, request: Request) -> bytes:
        """Give output, waiting for it."""

    @abstractmethod
    def signal(self, request: Request) -> bytes:
        """End a command."""


def wait_seconds(request: Request) -> float:
    """How long a Receive may wait."""
    return max(_SHORTEST_WAIT, request.timeout)


def timed_out() -> WsmanError:
    """The fault of a Receive that saw nothing."""
    return WsmanError(wsman.TIMED_OUT, "There was no output within the operation timeout.")


class _Command:
    def __init__(self, line: str) -> None:
        self.line = line
        self.stdin = bytearray()
        self.done = threading.Event()
        self.reply = Reply(lost=True)


class WinrsShell(Shell):
    """A command shell: each command is a process with standard streams."""

    output_streams = "stdout stderr"

    def __init__(self, host: Host, client: str) -> None:
        super().__init__(host, client)
        self._commands: dict[str, _Command] = {}
        self._count = 0

    def command(self, request: Request) -> bytes:
        """Start at once when no input will follow, else when the input has ended."""
        self._count += 1
        if self._count > _MAX_COMMANDS:
            raise WsmanError(wsman.QUOTA, "too many commands in one shell", wmi_code=wsman.QUOTA)
        element = request.find("CommandLine")
        words = [element.findtext(RSP + "Command") or ""]
        words += [argument.text or "" for argument in element.findall(RSP + "Arguments")]
        command, command_id = _Command(" ".join(words)), str(uuid.uuid4()).upper()
        self._commands[command_id] = command
        if request.options.get("WINRS_CONSOLEMODE_STDIN", "TRUE").upper() == "TRUE":
            self._start(command)
        return wsman.command_created(request, command_id)

    def send(self, request: Request) -> bytes:
        """Collect input; the chunk with ``End`` starts the command."""
        for stream in request.body.iter(RSP + "Stream"):
            command = self._find(stream.get("CommandId"))
            command.stdin += base64.b64decode(stream.text or "")
            if (stream.get("End") or "").lower() == "true":
                self._start(command)
        return wsman.sent(request)

    def receive(self, request: Request) -> bytes:
        """All output at once, when the command has ended."""
        command_id = request.find("Receive/DesiredStream").get("CommandId")
        command = self._find(command_id)
        if not command.done.wait(wait_seconds(request)):
            raise timed_out()
        reply = command.reply
        if reply.lost:
            raise ConnectionLostError
        stdout = "".join(line + "\r\n" for line in reply.lines).encode()
        streams = [("stdout", stdout), ("stderr", reply.stderr.encode())]
        return wsman.received(request, command_id, streams, done=True, exit_code=reply.exit_code)

    def signal(self, request: Request) -> bytes:
        """Forget the command; what runs on the host runs on."""
        self._commands.pop(request.find("Signal").get("CommandId", "").upper(), None)
        return wsman.signalled(request)

    def _find(self, command_id: str | None) -> _Command:
        command = self._commands.get((command_id or "").upper())
        if command is None:
            raise WsmanError(wsman.NO_SUCH_SHELL, f"there is no command {command_id}")
        return command

    def _start(self, command: _Command) -> None:
        threading.Thread(target=self._work, args=(command,), daemon=True).start()

    def _work(self, command: _Command) -> None:
        try:
            script = payload.script_of(command.line)
            text = command.line if script is None else script
            command.reply = execute(self.host, text, bytes(command.stdin), client=self.client)
        except PayloadError as error:
            command.reply = Reply(exit_code=1, stderr=f"office365-lab: {error}\r\n")
        except Exception as error:  # a thread has nobody above it, and the client must not wait for ever
            traceback.print_exc()
            command.reply = Reply(exit_code=1, stderr=f"office365-lab has a fault of its own: {error!r}\r\n")
        finally:
            command.done.set()


class ShellTable:
    """All open shells, of all hosts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shells: dict[str, Shell] = {}

    def add(self, shell: Shell) -> None:
        """Keep a new shell."""
        with self._lock:
            self._shells[shell.id] = shell

    def find(self, host: Host, request: Request) -> Shell:
        """The shell that the request names. Raises :class:`WsmanError` where it is gone, as after a restart."""
        with self._lock:
            shell = self._shells.get(request.selectors.get("ShellId", "").upper())
            if shell is None or shell.host is not host or shell.boots != host.boots:
                raise WsmanError(wsman.NO_SUCH_SHELL, "there is no such shell")
            return shell

    def remove(self, shell: Shell) -> None:
        """Forget a shell."""
        with self._lock:
            self._shells.pop(shell.id, None)

    def __len__(self) -> int:
        return len(self._shells)
