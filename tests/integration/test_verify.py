"""The verification: before an upgrade, at its end, and on an installation that somebody upgraded by hand."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from integration_lab import CSP, IntegrationLab, LabStarter, Run
from office365_lab.packages.assemblies import assembly
from test_bad_input import ADD_TASK
from test_procedures import QUICK, done

VERIFY = "odin.office365.verify"
CONFIRMATION = "16.6.4 to 16.8.4"
# What no system tells, after every upgrade from 16.6.
UNTOLD = {
    "contact_data_in_billing",
    "fees_kept",
    "public_api_password",
    "resource_settings_once",
    "service_parameter",
    "units_of_measure",
}
Rows = list[dict[str, str]]


def newest(lab: IntegrationLab) -> dict[str, Any]:
    """The file of the last verification."""
    path = max((lab.layout.root / "reports").glob("verification-*.json"), key=lambda found: found.stat().st_mtime_ns)
    assert path.stat().st_mode & 0o777 == 0o600
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def keys(rows: Rows, state: str) -> set[str]:
    return {row["key"] for row in rows if row["state"] == state}


def read_only(run: Run) -> Run:
    """A run of the verification: it changes nothing and gives no warning."""
    assert run.writes == []
    assert run.warnings == []
    assert set(run.changed.values()) == {0}
    return run


@pytest.fixture(scope="module")
def lab(start_lab: LabStarter) -> IntegrationLab:
    """The tests of this lab follow each other: before the upgrade, the upgrade, and what becomes of it."""
    return start_lab(hosts=1, gateways=2, **QUICK)


# -- syndication -----------------------------------------------------------------------------------------------------


def test_before_the_upgrade_many_demands_fail(lab: IntegrationLab) -> None:
    before = lab.state()
    run = read_only(lab.run(playbook=VERIFY, office365_package_url=Path(lab.packages["16.8.4"]).as_uri()))
    assert run.exit_code == 2
    # the package is large, and a verification has no use for what an upgrade would import
    assert re.search(r"Read the package at the address[^\n]*\nskipping: \[mn01\]", run.output)
    assert "The installation is not as the guide wants it after the upgrade to 16.8.4: " in run.text
    assert "FAILED A7 instance_version: 2 targets instance 1001: it is at 16.6.4-20, not at 16.8.4" in run.text
    assert "What to do: Run the upgrade playbook, or upgrade it on the Instances tab of the application." in run.text
    assert lab.state() == before
    document = newest(lab)
    assert (document["procedure"], document["origin"]["version"]) == ("A", "16.6.4")
    assert keys(document["rows"], "failed") == {
        "contact_data_in_subscriptions",
        "contact_data_in_templates",
        "contact_data_type",
        "dispatcher_assemblies",
        "gateway_assemblies",
        "instance_version",
        "package_imported",
        "public_api_settings",
        "store_customizations",
        "tenant_counter_types",
        "tenant_counters_in_subscriptions",
        "tenant_counters_in_templates",
        "trial_checker",
    }


def test_an_upgrade_ends_with_a_verification_that_finds_nothing_wrong(lab: IntegrationLab) -> None:
    run = done(lab.run(office365_confirm=CONFIRMATION))
    document = newest(lab)
    assert document["counts"]["failed"] == 0
    assert keys(document["rows"], "not_checkable") == UNTOLD
    assert all(row["detail"] and row["remedy"] for row in document["rows"] if row["state"] == "not_checkable")
    assert document["origin"] == {"version": "16.6.4", "source": "the journal says"}
    assert "procedure A: from 16.6.4, as the journal says): " in run.text
    assert run.text.index("Verification of 16.8.4") < run.text.index("Office 365 application 16.6.4 to 16.8.4")
    for secret in lab.secrets():
        assert secret not in json.dumps(document)


def test_check_mode_of_an_upgrade_verifies_nothing(lab: IntegrationLab) -> None:
    run = done(lab.run("--check"))
    assert "Nothing is verified, because this run in check mode has changed nothing" in run.text
    assert "Verification of 16.8.4" not in run.text


def test_a_run_that_fails_its_verification_is_summarised_and_gives_the_lock_up(lab: IntegrationLab) -> None:
    """Nothing is left to do, so what was collected at the start counts; only what collecting leaves out is read."""
    with lab.host_state("iis01") as state:
        (pool,) = (row for row in state["iis"]["pools"] if row["name"] == "Office 365 Gateway 02")
        pool["state"] = "Stopped"
    run = read_only(lab.run(office365_confirm=CONFIRMATION))
    assert run.exit_code == 2
    assert "FAILED A5 sites_running: site 'Office 365 Gateway 02' on iis01: application pool" in run.text
    assert run.text.index("Changed: nothing") < run.text.index("The installation is not as the guide wants it")
    assert not (lab.layout.management_node / "var/lib/odin-office365/lock.json").exists()
    sites = [line for line in run.calls if "read_sites" in str(line)]
    assert len(sites) == 1
    with lab.host_state("iis01") as state:
        next(row for row in state["iis"]["pools"] if row["name"] == "Office 365 Gateway 02")["state"] = "Started"


def test_a_step_that_nobody_does_stops_the_run(lab: IntegrationLab) -> None:
    """Without its hosts the play of the step does nothing; what comes after it must not begin all the same."""
    chosen = {"office365_confirm": CONFIRMATION, "office365_billing_group": "nobody"}
    run = lab.run(**chosen, office365_stop_at_gates=True)
    assert (run.exit_code, run.writes) == (2, [])
    assert "WARNING gate_store_customizations: A11" in run.text
    assert "A11: the files of the online store and panel customizations are not given, or no host for them." in run.text
    assert "PLAY [A13" not in run.output
    confirmed = lab.run(**chosen, store_customizations_confirmed=True, trial_checker_confirmed=True)
    assert (confirmed.exit_code, confirmed.writes) == (0, [])


def test_an_installation_that_was_upgraded_by_hand(lab: IntegrationLab) -> None:
    """No journal; and one thing of each kind is wrong. Each is found by its own row, and by no other."""
    shutil.rmtree(lab.layout.management_node / "var/lib/odin-office365")
    state = lab.state()
    contact_data = {
        row["id"]
        for row in state["resource_types"]
        if row["activation_parameters"].get("service_id") == "TenantContactData"
    }
    counters = {row["id"] for row in state["resource_types"] if "Total points sold" in row["name"]}
    subscription = next(row for row in state["subscriptions"] if contact_data & set(map(int, row["resource_types"])))
    template = next(row for row in state["service_templates"] if counters & {rt["id"] for rt in row["resource_types"]})
    lab.execute(
        "delete from subs_resources where sub_id = %s and rt_id = any(%s)", subscription["id"], list(contact_data)
    )
    lab.execute("delete from st_resources where st_id = %s and rt_id = any(%s)", template["id"], list(counters))
    lab.execute("update lab_service_templates set active = false where st_id = %s", template["id"])
    lab.execute("update lab_packages set status = 'Content error' where version = '16.8.4'")
    lab.execute(ADD_TASK, "Provisioning Office365 user", "", "f")
    lab.call(
        "pem.APS.setApplicationInstanceSettings",
        application_instance_id=1002,
        settings=[{"name": "oa_api_user", "value": "somebody"}],
    )
    folder = lab.layout.endpoint_hosts / "iis01/C/inetpub/Office 365 Gateway 02/Office365GatewayApplication02/bin"
    (folder / "Office365.Core.dll").write_bytes(assembly("Office365.Core.dll", "16.6.4"))
    (lab.layout.root / "billing/panels/script3.js").write_text("another file", encoding="utf-8")

    before = lab.state()
    run = read_only(lab.run(playbook=VERIFY))
    assert run.exit_code == 2
    assert lab.state() == before
    document = newest(lab)
    assert document["origin"] == {
        "version": "16.6.4",
        "source": "the newest older package that is imported shows",
    }
    found = {(row["key"], row["target"]): row["detail"] for row in document["rows"] if row["state"] == "failed"}
    assert {key for key, _target in found} == {
        "contact_data_in_subscriptions",
        "gateway_assemblies",
        "package_complete",
        "public_api_settings",
        "tasks_failed",
        "tenant_counters_in_templates",
        "trial_checker",
    }
    assert len(found) == 7
    texts = {key: f"{target}: {detail}" for (key, target), detail in found.items()}
    assert (
        f"1 of 3 lack Tenant Contact Data (resource type {min(contact_data)})" in texts["contact_data_in_subscriptions"]
        or f"the first: {subscription['id']}" in texts["contact_data_in_subscriptions"]
    )
    assert "Office 365 Gateway 02' on iis01" in texts["gateway_assemblies"]
    assert "Office365.Core.dll (16.6.4.0)" in texts["gateway_assemblies"]
    assert "package 16.8.4-34: its import is not complete: Content error" in texts["package_complete"]
    assert "instance 1002: username (oa_api_user) is another one" in texts["public_api_settings"]
    assert "somebody" not in run.output
    assert template["name"] in texts["tenant_counters_in_templates"]
    assert keys(document["rows"], "not_checkable") == {*UNTOLD, "provisioning_started"}
    (row,) = (row for row in document["rows"] if row["key"] == "provisioning_started")
    assert template["name"] in row["detail"]
    # a person reads it without opening the file
    for key in texts:
        assert f" {key}: " in run.text


def test_a_platform_that_does_not_answer_is_no_success(lab: IntegrationLab, unused_port: int) -> None:
    run = read_only(lab.run(playbook=VERIFY, oa_api_url=f"http://127.0.0.1:{unused_port}/"))
    assert run.exit_code == 2
    assert "FAILED all platform_read: platform and management node: they could not be read" in run.text
    assert keys(newest(lab)["rows"], "failed") == {"platform_read"}


# -- Cloud Solution Provider -----------------------------------------------------------------------------------------


def test_csp(start_lab: LabStarter) -> None:
    lab = start_lab(scenario="csp", from_version="16.8.3", csp_agent="linux", hosts=1, gateways=1, **QUICK)
    run = read_only(lab.run(playbook=VERIFY))
    assert run.exit_code == 2
    assert keys(newest(lab)["rows"], "failed") == {
        "csp_agent_war",
        "gateway_assemblies",
        "instance_version",
        "package_imported",
    }
    confirmed = {"office365_confirm": "16.8.3 to 16.8.4"}
    refused = lab.run(playbook=CSP, csp_agent_check_delay="soon", **confirmed)
    assert (refused.exit_code, refused.writes) == (2, [])
    assert "csp_agent_check_delay" in refused.text
    done(lab.run(playbook=CSP, **confirmed))
    document = newest(lab)
    assert (document["procedure"], document["counts"]["failed"]) == ("D", 0)
    assert {"csp_agent_war", "csp_agent_service"} <= keys(document["rows"], "passed")
    assert "dispatcher_assemblies" not in {row["key"] for row in document["rows"]}
