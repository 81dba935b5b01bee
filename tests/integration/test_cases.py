"""What the guide and the users demand beside the plain run, each on a lab of its own."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from integration_lab import CSP, IntegrationLab, LabStarter
from test_procedures import QUICK, done

from tools.check_upgrade import Goal, problems

CONFIRMATION = {"office365_confirm": "16.6.4 to 16.8.4"}
STAGE_FOLDER = "C:\\ProgramData\\odin-office365"
CERTIFICATE_FOLDER = f"{STAGE_FOLDER}\\client-certificate"


def private_folders(line: dict[str, Any]) -> list[str]:
    """The folders that a line of the wire log closes to everybody but administrators and the system."""
    arguments = line.get("arguments")
    told = arguments.get("parameters") if isinstance(arguments, dict) else None
    return told.get("Private", []) if isinstance(told, dict) else []


# -- the endpoint ----------------------------------------------------------------------------------------------------


def test_client_certificate_and_a_restart_after_each_site(start_lab: LabStarter, tmp_path: Path) -> None:
    certificate = tmp_path / "new client.pfx"
    certificate.write_bytes(b"a certificate with its private key")
    lab = start_lab(hosts=1, gateways=2, **QUICK)
    before = lab.state()
    run = done(
        lab.run(
            endpoint_ms_cert_file=str(certificate),
            endpoint_iisreset="per_site",
            application_canary_instance_id=1002,
            **CONFIRMATION,
        )
    )
    after = lab.state()
    assert problems(before, after, Goal(procedure="A")) == []
    host = after["endpoint_hosts"]["iis01"]
    assert {row["arguments"]["MSCertPath"] for row in host["setup_runs"]} == {f"{CERTIFICATE_FOLDER}\\new client.pfx"}
    assert host["iisreset_runs"] == 2
    upgraded = [line["arguments"] for line in run.calls if line["call"] == "pem.APS.upgradeApplicationInstance"]
    assert [row["application_instance_id"] for row in upgraded] == [1002, 1001]

    closed = [number for number, line in enumerate(run.calls) if CERTIFICATE_FOLDER in private_folders(line)]
    arrived = next(number for number, line in enumerate(run.calls) if "new client.pfx" in str(line.get("arguments")))
    assert len(closed) == 1
    assert closed[0] < arrived
    assert not (
        lab.layout.endpoint_hosts / "iis01" / "C" / "ProgramData" / "odin-office365" / "client-certificate"
    ).exists()
    digest = hashlib.sha256(certificate.read_bytes()).hexdigest()
    left = [path for path in (lab.layout.endpoint_hosts / "iis01" / "C").rglob("*") if path.is_file()]
    assert digest not in {hashlib.sha256(path.read_bytes()).hexdigest() for path in left}


def test_client_certificate_is_removed_after_a_failure(start_lab: LabStarter, tmp_path: Path) -> None:
    certificate = tmp_path / "client.pfx"
    certificate.write_bytes(b"a certificate with its private key")
    lab = start_lab(hosts=1, gateways=1, **QUICK)
    lab.faults.add("^setup:iis01:", "fail")
    run = lab.run(endpoint_ms_cert_file=str(certificate), **CONFIRMATION)
    assert run.exit_code == 2
    assert "setup.cmd failed for gateway site 'Office 365 Gateway 01' on iis01" in run.text
    folder = lab.layout.endpoint_hosts / "iis01" / "C" / "ProgramData" / "odin-office365"
    assert folder.exists()
    assert not (folder / "client-certificate").exists()


def test_a_folder_that_somebody_else_has_filled_is_refused(start_lab: LabStarter) -> None:
    """Below ProgramData every user of a host may make folders; setup.cmd is run as an administrator."""
    lab = start_lab(hosts=1, gateways=1, **QUICK)
    before = lab.state()
    package = Path(lab.packages["16.8.4"])
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    local = lab.layout.endpoint_hosts / "iis01" / "C" / "ProgramData" / "odin-office365"
    planted = local / f"16.8.4-34-{digest[:12]}"
    (planted / "O365-Web").mkdir(parents=True)
    (planted / "O365-Web" / "setup.cmd").write_text("@rem of somebody else")
    (planted / "O365-Web" / "xcopy.exe").write_bytes(b"of somebody else")
    (planted / "staged.txt").write_text(digest)
    with lab.host_state("iis01") as state:
        state["acls"][STAGE_FOLDER] = {"owner": "S-1-5-21-1-2-3-1005", "inherits": True, "rules": []}
    run = lab.run(**CONFIRMATION)
    assert run.exit_code == 2
    assert f"{STAGE_FOLDER} is not empty and not closed to others: what is in it may be from anybody." in run.text
    assert (planted / "O365-Web" / "xcopy.exe").exists()
    stopped = lab.state()
    assert stopped["service_templates"] == before["service_templates"]
    assert stopped["endpoint_hosts"]["iis01"]["setup_runs"] == []

    # an empty folder of somebody else is made anew
    shutil.rmtree(planted)
    done(lab.run(**CONFIRMATION))
    after = lab.state()
    assert problems(before, after, Goal(procedure="A")) == []
    acls = after["endpoint_hosts"]["iis01"]["acls"]
    assert acls[STAGE_FOLDER]["owner"] == "S-1-5-32-544"
    assert [rule["sid"] for rule in acls[STAGE_FOLDER]["rules"]] == ["S-1-5-32-544", "S-1-5-18", "S-1-5-32-545"]
    assert acls[STAGE_FOLDER]["rules"][-1]["rights"] == "ReadAndExecute"


def test_a_gateway_that_does_not_answer_before_its_upgrade(start_lab: LabStarter) -> None:
    """After setup.cmd it is called in the same way; what would stop the run there stops it before the outage."""
    lab = start_lab(hosts=1, gateways=2, **QUICK)
    before = lab.state()
    set_pool_state(lab, "Stopped")
    run = lab.run(endpoint_prove_retries=0, **CONFIRMATION)
    assert run.exit_code == 2
    assert "A gateway of iis01 does not answer as it should, and its upgrade has not begun:" in run.text
    assert "https://office365gateway02.hosting.local/Office365GatewayApplication02/: " in run.text
    assert "https://office365gateway01.hosting.local/Office365GatewayApplication01/: " not in run.text
    stopped = lab.state()
    assert stopped["service_templates"] == before["service_templates"]
    assert stopped["endpoint_hosts"]["iis01"]["setup_runs"] == []

    set_pool_state(lab, "Started")
    done(lab.run(**CONFIRMATION))
    assert problems(before, lab.state(), Goal(procedure="A")) == []


def set_pool_state(lab: IntegrationLab, word: str) -> None:
    with lab.host_state("iis01") as state:
        (pool,) = (row for row in state["iis"]["pools"] if row["name"] == "Office 365 Gateway 02")
        pool["state"] = word


# -- the Public API --------------------------------------------------------------------------------------------------


def test_an_endpoint_host_that_may_not_call_the_public_api(start_lab: LabStarter) -> None:
    """There is no API for the list of allowed networks; in procedure B, the step itself comes in the outage."""
    lab = start_lab(hosts=1, gateways=1, **QUICK)
    before = lab.state()
    lab.execute("delete from lab_allowed_networks")
    run = lab.run(**CONFIRMATION)
    assert run.exit_code == 2
    assert run.writes == []
    assert "BLOCKER public_api_refused: iis01: it cannot call the Public API at http" in run.text
    assert "System > Settings > Public API > Allowed Networks" in run.text
    assert "(its addresses: 10.20.1.11, 10.20.1.250, 127.0.11.1)" in run.text
    assert lab.state() == before
    lab.execute("insert into lab_allowed_networks values ('127.0.11.1/32')")
    done(lab.run(**CONFIRMATION))
    assert problems(before, lab.state(), Goal(procedure="A")) == []


# -- variables of the other scenario ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "playbook", "variables", "names"),
    [
        (
            "csp",
            CSP,
            {"endpoint_ms_cert_file": "/srv/client.pfx", "office365_dispatcher_url": "https://x/y/"},
            ["endpoint_ms_cert_file", "office365_dispatcher_url"],
        ),
        ("syndication", None, {"csp_agent_confirmed_version": "1"}, ["csp_agent_confirmed_version"]),
    ],
)
def test_variables_of_the_other_scenario_are_refused_by_name(
    start_lab: LabStarter, scenario: str, playbook: str | None, variables: dict[str, Any], names: list[str]
) -> None:
    lab: IntegrationLab = start_lab(scenario=scenario, hosts=1, gateways=1, **QUICK)
    before = lab.state()
    run = lab.run(**({"playbook": playbook} if playbook else {}), **variables, **CONFIRMATION)
    assert run.exit_code == 2
    for name in names:
        assert f"BLOCKER parameter_of_other_scenario: {name}: it is set for " in run.text
    assert run.writes == []
    assert lab.state() == before
