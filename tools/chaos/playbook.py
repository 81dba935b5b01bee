"""Run the upgrade and kill it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PROC = Path("/proc")
_POLL_SECONDS = 0.02


@dataclasses.dataclass(frozen=True)
class Run:
    """How a run ended; ``output`` is what it printed."""

    exit_code: int
    output: str
    killed: bool


def run(
    command: Sequence[str],
    env: Mapping[str, str],
    log: Path,
    seconds: float,
    is_due: Callable[[], bool] = lambda: False,
    *,
    orphans: bool = False,
    foreign: str = "",
) -> Run:
    """Run ``command``; kill it with SIGKILL as soon as ``is_due``.

    ``orphans``: only its process group, so that processes in groups of their own go on. Otherwise its whole tree, but
    for processes that have ``foreign`` in their command line: they stand for those of another machine.
    Raises ``TimeoutError`` where the run takes longer than ``seconds``; it has been killed then.
    """
    begin = log.stat().st_size if log.exists() else 0
    deadline = time.monotonic() + seconds
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        killed = False
        while process.poll() is None:
            if time.monotonic() > deadline:
                _kill(process.pid, descendants(process.pid))
                raise TimeoutError(f"the run took longer than {seconds:.0f} s; see {log}")
            if is_due():
                _kill(process.pid, [] if orphans else descendants(process.pid, foreign))
                killed = True
                process.wait()
                break
            time.sleep(_POLL_SECONDS)
    with log.open("rb") as stream:
        stream.seek(begin)
        text = stream.read().decode("utf-8", "replace")
    return Run(process.returncode, text, killed)


def _kill(group: int, others: Sequence[int]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    for number in others:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def descendants(number: int, foreign: str = "") -> list[int]:
    """The processes below process ``number``, without those that have ``foreign`` in their command line."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
                if not foreign or foreign not in (folder / "cmdline").read_text(encoding="utf-8", errors="replace"):
                    children.setdefault(parent, []).append(int(folder.name))
    found: list[int] = []
    waiting = [number]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found
