"""``make test`` and ``make lint``: run the parts, some at a time, and end with a line that says what passed.

The full output of each part is in ``build/test/<part>.log`` and is printed when the part fails.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

from tools.checkout import CACHE, copy_collection, environment
from tools.parts import RESULTS, Part, select
from tools.processes import end_all, run_logged, terminated_as_exit

AT_ONCE = 3  # the machine that this runs on in CI has two cores, and a playbook waits half of its time


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a part ended: its exit code, its duration in seconds and its numbers of tests."""

    part: Part
    exit_code: int
    seconds: float
    passed: int
    failed: int
    skipped: int


def counted(part: Part, exit_code: int) -> tuple[int, int, int]:
    """Numbers of passed, failed and skipped tests of a part that ended with ``exit_code``.

    A pytest part that failed without a failed test (it could not start, it was ended) counts one failure,
    and so does one that ran no test at all.
    """
    if part.junit is None:
        return (1, 0, 0) if exit_code == 0 else (0, 1, 0)
    total = failed = skipped = 0
    for report in junit_reports(part.junit):
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314 - written by our own run
            total += int(suite.get("tests", "0"))
            failed += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
            skipped += int(suite.get("skipped", "0"))
    passed = total - failed - skipped
    if failed == 0 and (exit_code != 0 or passed == 0):
        failed = 1
    return passed, failed, skipped


def junit_reports(path: Path) -> list[Path]:
    """The reports at ``path``: the file itself, or all in the folder; none where the run did not come to write one."""
    return sorted(path.glob("*.xml")) if path.is_dir() else [path] if path.is_file() else []


def run_part(part: Part, printing: threading.Lock) -> Outcome:
    """Run one part to its end and say how it ended, with its whole output where it failed."""
    log = RESULTS / f"{part.name}.log"
    started = time.monotonic()
    code = run_logged(part.command, log, cwd=part.cwd, env=environment(**part.environment), seconds=part.seconds)
    passed, failed, skipped = counted(part, code)
    outcome = Outcome(part, code, time.monotonic() - started, passed, failed, skipped)
    with printing:
        if failed:
            print(f"\n----- {part.name}: output of {' '.join(part.command)} (in {part.cwd}) -----", flush=True)
            sys.stdout.buffer.write(log.read_bytes())
            print(f"----- end of {part.name}, exit code {code} -----\n", flush=True)
        print(row(outcome), flush=True)
    return outcome


def row(outcome: Outcome) -> str:
    """One line of the table."""
    verdict = "FAILED" if outcome.failed else "ok"
    tests = f"{outcome.passed} passed" + "".join(
        f", {number} {word}" for number, word in ((outcome.failed, "failed"), (outcome.skipped, "skipped")) if number
    )
    return f"{outcome.part.name:<32}{verdict:<8}{outcome.seconds:6.1f} s  {tests}"


def closing_line(outcomes: list[Outcome]) -> str:
    """The last line, in the form that CI reads."""
    skipped = sum(outcome.skipped for outcome in outcomes)
    line = f"{sum(outcome.passed for outcome in outcomes)} passed, {sum(outcome.failed for outcome in outcomes)} failed"
    return line + (f", {skipped} skipped" if skipped else "")


def run_all(parts: list[Part]) -> list[Outcome]:
    """Run ``parts``, :data:`AT_ONCE` at a time."""
    printing = threading.Lock()
    with terminated_as_exit(), ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            futures = [pool.submit(run_part, part, printing) for part in parts]
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise


def prepare(results: Path = RESULTS) -> None:
    """An empty folder of results, and the copy of the collection that several parts work on."""
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    copy_collection(CACHE, leave_out=("lab/",))


def main() -> int:
    """Exit code 0 only where every part passed."""
    parser = argparse.ArgumentParser(description="Run the checks and tests.")
    parser.add_argument("--only", default="", help="comma-separated names of parts; 'static' for all that run nothing")
    try:
        parts = select(parser.parse_args().only)
    except ValueError as error:
        print(f"make: {error}", file=sys.stderr)
        return 2
    prepare()
    started = time.monotonic()
    print(f"{len(parts)} parts, {AT_ONCE} at a time; their output goes to {RESULTS}", flush=True)
    outcomes = run_all(parts)
    print(f"\nSlowest first, {time.monotonic() - started:.0f} s in all:")
    for outcome in sorted(outcomes, key=lambda one: -one.seconds):
        print(row(outcome))
    print(f"\n{closing_line(outcomes)}")
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
