"""The chaos campaign's own parts: which points it makes, how it kills, how it judges, what it reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from tools import check_upgrade
from tools.chaos import acts, disk, events, judge, page, playbook, report, trial
from tools.chaos.__main__ import campaign
from tools.chaos.points import AGENT, LISTED, Act, Point, all_points, sample
from tools.chaos.trial import CONVERGED, GATED, NOT_REACHED, WRONG, Verdict

SLEEPER = "import time; time.sleep(60)"


def event(kind: str, task: str, *, changed: bool = False, number: int = 1, host: str = "mn01") -> dict[str, Any]:
    return {"event": kind, "task": task, "host": host, "number": number, "changed": changed}


def call(channel: str, name: str, *, write: bool, host: str = "mn01", ours: bool = True) -> dict[str, Any]:
    agent = {"agent": AGENT if ours else "Python-xmlrpc/3.11"} if channel == "public_api" else {}
    return {"channel": channel, "host": host, "call": name, "write": write, **agent}


EVENTS = [
    event("start", "Read"),
    event("end", "Read"),
    event("start", "Act"),
    event("item", "Act", changed=True),
    event("item", "Act", changed=True, number=2),
    event("end", "Act", changed=True),
    event("start", "Read", number=2),
    event("start", "Write"),
    event("end", "Write", changed=True),
    event("start", "Act", host="iis01"),
    event("start", "Write", number=2),
    event("end", "Act", changed=True, host="iis01"),
    event("end", "Write", changed=True, number=2),
]
CALLS = [
    call("public_api", "pem.get", write=False),
    call("public_api", "pem.set", write=True),
    call("public_api", "pem.set", write=True),
    call("winrm", "ansible.windows.win_copy", write=False, host="iis01"),
    call("winrm", "ansible.windows.win_copy", write=True, host="iis01"),
    call("winrm", "put", write=True, host="iis01"),
    call("management_node", "python launch.py", write=False),
    call("management_node", "python script.py", write=False),
    call("management_node", "python -", write=False),
    call("public_api", "pem.add", write=True, ours=False),
    call("public_api", "pem.get", write=False, ours=False),
    call("public_api", "pem.set", write=True, ours=False),
    call("public_api", "pem.set", write=True, ours=False),
    call("management_node", "python silent.py", write=False),
    call("public_api", "pem.add", write=True),
]


def test_points_are_made_of_what_acted_and_of_nothing_else() -> None:
    points = all_points(EVENTS, CALLS)
    assert [p.stop for p in points if p.stop] == [
        ("start", "Act", "mn01", 1),
        ("item", "Act", "mn01", 1),
        ("item", "Act", "mn01", 2),  # and the end of the task, and the start of the next
        ("end", "Write", "mn01", 1),
        ("start", "Act", "iis01", 1),
        ("start", "Write", "mn01", 2),  # since another host began to act
        ("end", "Act", "iis01", 1),
        ("end", "Write", "mn01", 2),
    ]
    held = [p.faults[0] for p in points if p.name.startswith("call:")]
    assert [(f["where"], f["do"], f["skip"]) for f in held] == [
        (r"^public_api:mn01:pem\.set$", "delay", 0),
        (r"^public_api:mn01:pem\.set$", "late", 0),
        (r"^public_api:mn01:pem\.set$", "delay", 1),
        (r"^public_api:mn01:pem\.set$", "late", 1),
        (r"^winrm:iis01:module:ansible\.windows\.win_copy$", "delay", 1),
        (r"^winrm:iis01:module:ansible\.windows\.win_copy$", "late", 1),
        (r"^public_api:mn01:pem\.add$", "delay", 1),
        (r"^public_api:mn01:pem\.add$", "late", 1),
    ]
    assert sum(p.orphans for p in points) == 6
    assert [p.name for p in points if p.name.startswith("script:")] == [
        "script: while script.py runs",
        "script: script.py fails",
        "script: script.py is killed",
        "script: while script.py is in its first call that writes",
        "script: reset in the first call of script.py that writes",
        "script: while script.py is in its last call that writes",
        "script: reset in the last call of script.py that writes",
        "script: while silent.py runs",
        "script: silent.py fails",
        "script: silent.py is killed",
    ]
    in_script = [p.faults[0] for p in points if p.name.startswith("script:") and " call " in p.name]
    assert [(f["where"], f["do"], f["skip"]) for f in in_script] == [
        (r"^public_api:mn01:pem\.add$", "delay", 0),
        (r"^public_api:mn01:pem\.add$", "reset", 0),
        (r"^public_api:mn01:pem\.set$", "delay", 3),
        (r"^public_api:mn01:pem\.set$", "reset", 3),
    ]
    in_api = [p.faults[0] for p in points if p.name.startswith("api:")]
    assert [(f["where"], f["skip"]) for f in in_api] == [
        *[(r"^public_api:mn01:pem\.add$", 1)] * 5,
        *[(r"^public_api:mn01:pem\.set$", 0)] * 5,
    ]
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
    return [Verdict(f"task: {number}", outcome, 1, 2.0, "why", "abc1234") for number, outcome in enumerate(outcomes)]


def test_only_a_campaign_without_a_wrong_end_is_good(tmp_path: Path) -> None:
    assert report.is_good(verdicts(CONVERGED, GATED))
    for outcome in (WRONG, NOT_REACHED):
        assert not report.is_good(verdicts(CONVERGED, outcome))
    assert not report.is_good([])
    rows = [line.split() for line in report.table(verdicts(CONVERGED, GATED, CONVERGED)).splitlines()]
    assert rows[1:] == [["task", "3", "2", "1", "0", "0"], ["all", "3", "2", "1", "0", "0"]]
    report.write(tmp_path / "report.json", 7, verdicts(WRONG))
    assert report.read(tmp_path / "report.json") == (7, verdicts(WRONG))
    assert report.read(tmp_path / "none.json") == (0, [])
    assert "why" in report.line(1, 2, verdicts(WRONG)[0])


def test_the_page_says_what_was_tried_and_where_somebody_had_to_decide() -> None:
    text = page.shown(9, verdicts(CONVERGED, GATED, CONVERGED))
    assert "Tried: 3 of 9 points (3 at `abc1234`)." in text
    assert "| task | 3 | 2 | 1 | 0 | 0 |" in text
    assert text.endswith("Gated:\n\n- task: 1")
    assert "Gated" not in page.shown(1, verdicts(CONVERGED))
    kept = page.PAGE.read_text(encoding="utf-8")
    assert page.shown(*report.read(page.KEPT)) in kept, "run python -m tools.chaos.page"


class TriedBench:
    """Stands for a lab: whatever is tried converges and is noted."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def try_point(self, point: Point) -> Verdict:
        self.tried.append(point.name)
        return Verdict(point.name, CONVERGED, 1, 1.0)


