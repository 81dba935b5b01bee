"""The report of a run, as Ansible makes it without any setting, and the last lines of the output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from integration_lab import SYNDICATION, IntegrationLab, LabStarter, Run
from test_procedures import QUICK, done

CONFIRMED: dict[str, Any] = {"office365_confirm": "16.6.4 to 16.8.4"}
RECAP = "PLAY RECAP"
# A site whose name is a template, a tag and a command.
SITE = "{{ 7*7 }} <b>$(exit)</b>"
WRAPPER = f"""
- name: Before
  hosts: management_node
  gather_facts: false
  tasks:
    - name: Something of the user
      ansible.builtin.command: "true"

- name: The upgrade
  ansible.builtin.import_playbook: {SYNDICATION}
"""


@pytest.fixture(scope="module")
def lab(start_lab: LabStarter) -> IntegrationLab:
    """One lab for all; the tests build on one another, as the runs of a night do."""
    return start_lab(hosts=2, gateways=2, site_names=(SITE,), **QUICK)


def reports(lab: IntegrationLab) -> list[Path]:
    return sorted((lab.layout.root / "reports").glob("run-*.json"))


def newest(lab: IntegrationLab) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(reports(lab)[-1].read_text(encoding="utf-8"))
    return data


def states(lab: IntegrationLab) -> dict[str, str]:
    return {step["word"]: step["state"] for step in newest(lab)["steps"]}


def last_lines(run: Run) -> str:
    """What was printed behind the recap."""
    return run.output.rpartition(RECAP)[2]


def status(lab: IntegrationLab) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((lab.layout.root / "reports" / "status.json").read_text(encoding="utf-8"))
    return data


def test_1_a_run_that_preflight_refuses(lab: IntegrationLab) -> None:
    with lab.host_state("iis01") as state:
        free, state["free_bytes"] = state["free_bytes"], 0
    run = lab.run(**CONFIRMED)
    with lab.host_state("iis01") as state:
        state["free_bytes"] = free
    assert run.exit_code == 2
    assert run.warnings == []
    data = newest(lab)
    assert data["run"]["state"] == "refused"
    assert data["run"]["playbook"] == SYNDICATION
    assert data["changes"] == []
    assert {"disk_space"} == {row["key"] for row in data["findings"] if row["severity"] == "blocker"}
    assert "THE RUN WAS REFUSED" in last_lines(run)
    assert "This run changed nothing." in last_lines(run)


def test_2_a_playbook_of_the_user_that_fails_at_the_endpoint(lab: IntegrationLab, tmp_path: Path) -> None:
    playbook = tmp_path / "night.yml"
    playbook.write_text(WRAPPER, encoding="utf-8")
    lab.faults.add("^setup:iis01:", "fail")
    run = lab.run(playbook=str(playbook), **CONFIRMED)
    assert run.exit_code == 2
    assert run.warnings == []
    data = newest(lab)
    assert (data["run"]["state"], data["run"]["playbook"]) == ("failed", "night.yml")
    assert (states(lab)["endpoint"], states(lab)["resource_settings"]) == ("failed", "not_reached")
    # The other host comes to its end; then the management node stops the run and names the one that is missing.
    *own, stopped = data["failures"]
    assert ({row["host"] for row in own}, stopped["host"]) == ({"iis01"}, "mn01")
    assert "exit code 1" in own[-1]["message"]
    assert stopped["message"].startswith("iis01: its gateway sites are not upgraded")
    assert data["provisioning"]["state"] == "stopped"
    assert not any("Something of the user" in row["task"] for row in data["changes"])
    text = last_lines(run)
    assert "Where: A5 upgrade the application endpoint, on iis01" in text
    assert "Provisioning is stopped since" in text
    assert "Steps not done: A5, A6, A7" in text
    assert f"Report of the run: {reports(lab)[-1].with_suffix('.html')}" in text
    assert status(lab)["state"] == "failed"


def test_3_the_run_that_goes_on_and_succeeds(lab: IntegrationLab) -> None:
    """The callback is enabled as well, which must not give a second report."""
    before = len(reports(lab))
    lab.environment = {"ANSIBLE_CALLBACKS_ENABLED": "odin.office365.run_report", "ODIN_OFFICE365_PROGRESS_SECONDS": "1"}
    run = done(lab.run(**CONFIRMED))
    assert len(reports(lab)) == before + 1
    assert last_lines(run).count("Report of the run") == 1
    data = newest(lab)
    assert data["run"]["state"] == "succeeded"
    assert set(states(lab).values()) <= {"done", "nothing_to_do"}
    assert data["provisioning"]["state"] == "active_again"
    assert {row["after"] for row in data["versions"]["gateway_sites"]} == {"16.8.4.0"}
    assert SITE in {row["site"] for row in data["versions"]["gateway_sites"]}
    assert data["confirmations"] == [{"name": "office365_confirm", "value": CONFIRMED["office365_confirm"]}]
    assert (status(lab)["state"], status(lab)["percent"]) == ("succeeded", 100)
    assert [line for line in run.output.splitlines() if line.startswith("... ")]
    page = reports(lab)[-1].with_suffix(".html").read_text(encoding="utf-8")
    assert "{{ 7*7 }} &lt;b&gt;$(exit)&lt;/b&gt;" in page
    assert "<b>$(exit)" not in page


def test_a_copy_of_the_journal_stays_on_the_controller(lab: IntegrationLab) -> None:
    """Of the run that failed and of the one that went on; a file of the copy can be put where the lost one was."""
    journal = lab.layout.management_node / "var/lib/odin-office365/journal"
    copies = {path.name: path for path in (lab.layout.root / "reports" / "journal" / "mn01").iterdir()}
    assert sorted(copies) == sorted(path.name for path in journal.iterdir())
    for name, path in copies.items():
        assert json.loads(path.read_text(encoding="utf-8")) == json.loads((journal / name).read_text(encoding="utf-8"))


def test_4_files_are_private_and_hold_no_secret(lab: IntegrationLab) -> None:
    folder = lab.layout.root / "reports"
    journal = list((folder / "journal").glob("*/*"))
    found = [*folder.glob("run-*"), folder / "status.json", *journal]
    assert len(found) == 3 * 3 + 1 + len(journal)
    assert journal
    assert {path.stat().st_mode & 0o777 for path in found} == {0o600}
    text = "".join(path.read_text(encoding="utf-8") for path in found)
    for secret in lab.secrets():
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text
