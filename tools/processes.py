"""Run a command to its end, with its output in a file and a limit on its time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TIMED_OUT = 124  # as timeout(1) says it

_running: set[subprocess.Popen[bytes]] = set()
_starting = threading.Lock()  # held from before a command starts until it is in _running, so that end_all() misses none
_closed = threading.Event()  # set by end_all()


def run_logged(command: Sequence[str | Path], log: Path, *, cwd: Path, env: Mapping[str, str], seconds: float) -> int:
    """Run ``command`` without a terminal, append its output to ``log`` and return its exit code.

    After ``seconds``, or when this process is interrupted, the command's whole process group is ended.
    Raises ``RuntimeError`` after :func:`end_all`.
    """
    with log.open("ab") as output:
        with _starting:
            if _closed.is_set():
                raise RuntimeError(f"not started, for this process is ending: {' '.join(map(str, command))}")
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            _running.add(process)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            output.write(f"\nEnded after {seconds:.0f} s, its limit: {' '.join(map(str, command))}\n".encode())
            return TIMED_OUT
        finally:
            end_group(process)
            _running.discard(process)


def end_group(process: subprocess.Popen[bytes], patience: float = 20.0) -> None:
    """Ask the process group to end and insist after ``patience`` seconds; nothing to do where it has ended."""
    if process.poll() is not None:
        return
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def end_all() -> None:
    """End what :func:`run_logged` has running in other threads, and let it start nothing more: this process leaves."""
    _closed.set()
    with _starting:
        running = list(_running)
    for process in running:
        end_group(process)


@contextlib.contextmanager
def terminated_as_exit() -> Iterator[None]:
    """Make SIGTERM raise ``SystemExit``, so that clean-up runs as it does for Ctrl-C. For the main thread."""

    def leave(number: int, _frame: types.FrameType | None) -> None:
        raise SystemExit(128 + number)

    former = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
