"""files/lock.py of the role common where it cannot do its work, in Python 3 and, if there is one, 2.7."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from test_launcher import LAUNCHER, PYTHONS

LOCK = LAUNCHER.with_name("lock.py")


def run(python: str, action: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [python, "-", action, str(path), json.dumps({"id": "me"})]
    return subprocess.run(
        command, input=LOCK.read_text(encoding="utf-8"), capture_output=True, check=False, timeout=30, encoding="utf-8"
    )


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: Path(path).name)
def test_a_full_disk_is_told_in_one_line_and_leaves_nothing(python: str, tmp_path: Path) -> None:
    lock = tmp_path / "state" / "lock.json"
    lock.parent.mkdir()
    (lock.parent / "lock.json.me").symlink_to("/dev/full")
    failed = run(python, "take", lock)
    assert (failed.returncode, failed.stderr) == (1, f"{lock}: [Errno 28] No space left on device\n")
    assert list(lock.parent.iterdir()) == []
    taken = run(python, "take", lock)
    assert (taken.returncode, json.loads(taken.stdout)["held"]) == (0, True)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: Path(path).name)
def test_a_folder_that_cannot_be_made_is_told_in_one_line(python: str, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("", encoding="utf-8")
    failed = run(python, "take", tmp_path / "state" / "lock.json")
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert f"{tmp_path / 'state'}" in failed.stderr