def test_a_campaign_goes_on_from_what_ended_well(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    assert report.ended_well(path, {"task: 0"}) == []
    report.write(path, 4, verdicts(CONVERGED, WRONG, GATED))
    former = report.ended_well(path, {"task: 0", "task: 1", "task: 3"})
    assert [verdict.point for verdict in former] == ["task: 0"]
    bench = TriedBench()
    kept: list[list[str]] = []

    def keep(found: list[Verdict]) -> None:
        kept.append([verdict.point for verdict in found])

    campaign([Point("task: 1"), Point("task: 3")], former, cast("list[trial.Bench]", [bench]), keep)
    assert bench.tried == ["task: 1", "task: 3"]
    assert kept == [["task: 0", "task: 1"], ["task: 0", "task: 1", "task: 3"]]


def site(folder: Path) -> acts.Site:
    """A folder like that of a lab, with two packages of the same content and two service templates."""
    (folder / "packages").mkdir()
    (folder / "management-node" / "root" / "office365" / "packages").mkdir(parents=True)
    package = folder / "packages" / "Office365.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("APP-META.xml", "<application/>")
    (folder / "lab.json").write_text(json.dumps({"packages": {"16.8.4": str(package)}}), encoding="utf-8")
    before = {"service_templates": [{"id": n, "instance_ids": [1][: n - 1], "active": n == 2} for n in (1, 2, 3)]}
    made = acts.Site(folder, before, folder / "clock", folder / "disk")
    made.staged_package().write_bytes(package.read_bytes())
    return made


def test_every_act_has_a_name_and_a_moment_of_its_own() -> None:
    calls = [call("aps", "GET /aps/2/resources", write=False), call("public_api", "pem.get", write=False)] * 2
    found = acts.points(calls)
    assert len({p.name for p in found}) == len(found)
    assert [p.faults[0]["skip"] for p in found if p.name.startswith("tokens:")] == [0, 1]
    assert {p.name.split(":")[0] for p in found} >= {"tokens", "package", "template", "clock"}
    assert all(bool(p.act) != bool(p.faults) for p in found)


@pytest.mark.parametrize("name", ["before the uploads", "before the import"])
def test_another_package_is_sound_and_is_put_back(tmp_path: Path, name: str) -> None:
    made = site(tmp_path)
    (point,) = [p for p in acts.points([]) if p.name == f"package: another one {name}"]
    place = made.package() if "uploads" in name else made.staged_package()
    before = place.read_bytes()
    assert point.act is not None
    point.act.do(made)
    assert place.read_bytes() != before
    with zipfile.ZipFile(place) as archive:
        assert (archive.testzip(), archive.namelist()) == (None, ["APP-META.xml"])
    point.act.undo(made)
    assert place.read_bytes() == before
    assert len(list(place.parent.iterdir())) == 1


def test_who_switches_a_template_after_the_end_changes_what_is_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, int]] = []
    monkeypatch.setattr(acts, "call_public_api", lambda _lab, method, st_id: done.append((method, st_id)))
    made = site(tmp_path)
    told = {}
    for point in acts.points([]):
        if point.name.startswith("template:") and point.act:
            point.act.do(made)
            now = {row["id"]: row["active"] for row in point.act.expected(made.before)["service_templates"]}
            told[point.name] = (done.pop(), now)
    assert told["template: an active one of before is activated before the import"] == (
        ("pem.activateST", 2),
        {1: False, 2: True, 3: False},
    )
    assert told["template: one is activated after the end"] == (("pem.activateST", 3), {1: False, 2: True, 3: True})
    # The operator activates it again, so the judge expects it as it was.
    as_before = {1: False, 2: True, 3: False}
    assert told["template: one is deactivated after the end"] == (("pem.deactivateST", 2), as_before)
    (point,) = (point for point in acts.points([]) if point.name == "template: one is deactivated after the end")
    assert point.act is not None
    point.act.undo(made)
    assert done == [("pem.activateST", 2)]


