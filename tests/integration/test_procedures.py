"""The other procedures and cases of the guide, each judged by the lab's own account of its state."""

from __future__ import annotations

from typing import Any

import pytest
from integration_lab import CSP, IntegrationLab, LabStarter, Run, Snapshot

from tools.check_upgrade import Goal, problems

SCRIPT = "upgradeResourceSettings16-6To16-8.py"
# What takes time in life is done at once.
QUICK: dict[str, Any] = {
    "subscriptions": 6,
    "setup_seconds": 0.1,
    "iisreset_seconds": 0.1,
    "script_seconds": 0.0,
    "task_seconds": 0.1,
    "instance_upgrade_seconds": 0.1,
    "import_seconds": 0.1,
}


def done(run: Run) -> Run:
    """A run that ended well, without a warning."""
    assert run.exit_code == 0, run.output[-5000:]
    assert run.warnings == []
    return run


def instances(state: Snapshot) -> dict[int, str]:
    """Number of each application instance -> its package version."""
    return {row["id"]: row["package_version"] for row in state["instances"]}


# -- procedure A from every version ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "package"), [("16.6.3", "16.6.3-18"), ("16.6.5", "16.6.4-20")])
def test_the_script_comes_from_the_package_of_the_installed_version(
    start_lab: LabStarter, version: str, package: str
) -> None:
    """The reseller is not among the owners: its templates are found through the APS controller."""
    lab = start_lab(from_version=version, hosts=1, gateways=1, **QUICK)
    before = lab.state()
    done(lab.run(office365_confirm=f"{version} to 16.8.4", office365_service_template_owners=[1]))
    after = lab.state()
    assert problems(before, after, Goal(procedure="A")) == []
    owners = {row["owner_id"] for row in after["service_templates"] if row["instance_ids"]}
    assert len(owners) == 2
    assert [(row["package"], row["exit_code"]) for row in after["script_runs"] if row["script"] == SCRIPT] == [
        (package, 0)
    ]


# -- both scenarios in one installation ------------------------------------------------------------------------------


def test_each_playbook_takes_the_instances_of_its_scenario(start_lab: LabStarter) -> None:
    lab = start_lab(scenario="mixed", hosts=3, gateways=4, **QUICK)
    start = lab.state()
    mine = {1001, 1003}
    confirmation = {"office365_confirm": "16.6.4 to 16.8.4"}

    done(lab.run(**confirmation))
    middle = lab.state()
    assert instances(middle) == {1001: "16.8.4-34", 1002: "16.6.4-20", 1003: "16.8.4-34", 1004: "16.6.4-20"}
    untouched = [row for row in start["service_templates"] if not mine.intersection(row["instance_ids"])]
    assert len(untouched) == 5
    assert [row for row in middle["service_templates"] if not mine.intersection(row["instance_ids"])] == untouched
    stopped = {line["arguments"]["st_id"] for line in lab.calls() if line["call"] == "pem.deactivateST"}
    assert stopped.isdisjoint(row["id"] for row in untouched)
    assert [run["arguments"]["GatewaySiteName"] for run in setup_runs(middle)] == [
        "Office 365 Gateway 01",
        "Office 365 Gateway 03",
    ]

    done(lab.run(playbook=CSP, new_offers_create=True, new_offers_command=NEW_OFFERS, **confirmation))
    end = lab.state()
    assert set(instances(end).values()) == {"16.8.4-34"}
    assert end["resource_settings"] == {"script_runs": 1, "damaged": False, "converted": True}
    runs = setup_runs(end)
    with_dispatcher = {run["arguments"]["GatewaySiteName"]: "DispatcherSiteName" in run["arguments"] for run in runs}
    assert with_dispatcher == {
        "Office 365 Gateway 01": True,
        "Office 365 Gateway 02": False,
        "Office 365 Gateway 03": True,
        "Office 365 Gateway 04": False,
    }
    assert {row["id"]: row["active"] for row in end["service_templates"]} == {
        row["id"]: row["active"] for row in start["service_templates"]
    }
    # iis01 has a site of each scenario, so it was restarted by each playbook
    assert [host["iisreset_runs"] for host in end["endpoint_hosts"].values()] == [2, 1, 1]
    offers = {row["name"].rpartition(": ")[2] for row in end["resource_types"] if "Lockbox" in row["name"]}
    assert offers == {"Office 365 Customer Lockbox for faculty", "Office 365 Customer Lockbox for students"}

    again = lab.run(playbook=CSP, new_offers_create=True, new_offers_command=NEW_OFFERS, **confirmation)
    assert done(again).writes == []
    assert lab.state() == end


