"""The chaos campaign's own parts: which points it makes, how it kills, how it judges, what it reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tools import check_upgrade
from tools.chaos import judge, playbook, report
from tools.chaos.points import LISTED, Point, all_points, sample
from tools.chaos.trial import CONVERGED, GATED, NOT_REACHED, WRONG, Verdict

SLEEPER = "import time; time.sleep(60)"


def event(kind: str, task: str, *, changed: bool = False, number: int = 1, host: str = "mn01") -> dict[str, Any]:
    return {"event": kind, "task": task, "host": host, "number": number, "changed": changed}


def call(channel: str, name: str, *, write: bool, host: str = "mn01") -> dict[str, Any]:
    return {"channel": channel, "host": host, "call": name, "write": write}


EVENTS = [
    event("start", "Read"),
    event("end", "Read"),
    event("start", "Act"),
    event("item", "Act", changed=True),
    event("end", "Act", changed=True),
]
CALLS = [
    call("public_api", "pem.get", write=False),
    call("public_api", "pem.set", write=True),
    call("public_api", "pem.set", write=True),
    call("winrm", "ansible.windows.win_copy", write=False, host="iis01"),
    call("winrm", "ansible.windows.win_copy", write=True, host="iis01"),
    call("winrm", "put", write=True, host="iis01"),
    call("management_node", "python script.py", write=False),
    call("management_node", "python -", write=False),
]


def test_points_are_made_of_what_acted_and_of_nothing_else() -> None:
    points = all_points(EVENTS, CALLS)
    assert [p.stop for p in points if p.stop] == [
        ("start", "Act", "mn01", 1),
        ("item", "Act", "mn01", 1),
        ("end", "Act", "mn01", 1),
    ]
    held = [p.faults[0] for p in points if p.name.startswith("call:")]
    assert [(f["where"], f["do"], f["skip"]) for f in held] == [
        (r"^public_api:mn01:pem\.set$", "delay", 0),
        (r"^public_api:mn01:pem\.set$", "late", 0),
        (r"^public_api:mn01:pem\.set$", "delay", 1),
        (r"^public_api:mn01:pem\.set$", "late", 1),
        (r"^winrm:iis01:module:ansible\.windows\.win_copy$", "delay", 1),
        (r"^winrm:iis01:module:ansible\.windows\.win_copy$", "late", 1),
    ]
    assert sum(p.orphans for p in points) == 4
    assert [p.name for p in points if p.name.startswith("script:")] == [
        "script: while script.py runs",
        "script: script.py fails",
        "script: script.py is killed",
    ]
    assert sum(p.name.startswith("api:") for p in points) == 5
    assert points[-len(LISTED) :] == list(LISTED)
    assert len({p.name for p in points}) == len(points)


def test_a_sample_has_every_kind_and_is_the_same_again() -> None:
    points = all_points(EVENTS, CALLS)
    chosen = sample(points, 7, seed=3)
    assert len({p.name.split(":")[0] for p in chosen}) == 7
    assert chosen == sample(points, 7, seed=3) != sample(points, 7, seed=4)
    assert len(sample(points, 10_000, seed=1)) == len(points)


def started(path: Path) -> int:
    deadline = time.monotonic() + 20
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return int(path.read_text())


def is_alive(number: int) -> bool:
    stat = Path(f"/proc/{number}/stat")
    return stat.exists() and " Z " not in stat.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("orphans", "foreign", "survives"), [(False, "", False), (True, "", True), (False, "sleep", True)]
)
def test_what_a_kill_leaves(tmp_path: Path, orphans: bool, foreign: str, survives: bool) -> None:
    """A child in a session of its own is like a worker of Ansible; one that is named is like another machine's."""
    child = tmp_path / "child"
    program = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}], start_new_session=True)\n"
        f"open({str(child)!r}, 'w').write(str(p.pid))\n"
        "print('begun', flush=True)\n"
        "time.sleep(60)\n"
    )
    done = playbook.run(
        [sys.executable, "-c", program],
        os.environ,
        tmp_path / "log",
        30,
        lambda: child.exists() and bool(child.read_text()),
        orphans=orphans,
        foreign=foreign,
    )
    number = started(child)
    time.sleep(0.2)
    alive = is_alive(number)
    subprocess.run(["kill", "-9", str(number)], check=False, stderr=subprocess.DEVNULL)
    assert (done.killed, alive) == (True, survives)


def test_a_run_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="took longer than 1 s"):
        playbook.run([sys.executable, "-c", SLEEPER], os.environ, tmp_path / "log", 1)


def test_the_output_is_that_of_this_run_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("earlier\n", encoding="utf-8")
    done = playbook.run([sys.executable, "-c", "print('now'); raise SystemExit(3)"], os.environ, log, 30)
    assert (done.exit_code, done.output, done.killed) == (3, "now\n", False)
    assert log.read_text(encoding="utf-8") == "earlier\nnow\n"


def host(*runs: tuple[float, float]) -> dict[str, Any]:
    return {"endpoint_hosts": {"iis01": {"setup_runs": [{"time": began, "ended": ended} for began, ended in runs]}}}


def restart(moment: float) -> dict[str, Any]:
    return {"host": "iis01", "time": moment, "arguments": {"cmd": "iisreset.exe"}, "outcome": "ok"}


@pytest.mark.parametrize(
    ("runs", "calls", "problem"),
    [
        ([(1, 2), (3, 4)], [restart(5)], ""),
        ([(1, 2), (3, 4)], [restart(2.5)], "iis01: IIS was not restarted after the last setup.cmd"),
        ([(1, 4), (3, 5)], [restart(6)], "iis01: setup.cmd was started while another one was at work"),
        ([], [], ""),
    ],
)
def test_the_judge(runs: Any, calls: Any, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_upgrade, "problems", lambda before, after: ["as ever"])
    assert judge.problems({}, host(*runs), calls) == ["as ever", *([problem] if problem else [])]


def verdicts(*outcomes: str) -> list[Verdict]:
    return [Verdict(Point(f"task: {number}"), outcome, 1, 2.0, "why") for number, outcome in enumerate(outcomes)]


def test_only_a_campaign_without_a_wrong_end_is_good(tmp_path: Path) -> None:
    assert report.is_good(verdicts(CONVERGED, GATED))
    for outcome in (WRONG, NOT_REACHED):
        assert not report.is_good(verdicts(CONVERGED, outcome))
    assert not report.is_good([])
    rows = [line.split() for line in report.table(verdicts(CONVERGED, GATED, CONVERGED)).splitlines()]
    assert rows[1:] == [["task", "3", "2", "1", "0", "0"], ["all", "3", "2", "1", "0", "0"]]
    report.write(tmp_path / "report.json", verdicts(WRONG))
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))[0]["detail"] == "why"
    assert "why" in report.line(1, 2, verdicts(WRONG)[0])
