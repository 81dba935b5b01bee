"""Planning alone, the id of a plan, the lock, and going on after a failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration_lab import IntegrationLab, LabStarter, Run
from test_procedures import QUICK, done

from plugins.plugin_utils import _run_owner
from tools.check_upgrade import Goal, problems

PLAN = "odin.office365.plan"


@pytest.fixture(scope="module")
def shared_lab(start_lab: LabStarter) -> IntegrationLab:
    return start_lab(hosts=1, gateways=1, **QUICK)


@pytest.fixture
def lab(shared_lab: IntegrationLab) -> Iterator[IntegrationLab]:
    yield shared_lab
    shared_lab.reset()


def plan_files(lab: IntegrationLab) -> list[Path]:
    return sorted((lab.layout.root / "reports").glob("plan-*"))


def plan_id(lab: IntegrationLab) -> str:
    """The id of the one plan that was made."""
    (path,) = (lab.layout.root / "reports").glob("plan-*.json")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found: str = document["plan"]["id"]
    assert path.name == f"plan-{found}.json"
    return found


def refused(run: Run, *texts: str) -> None:
    assert run.exit_code == 2, run.output
    for text in texts:
        assert text in run.text, f"{text!r} is not in the output:\n{run.output}"
    assert run.writes == []


def test_planning_changes_nothing_and_leaves_files_for_people(lab: IntegrationLab) -> None:
    before = lab.state()
    lab.environment = {"ANSIBLE_SHOW_CUSTOM_STATS": "1"}
    run = done(lab.run(playbook=PLAN))
    lab.environment = {}
    assert run.writes == []
    assert lab.state() == before
    # for the jobs that follow in a workflow
    assert f'"office365_plan_id": "{plan_id(lab)}"' in run.text.rpartition("CUSTOM STATS")[2]
    assert not (lab.layout.management_node / "var/lib/odin-office365").exists()
    assert [path.suffix for path in plan_files(lab)] == [".html", ".json", ".txt"]
    # they are its report
    assert sorted((lab.layout.root / "reports").iterdir()) == plan_files(lab)
    assert {path.stat().st_mode & 0o777 for path in plan_files(lab)} == {0o600}
    page, _data, text = (path.read_text(encoding="utf-8") for path in plan_files(lab))
    for secret in lab.secrets():
        assert secret not in page + text
    assert "point of no return" in text
    assert "there is no way back from this upgrade" in page


def lock_file(lab: IntegrationLab) -> Path:
    """The lock of the installation."""
    return lab.layout.management_node / "var/lib/odin-office365/lock.json"


def test_planning_with_a_blocker_fails(lab: IntegrationLab) -> None:
    with lab.host_state("iis01") as state:
        state["free_bytes"] = 0
    refused(lab.run(playbook=PLAN), "BLOCKER disk_space: iis01")
    word = {"key": "disk_space", "target": "iis01", "reason": "the disk grows by itself"}
    run = done(lab.run(playbook=PLAN, office365_accepted_findings=[word]))
    assert "Accepted: the disk grows by itself" in run.text


def test_an_id_confirms_one_plan_only(lab: IntegrationLab) -> None:
    refused(lab.run(), "it was not confirmed")
    assert not lock_file(lab).exists()
    first = plan_id(lab)
    lab.execute("update lab_service_templates set active = false where st_id = 11")
    refused(
        lab.run(office365_confirm=first),
        f"You confirmed plan {first}, but the installation is not as it was then",
        "service_templates[1].active: True -> False",
    )
    refused(lab.run(office365_confirm="0123456789ab"), "which is neither this plan nor this upgrade")
    assert not lock_file(lab).exists()


def test_the_same_command_goes_on_after_a_failure(lab: IntegrationLab) -> None:
    """The plan of the second run is another one, but it is the same upgrade."""
    before = lab.state()
    done(lab.run(playbook=PLAN))
    confirmed = plan_id(lab)
    lab.faults.add("^management_node:mn01:autoconf.py", "fail")
    failed = lab.run(office365_confirm=confirmed)
    assert failed.exit_code == 2
    assert "autoconf.py ended with exit code 1 on mn01" in failed.text
    assert "provisioning is stopped" in failed.text
    lock = lock_file(lab)
    assert lock.exists()
    done(lab.run(office365_confirm=confirmed))
    assert problems(before, lab.state(), Goal(procedure="A")) == []
    assert not lock.exists()


def test_a_second_run_is_refused_and_learns_who_runs(lab: IntegrationLab) -> None:
    lock = lock_file(lab)
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({**_run_owner.owner(), "user": "night-shift"}), encoding="utf-8")
    refused(
        lab.run(office365_confirm="16.6.4 to 16.8.4"),
        "Another run works on this installation: night-shift on",
        "second(s) ago",
        "-e office365_break_lock=",
    )
    # who only plans disturbs nobody
    done(lab.run(playbook=PLAN))