NEW_OFFERS = ["autoconf.py", "--application-id", "{{ office365_plan.application_id }}", "--new-offers"]


def setup_runs(state: Snapshot) -> list[dict[str, Any]]:
    """The runs of setup.cmd on all hosts, by host."""
    return [run for host in state["endpoint_hosts"].values() for run in host["setup_runs"]]


# -- the guide's failure ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def early_lab(start_lab: LabStarter) -> IntegrationLab:
    """A lab whose package was imported before the script had run."""
    lab = start_lab(hosts=1, gateways=2, **QUICK)
    import_package(lab)
    return lab


def import_package(lab: IntegrationLab) -> None:
    """Import the package as an operator would who forgot the script, and wait until its last task has failed."""
    url = f"file://{lab.packages['16.8.4']}"
    lab.call("pem.APS.importPackage", package_url=url, disable_package=False)
    lab.wait(lambda state: any(row["status"] == "f" and "relations" in row["name"] for row in state["tasks"]))


def test_an_import_that_came_too_early_is_refused_with_the_remedy(early_lab: IntegrationLab) -> None:
    before = early_lab.state()
    run = early_lab.run(office365_confirm="16.6.4 to 16.8.4")
    assert run.exit_code == 2
    assert "BLOCKER imported_before_script: package 16.8.4-34" in run.text
    assert "run again with -e office365_recover_import=true" in run.text
    assert run.writes == []
    assert early_lab.state() == before


def test_an_import_that_came_too_early_is_not_recovered_where_an_instance_is_upgraded(
    early_lab: IntegrationLab,
) -> None:
    """Nobody can know how that was done: stop, and do not guess."""
    move = "update lab_instances set package_id = (select package_id from lab_packages where version = %s and"
    move += " application_id = lab_instances.application_id) where instance_id = 1002"
    early_lab.execute(move, "16.8.4")
    before = early_lab.state()
    run = early_lab.run(office365_confirm="16.6.4 to 16.8.4", office365_recover_import=True)
    assert run.exit_code == 2
    assert f"BLOCKER script_outcome_unknown: {SCRIPT}: an instance is at 16.8.4 already" in run.text
    assert "BLOCKER upgraded_elsewhere: instance 1002" in run.text
    assert run.writes == []
    assert early_lab.state() == before
    early_lab.execute(move, "16.6.4")


def test_an_import_that_came_too_early_is_recovered(early_lab: IntegrationLab) -> None:
    before = early_lab.state()
    run = done(early_lab.run(office365_confirm="16.6.4 to 16.8.4", office365_recover_import=True))
    after = early_lab.state()
    assert problems(before, after, Goal(procedure="A")) == []
    calls = [line["call"] for line in run.calls]
    order = [calls.index(call) for call in ("pem.APS.unimportPackage", f"python {SCRIPT}", "pem.APS.importPackage")]
    assert order == sorted(order)
    assert calls.index("pem.APS.upgradeApplicationInstance") > order[-1]
    assert "pem.APS.removeApplication" not in calls

    again = early_lab.run(office365_confirm="16.6.4 to 16.8.4", office365_recover_import=True)
    assert done(again).writes == []
    assert early_lab.state() == after
