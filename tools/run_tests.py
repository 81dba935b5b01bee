"""``make test`` and ``make lint``: run the parts, some at a time, and end with a line that says what passed.

The full output of each part is in ``build/test/<part>.log``. What failed is run once more, after all the others and
alone, because some tests drive real processes and share two cores with other parts here. What fails twice is a failure;
what then passes is named at the end, so that it is not forgotten.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

from tools.checkout import CACHE, copy_collection, environment
from tools.parts import RESULTS, Part, failed_part, select
from tools.processes import end_all, run_logged, terminated_as_exit

AT_ONCE = 3  # the machine that this runs on in CI has two cores, and a playbook waits half of its time
REASON_LINES = 12  # of each failed part, at the end of the output
# Lines that say what failed: pytest's summary, and its words for an error; Ansible's; those of linters with a place.
WHOLE = "the whole part"
_REASON = re.compile(r"^(?:FAILED|ERROR|E  |fatal: |\[ERROR\]|Ended after |\S+:\d+: )|\berror: ", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a part ended: its exit code, its duration in seconds and its numbers of tests.

    ``failures`` are the names of its failed tests, ``unstable`` those that failed at first and passed alone; a part
    that tells of no tests has none (:data:`WHOLE` where it passed alone).
    """

    part: Part
    exit_code: int
    seconds: float
    passed: int
    failed: int
    skipped: int
    failures: tuple[str, ...] = ()
    unstable: tuple[str, ...] = ()


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


def tests_of(part: Part) -> tuple[list[str], list[str]]:
    """Names of the tests in a part's report, passed and failed ones; none where it wrote no report."""
    passed, failed = [], []
    for report in junit_reports(part.junit) if part.junit else []:
        for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - written by our own run
            name = f"{case.get('classname', '')}::{case.get('name', '')}"
            if case.find("failure") is not None or case.find("error") is not None:
                failed.append(name)
            elif case.find("skipped") is None:
                passed.append(name)
    # a test may fail and then once more while its fixtures end
    return [name for name in passed if name not in failed], list(dict.fromkeys(failed))


def reason(log: Path) -> list[str]:
    """The lines of a part's output that say why it failed: those that look so, else the last ones."""
    lines = [line.rstrip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    told = [line for line in lines if _REASON.search(line)]
    return (told or lines)[-REASON_LINES:]


def run_part(part: Part, printing: threading.Lock) -> Outcome:
    """Run one part to its end and say how it ended, with its whole output where it failed."""
    log = RESULTS / f"{part.name}.log"
    if part.junit is not None and part.junit.is_dir():
        shutil.rmtree(part.junit)  # the reports of an earlier run would count as well
    started = time.monotonic()
    code = run_logged(part.command, log, cwd=part.cwd, env=environment(**part.environment), seconds=part.seconds)
    passed, failed, skipped = counted(part, code)
    failures = tuple(tests_of(part)[1]) if failed else ()
    outcome = Outcome(part, code, time.monotonic() - started, passed, failed, skipped, failures)
    with printing:
        if failed:
            print(f"\n----- {part.name}: output of {' '.join(part.command)} (in {part.cwd}) -----", flush=True)
            sys.stdout.buffer.write(log.read_bytes())
            print(f"----- end of {part.name}, exit code {code} -----\n", flush=True)
        print(row(outcome), flush=True)
    return outcome


def run_again(first: Outcome, printing: threading.Lock) -> Outcome:
    """Run what failed once more; the outcome of both runs, with the names of what failed at first and passed now.

    A test that failed at first and was not run to its end now has failed.
    """
    again = run_part(failed_part(first.part), printing)
    seconds = first.seconds + again.seconds
    if not first.part.is_pytest or not first.failures:  # it was run as a whole, so the second numbers count
        unstable = () if again.failed else first.failures or (WHOLE,)
        return dataclasses.replace(again, part=first.part, seconds=seconds, unstable=unstable)
    passed_now = tests_of(again.part)[0]
    unstable = tuple(name for name in first.failures if name in passed_now)
    left = tuple(name for name in first.failures if name not in passed_now)
    return Outcome(
        first.part,
        again.exit_code,
        seconds,
        first.passed + len(unstable),
        max(len(left), again.failed),
        first.skipped,
        left,
        unstable,
    )


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
    """Run ``parts``, :data:`AT_ONCE` at a time, and then what failed, alone."""
    printing = threading.Lock()
    with terminated_as_exit(), ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            futures = [pool.submit(run_part, part, printing) for part in parts]
            outcomes = [future.result() for future in futures]
            for number, first in enumerate(outcomes):
                if first.failed:
                    print(f"{first.part.name} once more, alone: {', '.join(first.failures) or WHOLE}", flush=True)
                    outcomes[number] = pool.submit(run_again, first, printing).result()
            return outcomes
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise


def print_unstable(outcomes: list[Outcome]) -> None:
    """Name what would have been a failure without a second run."""
    names = [f"  {outcome.part.name}: {name}" for outcome in outcomes for name in outcome.unstable]
    if names:
        print(f"\nUnstable: failed beside other parts, passed alone (first output in {RESULTS}/<part>.log)")
        print("\n".join(names))


def print_failures(outcomes: list[Outcome]) -> None:
    """What failed and why, briefly, for whoever sees only the end of the output."""
    for outcome in outcomes:
        if outcome.failed:
            log = RESULTS / f"{failed_part(outcome.part).name}.log"
            print(f"\nFAILED {outcome.part.name}: {', '.join(outcome.failures) or WHOLE}")
            print("\n".join(f"  {line}" for line in reason(log)))
            print(f"  Exit code {outcome.exit_code}; whole output: {log}")


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
    print_unstable(outcomes)
    print_failures(outcomes)
    print(f"\n{closing_line(outcomes)}")
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
