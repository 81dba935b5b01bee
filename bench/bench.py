"""``make bench``: measure the upgrade of a lab installation, as a whole and play by play.

Prints a table and writes ``build/bench/result.json``. Environment: ``BENCH_ARGS`` holds further options of
``office365-lab up``, e.g. ``BENCH_ARGS="--hosts 10 --gateways 20 --subscriptions 2000" make bench``.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone
from typing import TypedDict

from tools import check_upgrade, laboratory
from tools.artifact import build_artifact, install_artifact
from tools.checkout import BUILD, ROOT
from tools.processes import run_logged
from tools.upgrade import run_environment, upgrade_command

FOLDER = BUILD / "bench"
LAB = ROOT / ".lab" / "bench"
SECONDS = 3600.0

# A line of ANSIBLE_LOG_PATH that begins a play or the recap; its time has milliseconds
MARK = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) [^|]*\| PLAY (?:\[(.*)\]|RECAP) \*", re.MULTILINE)


class Play(TypedDict):
    """One play of the playbook."""

    name: str
    seconds: float


class Result(TypedDict):
    """A measurement; durations in seconds."""

    time: str
    machine: str
    lab_options: list[str]
    lab_up_seconds: float
    upgrade_seconds: float
    second_run_seconds: float
    plays: list[Play]


def play_durations(log: str) -> list[Play]:
    """Name and seconds of each play in a log of Ansible: from its start to the start of the next one."""
    marks = [(datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S,%f"), found[2]) for found in MARK.finditer(log)]
    starts_and_ends = zip(marks, marks[1:], strict=False)
    return [
        Play(name=name, seconds=round((end - start).total_seconds(), 1))
        for (start, name), (end, _next) in starts_and_ends
    ]


def run_playbook(name: str) -> tuple[float, list[Play]]:
    """Upgrade the running lab; seconds in all and by play. Raises ``RuntimeError`` where it fails."""
    log, output = FOLDER / f"{name}.log", FOLDER / f"{name}.txt"
    env = run_environment(FOLDER / "collections", log)
    started = time.monotonic()
    code = run_logged(upgrade_command(LAB), output, cwd=ROOT, env=env, seconds=SECONDS)
    if code != 0:
        raise RuntimeError(f"the playbook ended with exit code {code}; its output is in {output}")
    return round(time.monotonic() - started, 1), play_durations(log.read_text(encoding="utf-8", errors="replace"))


def measure(options: list[str]) -> Result:
    """Run everything once. Raises ``RuntimeError`` where the upgrade fails or leaves the lab in a wrong state."""
    started = time.monotonic()
    with laboratory.running_lab(LAB, options):
        lab_up = round(time.monotonic() - started, 1)
        before = laboratory.state(LAB)
        upgrade, plays = run_playbook("upgrade")
        if not check_upgrade.report(before, laboratory.state(LAB)):
            raise RuntimeError("the lab's state after the upgrade is wrong (above)")
        again, _plays = run_playbook("again")
    return Result(
        time=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        machine=f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}",
        lab_options=options,
        lab_up_seconds=lab_up,
        upgrade_seconds=upgrade,
        second_run_seconds=again,
        plays=plays,
    )


def table(result: Result) -> str:
    """The measurement for a person."""
    rows = [
        (result["lab_up_seconds"], "lab up"),
        (result["upgrade_seconds"], "upgrade"),
        *((play["seconds"], f"    {play['name']}") for play in result["plays"]),
        (result["second_run_seconds"], "second run, which has nothing to do"),
    ]
    return "\n".join([result["machine"], *(f"{seconds:8.1f} s  {title}" for seconds, title in rows)])


def main() -> int:
    """Exit code 1 where the upgrade failed."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        install_artifact(build_artifact(FOLDER / "artifact"), FOLDER / "collections")
        result = measure(shlex.split(os.environ.get("BENCH_ARGS", "")))
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(f"make bench: {error}", file=sys.stderr)
        return 1
    path = FOLDER / "result.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"\n{table(result)}\n\nwritten to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
