"""Running parts: outcomes are counted honestly, failures are shown, interrupted runs leave nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import parts, run_tests
from tools.checkout import ROOT
from tools.parts import Part, select
from tools.processes import TIMED_OUT, run_logged


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_tests, "RESULTS", tmp_path)
    return tmp_path


def python_part(name: str, code: str, junit: Path | None = None, seconds: float = 30.0) -> Part:
    return Part(name, (sys.executable, "-c", code), junit=junit, seconds=seconds)


def run(part: Part) -> run_tests.Outcome:
    return run_tests.run_part(part, threading.Lock())


def junit_text(tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> str:
    return (
        "<testsuites>"
        f'<testsuite tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"/>'
        "</testsuites>"
    )


def test_part_that_passes_counts_one_and_stays_quiet(capsys: pytest.CaptureFixture[str], results: Path) -> None:
    outcome = run(python_part("quiet", "print('hidden')"))
    assert (outcome.passed, outcome.failed, outcome.skipped, outcome.exit_code) == (1, 0, 0, 0)
    assert "hidden" not in capsys.readouterr().out
    assert (results / "quiet.log").read_text(encoding="utf-8") == "hidden\n"


def test_part_that_fails_shows_its_output(capfd: pytest.CaptureFixture[str]) -> None:
    outcome = run(python_part("loud", "import sys; print('the reason'); sys.exit(3)"))
    assert (outcome.passed, outcome.failed, outcome.exit_code) == (0, 1, 3)
    assert "the reason" in capfd.readouterr().out


def test_part_beyond_its_time_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    outcome = run(python_part("slow", "import time; time.sleep(60)", seconds=0.5))
    assert (outcome.failed, outcome.exit_code) == (1, TIMED_OUT)
    assert outcome.seconds < 30
    assert "Ended after 0 s, its limit" in capfd.readouterr().out


def test_part_gets_no_input() -> None:
    """A tool that asks must fail at once and not wait for an answer."""
    assert run(python_part("asks", "input()")).failed == 1


@pytest.mark.parametrize(
    ("text", "exit_code", "expected"),
    [
        (junit_text(5), 0, (5, 0, 0)),
        (junit_text(5, failures=1, errors=1, skipped=1), 1, (2, 2, 1)),
        (junit_text(5), 1, (5, 1, 0)),  # failed for another reason than a test
        (junit_text(0), 0, (0, 1, 0)),  # ran nothing
        (junit_text(2, skipped=2), 0, (0, 1, 2)),
        (None, 0, (0, 1, 0)),  # wrote no report
    ],
)
def test_numbers_come_from_the_report(
    text: str | None, exit_code: int, expected: tuple[int, int, int], results: Path
) -> None:
    report = results / "report.xml"
    if text is not None:
        report.write_text(text, encoding="ascii")
    assert run_tests.counted(python_part("counted", "", junit=report), exit_code) == expected


def test_reports_of_a_folder_are_added_up(results: Path) -> None:
    folder = results / "junit"
    folder.mkdir()
    (folder / "modules.xml").write_text(junit_text(3), encoding="ascii")
    (folder / "controller.xml").write_text(junit_text(4, failures=1), encoding="ascii")
    assert run_tests.counted(python_part("units", "", junit=folder), 1) == (6, 1, 0)


def test_closing_line_adds_up() -> None:
    part = python_part("one", "")
    outcomes = [run_tests.Outcome(part, 0, 1.0, 10, 0, 0), run_tests.Outcome(part, 1, 1.0, 3, 2, 0)]
    assert run_tests.closing_line(outcomes) == "13 passed, 2 failed"
    assert run_tests.closing_line([run_tests.Outcome(part, 0, 1.0, 1, 0, 4)]) == "1 passed, 0 failed, 4 skipped"


def test_all_parts_run_and_keep_their_order() -> None:
    outcomes = run_tests.run_all([python_part(name, "") for name in ("a", "b", "c")])
    assert [outcome.part.name for outcome in outcomes] == ["a", "b", "c"]


def test_select_by_name_and_by_kind() -> None:
    assert [part.name for part in select("units, ruff")] == ["units", "ruff"]
    assert all(part.static for part in select("static"))
    assert len(select("")) == len(parts.PARTS)


def test_unknown_part_is_refused_with_the_names() -> None:
    with pytest.raises(ValueError, match=r"no such part: nonsense\. The parts are ansible-lint, .*yamllint"):
        select("units,nonsense")


SLEEPER = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(120)"
RUN_OF_A_SLEEPER = """
import os, signal, subprocess, sys, time
from pathlib import Path
from tools import run_tests
from tools.parts import Part

def terminated_once_the_sleeper_runs(function):
    def stopped(*arguments, **settings):
        result = function(*arguments, **settings)
        while not Path(sys.argv[-1]).exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
        return result
    return stopped

run_tests.RESULTS = Path(sys.argv[1])
{moment}
run_tests.run_all([Part("sleeper", (sys.executable, "-c", *sys.argv[2:]))])
"""
MOMENTS = {
    "while it waits": "",
    "while it hands out parts": (
        "run_tests.ThreadPoolExecutor.submit = terminated_once_the_sleeper_runs(run_tests.ThreadPoolExecutor.submit)"
    ),
    "while it starts a part": "subprocess.Popen = terminated_once_the_sleeper_runs(subprocess.Popen)",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_terminated_run_ends_its_parts(moment: str, tmp_path: Path) -> None:
    """A CI system that stops the run must not leave its children behind, whatever the run is at."""
    mark = tmp_path / "child"
    code = RUN_OF_A_SLEEPER.replace("{moment}", MOMENTS[moment])
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), SLEEPER, str(mark)], cwd=ROOT)
    wait_until(lambda: mark.exists() and mark.read_text(encoding="ascii") != "")
    if not MOMENTS[moment]:
        process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 128 + signal.SIGTERM
    wait_until(lambda: has_ended(int(mark.read_text(encoding="ascii"))))


def has_ended(pid: int) -> bool:
    """True where the process is gone, or only waits for its parent to take note."""
    command_line = Path(f"/proc/{pid}/cmdline")
    return not command_line.exists() or command_line.read_bytes() == b""


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_children_of_a_part_are_ended_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "grandchild"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(120)'])\n"
        f"open({str(mark)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(120)\n"
    )
    code_of_end = run_logged(
        [sys.executable, "-c", code], tmp_path / "log", cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, seconds=2.0
    )
    assert code_of_end == TIMED_OUT
    wait_until(lambda: has_ended(int(mark.read_text(encoding="ascii"))))
