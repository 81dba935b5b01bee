"""files/launch.py of the role common with small scripts, in Python 3 and, if there is one, 2.7."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

LAUNCHER = Path(__file__).resolve().parents[2] / "roles" / "common" / "files" / "launch.py"
PYTHONS = [sys.executable, *map(str, sorted(Path.home().glob(".pyenv/versions/2.7*/bin/python2.7"))[-1:])]
SECRET = "pa ss'w\"ö$rd"


class Launcher:
    """Starts a script of the test and watches it."""

    def __init__(self, python: str, folder: Path) -> None:
        self._python = python
        self._folder = folder
        self.paths = [str(folder / name) for name in ("log", "status", "lock")]
        (folder / "launch.py").write_bytes(LAUNCHER.read_bytes())

    def call(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
        command = [self._python, "launch.py", arguments[0], *self.paths, *arguments[1:]]
        return subprocess.run(
            command, cwd=self._folder, input=given.encode(), capture_output=True, check=False, timeout=30
        )

    def start(self, script: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
        (self._folder / "script.py").write_text(f"# coding: utf-8\n{script}\n", encoding="utf-8")
        return self.call("start", "0", "--secret", "script.py", *arguments, given=given)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.call("state").stdout)
        return found

    def ended(self) -> dict[str, Any]:
        deadline = time.monotonic() + 20
        while self.state()["state"] == "running":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self.state()


@pytest.fixture(params=PYTHONS, ids=lambda path: Path(path).name)
def launcher(request: pytest.FixtureRequest, tmp_path: Path) -> Launcher:
    return Launcher(request.param, tmp_path)


def test_the_script_sees_the_password_and_the_log_does_not(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("NAME = 'helper'\n", encoding="ascii")
    script = (
        "import helper, io, sys\n"
        "secret = sys.argv[-1]\n"
        "io.open('seen', 'wb').write(secret if isinstance(secret, bytes) else secret.encode('utf-8'))\n"
        "sys.stderr.write('got ' + secret + ' twice ' + secret + '\\n')\n"
        "print(helper.NAME, sys.argv[:-1], __name__)\n"
    )
    assert launcher.start(script, "--file", "a b", given=SECRET).returncode == 0
    found = launcher.ended()
    assert (found["state"], found["rc"]) == ("ended", 0)
    assert (tmp_path / "seen").read_text(encoding="utf-8") == SECRET
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "got ******** twice ********" in log
    assert SECRET not in log
    assert "['script.py', '--file', 'a b', '--secret']" in log
    assert "__main__" in log
    assert found["tail"] == log.splitlines()
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "seen").stat().st_mode) == 0o600


def test_without_a_password_there_is_no_option(launcher: Launcher) -> None:
    launcher.start("import sys; print(sys.argv)", "--file", "x")
    assert launcher.ended()["tail"] == ["['script.py', '--file', 'x']"]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("import sys; sys.exit(3)", 3),
        ("raise ValueError('broken')", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15),
        ("syntax error", 1),
    ],
)
def test_exit_codes(launcher: Launcher, script: str, code: int) -> None:
    launcher.start(script)
    assert launcher.ended()["rc"] == code


def test_a_second_start_is_refused_while_the_first_runs(launcher: Launcher, tmp_path: Path) -> None:
    script = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)"
    assert launcher.start(script).returncode == 0
    assert launcher.state()["state"] == "running"
    refused = launcher.call("start", "0", "--secret", "script.py")
    assert (refused.returncode, refused.stderr) == (75, b"another script of the vendor is still running\n")
    (tmp_path / "go").touch()
    assert launcher.ended()["rc"] == 0


def test_a_script_that_went_with_its_watcher(launcher: Launcher, tmp_path: Path) -> None:
    launcher.start("import os, time\nopen('ids', 'w').write('%d %d' % (os.getppid(), os.getpid()))\ntime.sleep(30)")
    deadline = time.monotonic() + 20
    while not (tmp_path / "ids").exists() or not (tmp_path / "ids").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for process in (tmp_path / "ids").read_text().split():
        os.kill(int(process), signal.SIGKILL)
    assert launcher.ended() == {"state": "gone", "rc": None, "tail": []}


def test_only_the_end_of_a_long_log_is_told(launcher: Launcher) -> None:
    launcher.start("for number in range(1000): print('line %d' % number)")
    assert launcher.ended()["tail"] == [f"line {number}" for number in range(980, 1000)]


def test_a_lock_that_nobody_holds_does_not_count(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    assert launcher.state()["state"] == "gone"
    with (tmp_path / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert launcher.state()["state"] == "running"


def test_a_look_waits_for_the_end(launcher: Launcher, tmp_path: Path) -> None:
    launcher.start("import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)")
    assert json.loads(launcher.call("state", "0.3").stdout)["state"] == "running"
    (tmp_path / "go").touch()
    assert json.loads(launcher.call("state", "20").stdout) == {"state": "ended", "rc": 0, "tail": []}


def test_a_start_tells_the_outcome_of_a_quick_script(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("print('done'); raise SystemExit(3)", encoding="utf-8")
    quick = launcher.call("start", "20", "--secret", "script.py", given=SECRET)
    assert (quick.returncode, json.loads(quick.stdout)) == (0, {"state": "ended", "rc": 3, "tail": ["done"]})
    (tmp_path / "script.py").write_text("import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)")
    slow = launcher.call("start", "0.3", "--secret", "script.py")
    assert (slow.returncode, json.loads(slow.stdout)["state"]) == (0, "running")
    (tmp_path / "go").touch()
    assert launcher.ended()["rc"] == 0


def test_the_room_for_the_exit_code_is_taken_before_the_script_begins(launcher: Launcher, tmp_path: Path) -> None:
    launcher.start("import os\nopen('seen', 'w').write(str(os.path.getsize('status.new')))\nraise SystemExit(-1)")
    assert launcher.ended()["rc"] == 255
    assert int((tmp_path / "seen").read_text()) == (tmp_path / "status").stat().st_size == 64


def test_a_second_start_forgets_the_first_outcome(launcher: Launcher, tmp_path: Path) -> None:
    launcher.start("raise SystemExit(3)")
    assert launcher.ended()["rc"] == 3
    launcher.start("import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)")
    assert launcher.state() == {"state": "running", "rc": None, "tail": []}
    (tmp_path / "go").touch()
    assert launcher.ended()["rc"] == 0


def test_nothing_is_started_where_the_exit_code_could_not_be_kept(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "status.new").symlink_to("/dev/full")
    refused = launcher.start("open('begun', 'w')")
    assert refused.returncode == 74
    assert b"the script was not started, because its exit code could not be kept" in refused.stderr
    assert b"No space left on device" in refused.stderr
    assert launcher.state() == {"state": "gone", "rc": None, "tail": []}
    assert not (tmp_path / "begun").exists()
    (tmp_path / "status.new").unlink()
    launcher.start("raise SystemExit(3)")
    assert launcher.ended()["rc"] == 3


def test_the_exit_code_is_kept_where_the_log_has_no_room(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/dev/full")
    script = "for number in range(20000): print('line %d' % number)\nopen('whole', 'w')\nraise SystemExit(5)"
    launcher.start(script)
    deadline = time.monotonic() + 20
    while not (tmp_path / "whole").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (tmp_path / "log").unlink()  # nothing can be read from the end of this device
    assert launcher.ended() == {"state": "ended", "rc": 5, "tail": []}
