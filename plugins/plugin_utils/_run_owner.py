# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Who runs, and whether a run that holds a lock is still alive. For runs of this controller, where /proc is."""

from __future__ import annotations

import datetime
import getpass
import hashlib
import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PROC = Path("/proc")
MACHINE_ID = Path("/etc/machine-id")
# Members of an owner by which its process is recognised.
PROCESS = ("controller", "machine", "pid_namespace", "boot", "process", "process_start")
_FIRST_PID_NAMESPACE = "pid:[4026531836]"  # that of the machine itself: the kernel's PROC_PID_INIT_INO, 0xEFFFFFFC
_BOOT_ID = Path("sys/kernel/random/boot_id")
_START_TIME = 19  # the 22nd field of stat, counted from the one behind the name in parentheses


def owner(proc: Path = PROC) -> dict[str, Any]:
    """The run that this process belongs to: who, where, since when, and how to recognise its process."""
    number = _main_process(os.getpid(), proc)
    return {
        "id": uuid.uuid4().hex,
        "user": _user(),
        "controller": socket.gethostname(),
        "machine": _read(MACHINE_ID),
        "pid_namespace": _pid_namespace(proc),
        "boot": _read(proc / _BOOT_ID),
        "process": number,
        "process_start": _start(number, proc),
        "command": _command(number, proc),
        "since": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def is_dead(holder: Mapping[str, Any], proc: Path = PROC) -> bool:
    """Whether a run ended for sure: it was one of this controller, and none of its processes is there any more."""
    return _goes_on(holder, proc) is False


def is_alive(holder: Mapping[str, Any], proc: Path = PROC) -> bool:
    """Whether a run goes on for sure: it is one of this controller, and a process of it is there."""
    return _goes_on(holder, proc) is True


def _goes_on(holder: Mapping[str, Any], proc: Path) -> bool | None:
    """None where nobody can know from here.

    A worker outlives a run that was killed until its task has ended; until then it changes things. It looks like its
    run, for it was forked from it: same command line, started later. A run of the same command that is only waiting
    cannot be told from one, so it counts as alive, which is the safe side.

    Processes of another container cannot be seen, and containers of two machines may have the same name: nothing is
    known for sure of a run in another one (execution environments of AWX, jobs of a CI server). Where /proc hides the
    processes of other users (hidepid), a run that is not seen may still be there.
    """
    namespace = _pid_namespace(proc)
    is_here = holder.get("controller") == socket.gethostname() and holder.get("pid_namespace") == namespace
    if not (is_here and namespace and holder.get("process_start")):
        return None
    if holder.get("boot") != _read(proc / _BOOT_ID):
        # started again, if it is the same machine
        machine = _read(MACHINE_ID)
        is_same = namespace == _FIRST_PID_NAMESPACE and machine and holder.get("machine") == machine
        return False if is_same else None
    if _start(int(holder["process"]), proc) == str(holder["process_start"]) or any(_workers(holder, proc)):
        return True
    return False if _sees_all(proc) else None


def _sees_all(proc: Path) -> bool:
    """Whether the processes of other users are seen here: the first one is always there, and root's in most cases."""
    return bool(_start(1, proc))


def _workers(holder: Mapping[str, Any], proc: Path) -> Iterator[int]:
    """Processes with the command line of the holder's run, but for those of the run that asks."""
    own = _main_process(os.getpid(), proc)
    for folder in proc.iterdir():
        number = int(folder.name) if folder.name.isdecimal() else 0
        if number and _command(number, proc) == holder.get("command") and _main_process(number, proc) != own:
            yield number


def age(holder: Mapping[str, Any], now: datetime.datetime | None = None) -> str:
    """How long before ``now`` (UTC; the current time where it is left out) a run took its lock, for people."""
    try:
        since = datetime.datetime.strptime(str(holder.get("since")), "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return "an unknown time"
    now = now or datetime.datetime.now(datetime.timezone.utc)
    seconds = (now.replace(tzinfo=None) - since).total_seconds()
    for size, word in ((86400, "day(s)"), (3600, "hour(s)"), (60, "minute(s)")):
        if seconds >= size:
            return f"{int(seconds // size)} {word}"
    return f"{max(0, int(seconds))} second(s)"


def _pid_namespace(proc: Path) -> str:
    try:
        return str((proc / "self" / "ns" / "pid").readlink())
    except OSError:
        return ""


def _main_process(number: int, proc: Path) -> int:
    """The process that a worker was forked from, at any depth: a fork has the command line of its parent.

    What started the run is no part of it (sudo ansible-playbook, a shell with a script in /opt/ansible): it may end
    alone, and the run goes on.
    """
    command = _read(proc / str(number) / "cmdline")
    parent = _parent(number, proc)
    while parent > 1 and _read(proc / str(parent) / "cmdline") == command:
        number, parent = parent, _parent(parent, proc)
    return number


def _command(number: int, proc: Path) -> str:
    """The command line, not to be read by others: it may hold what the operator calls a secret."""
    return hashlib.sha256(_read(proc / str(number) / "cmdline").encode()).hexdigest()


def _fields(number: int, proc: Path) -> list[str]:
    """The fields of stat behind the name, which may hold spaces and parentheses."""
    return _read(proc / str(number) / "stat").rpartition(")")[2].split()


def _parent(number: int, proc: Path) -> int:
    fields = _fields(number, proc)
    return int(fields[1]) if len(fields) > 1 else 0


def _start(number: int, proc: Path) -> str:
    fields = _fields(number, proc)
    return fields[_START_TIME] if len(fields) > _START_TIME else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