def test_a_disk_is_filled_until_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = site(tmp_path)
    assert not [p for p in _points_of(1000, monkeypatch) if p.name.startswith("disk:")]
    (point, *others) = [p for p in _points_of(0, monkeypatch) if p.name.startswith("disk:")]
    assert len(others) == 3
    assert point.act is not None
    with disk.small(made.disk, mounted=False):
        assert not made.disk.exists()
    made.disk.mkdir()
    (made.disk / "filler").symlink_to("/dev/full")
    point.act.do(made)
    point.act.undo(made)
    assert list(made.disk.iterdir()) == []


def _points_of(user: int, monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    """The points that this user can try."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    return acts.points([])


CLOCKS = """
import datetime, time
print(time.time(), time.gmtime().tm_hour, datetime.datetime.now().timestamp(), time.monotonic())
"""


def test_the_clock_that_is_set_is_that_of_every_python(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    seen = []
    for offset in ("0", "-3600"):
        file.write_text(offset, encoding="ascii")
        env = {**os.environ, "PYTHONPATH": str(trial.CLOCK), "CHAOS_CLOCK": str(file)}
        printed = subprocess.run([sys.executable, "-c", CLOCKS], env=env, capture_output=True, check=True).stdout
        seen.append([float(word) for word in printed.split()])
    (now, hour, local, mono), (then, hour_then, local_then, mono_then) = seen
    assert 3500 < now - then < 3600 > local - local_then > 3500
    assert (hour - hour_then) % 24 in (0, 1)
    assert 0 < mono_then - mono < 60


def test_a_time_of_the_clock_that_is_set_can_be_written_into_a_module() -> None:
    script = "import datetime; print(repr(datetime.datetime.now(tz=datetime.timezone.utc)))"
    env = {**os.environ, "PYTHONPATH": str(trial.CLOCK), "CHAOS_CLOCK": "/dev/null"}
    printed = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, check=True, text=True).stdout
    assert printed.startswith("datetime.datetime(")


def test_a_run_that_is_held_goes_on_when_it_is_let_go(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    for suffix in (".jsonl", ".reached", ".go"):
        file.with_suffix(suffix).touch()
    events.forget(file)
    assert not events.reached(file)
    assert not events.is_let_go(file)
    events.let_go(file)
    assert events.is_let_go(file)


@pytest.mark.parametrize(
    ("code", "output", "wrong"),
    [
        (2, "not the\n  planned one", ""),
        (0, "not the planned one", "without 'not the planned one'"),
        (2, "something else", "without 'not the planned one'"),
        (2, "not the planned one\nTraceback (most recent call last):", "a traceback"),
    ],
)
def test_the_run_in_which_somebody_acted_ends_as_it_has_to(code: int, output: str, wrong: str) -> None:
    run = playbook.Run(code, output, killed=False)
    found = trial._not_as_expected(Act(lambda _site: None, refusal="not the planned one"), run)
    assert (found is None) is (not wrong)
    assert found is None or (found[0] == WRONG and wrong in found[1])
