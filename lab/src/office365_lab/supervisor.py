"""Starting, asking and ending the server process of a lab."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from office365_lab import billing, control, description, inventory, lock, state
from office365_lab.installation import plan_installation
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions

_START_SECONDS = 180.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.05
_LOG_TAIL = 15
_TEMPORARY_PREFIX = "o365lab-"  # of the folders that a lab makes outside its own


class LabError(Exception):
    """A lab cannot do what it was asked for; the text says why and what to do."""


def up(folder: Path, options: LabOptions) -> dict[str, Any]:
    """Start a lab in ``folder`` and return its description once everything answers.

    Raises ``ValueError`` for impossible options and :class:`LabError` where the folder is taken by a running
    lab or by something else, or where the lab does not come up.
    """
    plan_installation(options)
    layout = LabLayout(folder)
    _refuse_foreign(layout)
    layout.root.mkdir(parents=True, exist_ok=True)
    held = lock.take(_lock_path(layout))
    if held is None:
        raise LabError(f"a lab is already running in {layout.root}: end it with 'office365-lab down {layout.root}'")
    try:
        _clean(layout)
        description.write(layout, description.starting(options))
        return _start(layout, held)
    finally:
        os.close(held)


def down(folder: Path) -> bool:
    """End the lab in ``folder``; False where none was running. Returns when all its processes are gone."""
    layout = LabLayout(folder)
    if not is_running(layout):
        _remove_leftovers(layout)
        return False
    deadline = time.monotonic() + _STOP_SECONDS
    asked = False
    while is_running(layout):
        pid = _pid(layout)
        if pid is not None and not asked:
            _signal(pid, signal.SIGTERM)
            asked = True
        if time.monotonic() > deadline:
            if pid is not None:
                _signal(pid, signal.SIGKILL)
            raise LabError(f"the lab in {layout.root} did not end within {_STOP_SECONDS:.0f} s and was killed")
        time.sleep(_POLL_SECONDS)
    return True


def reset(folder: Path) -> dict[str, Any]:
    """Bring a lab back to its start state; its description.

    A running lab keeps its addresses and passwords; one that has ended is started again with its options.
    Raises :class:`LabError` where there is no lab in ``folder``.
    """
    layout = LabLayout(folder)
    told = _describe(layout)
    if not is_running(layout):
        return up(folder, LabOptions.from_json(told["options"]))
    if told["status"] != description.RUNNING:
        raise LabError(f"the lab in {layout.root} is {told['status']}: try again when it is running")
    control.ask(Path(told["control_socket"]), "reset")
    return told


def current_state(folder: Path) -> state.Snapshot:
    """The state snapshot of a running lab, or the last one of a lab that has ended.

    Raises :class:`LabError` where there is none.
    """
    layout = LabLayout(folder)
    told = _describe(layout)
    if told["status"] == description.RUNNING and is_running(layout):
        # a lab that ends right now has saved its state: fall through to that
        with contextlib.suppress(OSError):
            answer: state.Snapshot = control.ask(Path(told["control_socket"]), "state")
            return answer
    try:
        return state.load(state.saved_path(layout))
    except FileNotFoundError:
        raise LabError(f"no lab runs in {layout.root} and the last one left no state behind") from None


def is_running(layout: LabLayout) -> bool:
    """True while a lab is starting, running or ending in this folder."""
    return lock.is_taken(_lock_path(layout))


def _lock_path(layout: LabLayout) -> Path:
    return layout.root / "lab.lock"


def _refuse_foreign(layout: LabLayout) -> None:
    if layout.root.exists() and not layout.root.is_dir():
        raise LabError(f"{layout.root} is not a folder")
    if layout.root.exists() and any(layout.root.iterdir()) and not layout.lab_json.exists():
        raise LabError(f"{layout.root} is not empty and not the folder of a lab: name a new or empty folder")


def _clean(layout: LabLayout) -> None:
    """Remove what an earlier lab left in the folder; files of others stay."""
    _remove_leftovers(layout)
    generated = (
        layout.lab_json,
        layout.wire_log,
        layout.faults,
        layout.server_log,
        layout.inventory,
        layout.packages,
        layout.certificates,
        layout.management_node,
        layout.endpoint_hosts,
        layout.billing,
        billing.server(layout),
        billing.operator_files(layout),
        inventory.report_folder(layout),
        state.saved_path(layout),
    )
    for path in generated:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _remove_leftovers(layout: LabLayout) -> None:
    """Remove the temporary folders of a lab that was killed; one that ended by itself left none."""
    if not layout.lab_json.exists():
        return
    told = layout.describe()
    if told["status"] != description.RUNNING:
        return
    for path in (Path(told["control_socket"]).parent, Path(told["database"]["host"])):
        if path.name.startswith(_TEMPORARY_PREFIX):
            shutil.rmtree(path, ignore_errors=True)
    description.write(layout, {**told, "status": description.ENDED})


def _start(layout: LabLayout, held: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "office365_lab.server_process", str(layout.root), str(os.getpid())]
    with layout.server_log.open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            pass_fds=(held,),
        )
    try:
        return _wait_until_ready(layout, process)
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _wait_until_ready(layout: LabLayout, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        told = layout.describe()
        if told["status"] == description.RUNNING:
            return told
        if process.poll() is not None:
            raise LabError(f"the lab did not start; the end of {layout.server_log}:\n{_tail(layout.server_log)}")
        time.sleep(_POLL_SECONDS)
    raise LabError(f"the lab was not ready after {_START_SECONDS:.0f} s; see {layout.server_log}")


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL:])


def _describe(layout: LabLayout) -> dict[str, Any]:
    try:
        return layout.describe()
    except FileNotFoundError:
        raise LabError(f"there is no lab in {layout.root}") from None


def _pid(layout: LabLayout) -> int | None:
    try:
        pid: int | None = layout.describe()["pid"]
    except FileNotFoundError:
        return None
    return pid


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
