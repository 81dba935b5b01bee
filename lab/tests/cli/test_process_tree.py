"""The lab as a process tree: it ends when it should, leaves nothing behind, stays small, and has neighbours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

COMMAND = str(Path(sys.executable).with_name("office365-lab"))
SMALL = ("--subscriptions", "4", "--hosts", "1", "--gateways", "1")
MEGABYTE = 1024


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)


def _up(folder: Path, *options: str) -> dict[str, Any]:
    done = _run("up", "--dir", folder, *SMALL, *options)
    assert done.returncode == 0, done.stderr
    return _told(folder)


def _told(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "lab.json").read_text(encoding="utf-8"))
    return data


def _wait(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def _stat(pid: int) -> tuple[str, int, str] | None:
    """State letter, parent and start time of a process; None where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[1]), fields[19]


def _tree(root: int) -> dict[int, str]:
    """The process and everything below it: process id -> start time."""
    processes = {int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found: dict[int, str] = {}
    fresh = {root}
    while fresh:
        found.update({pid: stat[2] for pid in fresh if (stat := processes.get(pid)) is not None})
        fresh = {pid for pid, stat in processes.items() if stat is not None and stat[1] in fresh and pid not in found}
    return found


def _alive(tree: dict[int, str]) -> list[int]:
    return [
        pid
        for pid, started in tree.items()
        if (stat := _stat(pid)) is not None and stat[2] == started and stat[0] != "Z"
    ]


def _temporary_folders(told: dict[str, Any]) -> list[Path]:
    return [Path(told["database"]["host"]), Path(told["control_socket"]).parent]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose lab is ended however the test ends."""
    yield tmp_path / "lab"
    _run("down", tmp_path / "lab")


def test_down_leaves_nothing_behind_but_the_last_state(folder: Path) -> None:
    told = _up(folder)
    tree = _tree(told["pid"])
    assert len(tree) > 3  # the server, the watcher of the database, the database and its own processes
    state = json.loads(_run("state", folder).stdout)
    assert _run("down", folder).stdout == "ended\n"
    assert _alive(tree) == []
    assert [path for path in _temporary_folders(told) if path.exists()] == []
    assert json.loads(_run("state", folder).stdout) == state
    assert _told(folder)["status"] == "ended"
    again = _run("down", folder)
    assert (again.returncode, again.stdout) == (0, "no lab is running there\n")


def test_an_ended_lab_is_started_again_in_the_same_folder(folder: Path) -> None:
    first = _up(folder)
    _run("down", folder)
    (folder / "notes.txt").write_text("kept")
    second = _up(folder)
    assert first["credentials"] != second["credentials"]
    assert (folder / "notes.txt").read_text() == "kept"
    assert not (folder / "last-state.json").exists()
    _run("down", folder)
    assert _run("reset", folder).returncode == 0
    assert _told(folder)["status"] == "running"
    assert _told(folder)["options"] == second["options"]


def test_a_lab_ends_by_itself(folder: Path) -> None:
    told = _up(folder, "--max-seconds", "12")
    tree = _tree(told["pid"])
    _wait(lambda: not _alive(tree))
    assert [path for path in _temporary_folders(told) if path.exists()] == []
    assert json.loads(_run("state", folder).stdout)["format"] == 1


def test_a_terminated_server_leaves_nothing_behind(folder: Path) -> None:
    told = _up(folder)
    tree = _tree(told["pid"])
    os.kill(told["pid"], signal.SIGTERM)
    _wait(lambda: not _alive(tree))
    assert [path for path in _temporary_folders(told) if path.exists()] == []


def test_a_killed_server_takes_its_database_with_it_and_the_folder_can_be_used_again(folder: Path) -> None:
    told = _up(folder)
    tree = _tree(told["pid"])
    os.kill(told["pid"], signal.SIGKILL)
    _wait(lambda: not _alive(tree))
    lost = _run("state", folder)
    assert lost.returncode == 1
    assert "left no state behind" in lost.stderr
    assert _run("down", folder).returncode == 0
    assert [path for path in _temporary_folders(told) if path.exists()] == []
    _up(folder)


def test_a_killed_starter_leaves_no_lab_that_nobody_knows(folder: Path) -> None:
    starter = subprocess.Popen([COMMAND, "up", "--dir", str(folder), *SMALL], stdout=subprocess.DEVNULL)
    _wait(lambda: (folder / "lab.json").exists() and _told(folder)["pid"] is not None)
    tree = _tree(_told(folder)["pid"])
    starter.kill()
    starter.wait()
    _wait(lambda: not _alive(tree))
    done = _run("down", folder)
    assert done.stdout == "no lab is running there\n"
    _up(folder)


def test_an_interrupted_starter_takes_its_lab_with_it(folder: Path) -> None:
    starter = subprocess.Popen(
        [COMMAND, "up", "--dir", str(folder), *SMALL],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # whoever runs the tests in the background of a shell has this signal ignored, and so would the starter
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    _wait(lambda: (folder / "lab.json").exists() and _told(folder)["pid"] is not None)
    tree = _tree(_told(folder)["pid"])
    starter.send_signal(signal.SIGINT)
    assert starter.wait(timeout=30) != 0
    assert _alive(tree) == []


def test_a_lab_outlives_the_session_that_started_it(folder: Path) -> None:
    told = _up(folder)
    assert os.getsid(told["pid"]) == told["pid"] != os.getsid(0)


def test_two_labs_side_by_side(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / ("a long name with spaces " * 5 + "é")
    first, second = _up(folder), _up(other)
    try:
        assert set(first["ports"].values()).isdisjoint(second["ports"].values())
        python = other / "management-node" / "usr" / "bin" / "python"
        code = "from poaupdater.openapi import OpenAPI; OpenAPI().pem.deactivateST(st_id=11)"
        subprocess.run([str(python), "-c", code], check=True, timeout=30)
        active = {
            path: [row["active"] for row in json.loads(_run("state", path).stdout)["service_templates"][:1]]
            for path in (folder, other)
        }
        assert active == {folder: [True], other: [False]}
        assert _run("down", folder).returncode == 0
        assert json.loads(_run("state", other).stdout)["format"] == 1
    finally:
        _run("down", other)


def test_a_lab_that_cannot_start_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(_breaking_module(folder.parent)))
    done = _run("up", "--dir", folder, *SMALL)
    assert done.returncode == 1
    assert "did not start" in done.stderr
    assert "broken on purpose" in done.stderr


def _breaking_module(folder: Path) -> Path:
    """A folder with a module that keeps the server process, and only it, from starting a database."""
    path = folder / "breaking"
    path.mkdir()
    (path / "sitecustomize.py").write_text(
        "import sys\nif 'office365_lab.server_process' in sys.orig_argv:\n    raise SystemExit('broken on purpose')\n",
        encoding="utf-8",
    )
    return path


def test_memory_of_a_usual_lab(folder: Path) -> None:
    done = _run("up", "--dir", folder, "--gateways", "9", "--subscriptions", "2000")
    assert done.returncode == 0, done.stderr
    _run("state", folder)
    kilobytes = 0
    for pid in _tree(_told(folder)["pid"]):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    print(f"proportional set size of the process tree: {kilobytes // MEGABYTE} MB")
    assert 10 * MEGABYTE < kilobytes < 500 * MEGABYTE
