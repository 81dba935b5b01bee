"""One endpoint host: its disk, its state, its clock, and whether it can be reached."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from office365_lab.faults import Fault, FaultPlan
from office365_lab.options import LabOptions
from office365_lab.windows.disk import Disk
from office365_lab.windows.state import HostState
from office365_lab.wirelog import WireLog

if TYPE_CHECKING:
    from office365_lab.windows.network import Network

CHANNEL = "winrm"


class HostGoneError(Exception):
    """The host went down while something ran on it: there will be no answer."""


class Host:
    """``folder`` holds ``C/`` (the disk) and ``state.json``. ``network`` answers the host's web requests."""

    def __init__(
        self,
        name: str,
        number: int,
        folder: Path,
        *,
        username: str,
        sql_login: tuple[str, str],
        options: LabOptions,
        wire: WireLog,
        faults: FaultPlan,
        network: Network,
    ) -> None:
        self.name = name
        self.number = number
        self.folder = folder
        self.options = options
        self.wire = wire
        self.faults = faults
        self.network = network
        self.sql_username, self.sql_password = sql_login
        self.environment = _environment(name, username)
        self.state = HostState(folder / "state.json")
        self.disk = Disk(folder / "C", self.state, self.environment)
        self._stopping = threading.Event()
        self._power = threading.Condition()
        self._boots = 0
        self._down_until = 0.0
        self._iis_stops = 0
        self._commands: list[str] = []

    @property
    def source_address(self) -> str:
        """Where requests of this host come from: the Public API's allowed networks decide on it."""
        return f"127.0.{self.number + 10}.1"

    @property
    def reachable(self) -> bool:
        """False while the host restarts."""
        return time.monotonic() >= self._down_until

    @property
    def boots(self) -> int:
        """How often the host was restarted; work begun before a restart is lost."""
        return self._boots

    @property
    def iis_runs(self) -> bool:
        """False while iisreset works and while the host restarts."""
        return self._iis_stops == 0 and self.reachable

    def fault(self, call: str, *words: str) -> Fault | None:
        """A planned fault of the channel ``winrm`` that is due for this call."""
        return self.faults.take(CHANNEL, self.name, call, *words)

    def pause(self, seconds: float, boots: int | None = None) -> None:
        """Let time pass. Raises :class:`HostGoneError` when the host restarts or the lab ends meanwhile.

        ``boots`` is the count when the work began (now, if not given).
        """
        began = self._boots if boots is None else boots
        with self._power:
            self._power.wait_for(lambda: self._stopping.is_set() or self._boots != began, timeout=seconds)
        self.require_boot(began)

    def wait_for(self, event: threading.Event, seconds: float) -> None:
        """Wait for an event, at most that long; wakes up when the lab ends. Raises nothing."""
        end = time.monotonic() + seconds
        while not event.is_set() and not self._stopping.is_set() and (left := end - time.monotonic()) > 0:
            event.wait(min(left, 1.0))

    def require_boot(self, boots: int) -> None:
        """Raises :class:`HostGoneError` where the host was restarted since, or the lab ends."""
        if self._stopping.is_set() or self._boots != boots:
            raise HostGoneError(f"{self.name} went down")

    def restart(self, seconds: float) -> None:
        """Go down at once and be unreachable for that long; every process of the host ends."""
        with self._power:
            self._boots += 1
            self._down_until = time.monotonic() + seconds
            self._power.notify_all()

    def stop(self) -> None:
        """The lab ends: wake whatever waits."""
        with self._power:
            self._stopping.set()
            self._power.notify_all()

    @property
    def commands(self) -> list[str]:
        """The command lines of what runs on the host now; only what takes time is among them."""
        with self._power:
            return list(self._commands)

    @contextmanager
    def running(self, command: str) -> Iterator[None]:
        """A process with this command line runs for the time of the block."""
        with self._power:
            self._commands.append(command)
        try:
            yield
        finally:
            with self._power:
                self._commands.remove(command)

    def stop_iis(self) -> None:
        """Web requests fail until :meth:`start_iis`."""
        with self._power:
            self._iis_stops += 1

    def start_iis(self) -> None:
        """End what :meth:`stop_iis` began."""
        with self._power:
            self._iis_stops -= 1

    def log(self, call: str, **members: Any) -> None:
        """Write a line of the wire log for this host."""
        self.wire.append(CHANNEL, call, host=self.name, **members)


def _environment(name: str, username: str) -> dict[str, str]:
    user = username.rsplit("\\", 1)[-1].split("@")[0]
    profile = rf"C:\Users\{user}"
    return {
        "APPDATA": rf"{profile}\AppData\Roaming",
        "COMPUTERNAME": name.upper()[:15],
        "COMSPEC": r"C:\Windows\system32\cmd.exe",
        "LOCALAPPDATA": rf"{profile}\AppData\Local",
        "PATH": r"C:\Windows\system32;C:\Windows",
        "PROGRAMDATA": r"C:\ProgramData",
        "PROGRAMFILES": r"C:\Program Files",
        "SYSTEMDRIVE": "C:",
        "SYSTEMROOT": r"C:\Windows",
        "TEMP": rf"{profile}\AppData\Local\Temp",
        "TMP": rf"{profile}\AppData\Local\Temp",
        "USERNAME": user,
        "USERPROFILE": profile,
        "WINDIR": r"C:\Windows",
    }
