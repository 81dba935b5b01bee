"""Running parts: outcomes are counted honestly, failures are shown, interrupted runs leave nothing behind."""

from __future__ import annotations

import dataclasses
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


# -- once more, alone ------------------------------------------------------------------------------------------------

# Fails as often as its argument says, and then passes.
FAILS_AT_FIRST = """
import sys
from pathlib import Path

marks = Path(sys.argv[1])
marks.write_text((marks.read_text() if marks.exists() else "") + "x")
sys.exit(1 if len(marks.read_text()) <= int(sys.argv[2]) else 0)
"""
# One test that always passes, one that fails as often as the variable says, one that always fails.
TESTS = """
import os
from pathlib import Path


def test_good():
    assert count("good") == 1, "a test that passed is not run again"


def test_unstable():
    assert count("unstable") > int(os.environ["FAILURES"]), "the machine was busy"


def test_bad():
    assert os.environ["BAD"] == "no", "it never passes"


def count(name):
    marks = Path(__file__).with_name(name)
    marks.write_text((marks.read_text() if marks.exists() else "") + "x")
    return len(marks.read_text())
"""


def part_that_fails(times: int, folder: Path) -> Part:
    return Part("flaky", (sys.executable, "-c", FAILS_AT_FIRST, str(folder / "marks"), str(times)))


@pytest.fixture
def tests_that_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Part]:
    monkeypatch.setattr(parts, "RESULTS", tmp_path)
    written = tmp_path / "tests" / "test_it.py"
    written.parent.mkdir()
    written.write_text(TESTS, encoding="ascii")

    def begin(*, failures: int, bad: bool) -> Part:
        part = parts.pytest_part("tests", f"--rootdir={written.parent}", str(written))
        return dataclasses.replace(part, environment={"FAILURES": str(failures), "BAD": "yes" if bad else "no"})

    return begin


def end_of_output(outcomes: list[run_tests.Outcome], capfd: pytest.CaptureFixture[str]) -> str:
    """What is printed about the outcomes when all have ended."""
    capfd.readouterr()
    run_tests.print_unstable(outcomes)
    run_tests.print_failures(outcomes)
    return capfd.readouterr().out


def test_part_that_passes_alone_has_passed_and_is_named(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    outcomes = run_tests.run_all([part_that_fails(1, tmp_path), python_part("good", "")])
    assert run_tests.closing_line(outcomes) == "2 passed, 0 failed"
    text = end_of_output(outcomes, capfd)
    assert "Unstable: failed beside other parts, passed alone" in text
    assert "  flaky: the whole part\n" in text
    assert "FAILED" not in text
    assert "good" not in text


def test_part_that_fails_twice_has_failed_with_its_reason(capfd: pytest.CaptureFixture[str], results: Path) -> None:
    part = python_part("bad", "print('much'); print('roles/x.yml:3: wrong indentation'); raise SystemExit(2)")
    outcomes = run_tests.run_all([part])
    assert run_tests.closing_line(outcomes) == "0 passed, 1 failed"
    text = end_of_output(outcomes, capfd)
    assert "FAILED bad: the whole part\n  roles/x.yml:3: wrong indentation\n  Exit code 2; " in text
    assert "Unstable" not in text
    assert "much" in (results / "bad.log").read_text(encoding="utf-8")
    assert "much" in (results / "bad-again.log").read_text(encoding="utf-8")


def test_part_that_passes_is_not_run_again(tmp_path: Path) -> None:
    (outcome,) = run_tests.run_all([part_that_fails(0, tmp_path)])
    assert (outcome.failed, outcome.unstable) == (0, ())
    assert (tmp_path / "marks").read_text(encoding="ascii") == "x"


def test_only_the_tests_that_failed_are_run_again(
    tests_that_fail: Callable[..., Part], capfd: pytest.CaptureFixture[str], results: Path
) -> None:
    outcomes = run_tests.run_all([tests_that_fail(failures=1, bad=False)])
    assert run_tests.closing_line(outcomes) == "3 passed, 0 failed"
    assert "  tests: test_it::test_unstable\n" in end_of_output(outcomes, capfd)
    assert "the machine was busy" in (results / "tests.log").read_text(encoding="utf-8")
    assert (results / "tests" / "good").read_text(encoding="ascii") == "x"


def test_tests_that_fail_twice_have_failed(
    tests_that_fail: Callable[..., Part], capfd: pytest.CaptureFixture[str]
) -> None:
    outcomes = run_tests.run_all([tests_that_fail(failures=1, bad=True)])
    assert run_tests.closing_line(outcomes) == "2 passed, 1 failed"
    text = end_of_output(outcomes, capfd)
    assert "  tests: test_it::test_unstable\n" in text
    assert "FAILED tests: test_it::test_bad\n" in text
    assert "AssertionError: it never passes" in text


def test_test_that_the_second_run_does_not_reach_has_failed(
    tests_that_fail: Callable[..., Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not being run must not look like passing."""

    monkeypatch.setattr(
        run_tests,
        "failed_part",
        lambda part: dataclasses.replace(parts.failed_part(part), command=(sys.executable, "-c", "")),
    )
    (outcome,) = run_tests.run_all([tests_that_fail(failures=1, bad=False)])
    assert (outcome.passed, outcome.failed, outcome.unstable) == (2, 1, ())


def test_reports_of_the_first_run_do_not_count_for_the_second(results: Path) -> None:
    """ansible-test gives its reports a new name each time."""
    folder = results / "junit"
    folder.mkdir()
    (folder / "earlier.xml").write_text(junit_text(3, failures=3), encoding="ascii")
    code = (
        f"import pathlib; p = pathlib.Path({str(folder)!r}); p.mkdir(); (p / 'new.xml').write_text({junit_text(4)!r})"
    )
    outcome = run(python_part("units", code, junit=folder))
    assert (outcome.passed, outcome.failed) == (4, 0)


def test_every_part_of_pytest_remembers_its_failures_in_a_folder_of_its_own() -> None:
    folders = [word for part in parts.PARTS for word in part.command if word.startswith("cache_dir=")]
    assert len(folders) == len(set(folders)) == sum(part.is_pytest for part in parts.PARTS)


# -- choosing parts --------------------------------------------------------------------------------------------------


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
