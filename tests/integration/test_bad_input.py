"""Bad input gets a clear error before anything is changed: what is wrong, where, and what to do next."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration_lab import SYNDICATION, IntegrationLab, LabStarter, Run
from office365_lab.packages import spoil

ADD_TASK = "insert into tm_tasks (name, description, location, method, status) values (%s, %s, 'pau', 'provision', %s)"


@pytest.fixture(scope="module")
def shared_lab(start_lab: LabStarter) -> IntegrationLab:
    """A small lab for all tests of this module: two endpoint hosts with a gateway each."""
    return start_lab(gateways=2, service_templates=3, subscriptions=6)


@pytest.fixture
def lab(shared_lab: IntegrationLab) -> Iterator[IntegrationLab]:
    """The lab in its start state."""
    yield shared_lab
    shared_lab.reset()


def refused(lab: IntegrationLab, *texts: str, arguments: tuple[str, ...] = (), **variables: object) -> Run:
    """Run with the confirmation, so that only the bad input stops it, and prove that it did, said so, and did no more.

    ``texts`` must all be in the output.
    """
    before = lab.state()
    run = lab.run(*arguments, playbook=SYNDICATION, **{"office365_confirm": "16.6.4 to 16.8.4", **variables})
    assert run.exit_code == 2, run.output
    for text in texts:
        assert text in run.text, f"{text!r} is not in the output:\n{run.output}"
    assert "Traceback" not in run.output
    assert run.warnings == []
    assert "PLAY [A3" not in run.output
    assert run.writes == []
    assert set(run.changed.values()) <= {0}
    assert lab.state() == before
    return run


# -- the package ---------------------------------------------------------------------------------------------------


# How a package is spoilt -> what the finding says.
SPOILT = {
    "other_version": "BLOCKER package_other_version: {path}: the package is version 15.8.4-34, not 16.8.4",
    "other_application": "BLOCKER package_other_application: {path}: the package is of application 'Office365' "
    "(http://example.com/Office999), not 'http://www.parallels.com/Office365'",
    "wrong_digest": "BLOCKER package_digest_mismatch: {path}: O365-Web.zip is not the file that APP-LIST.xml",
    "truncated": "BLOCKER package_truncated: {path}: {path} is no complete zip archive",
    "zip_slip": "BLOCKER package_unsafe_path: {path}: the package has a member that would be unpacked outside",
    "zip_slip_web": "BLOCKER package_nested_unsafe_path: {path}: O365-Web.zip has a member that would be",
}


@pytest.mark.parametrize("how", SPOILT)
def test_spoilt_package(lab: IntegrationLab, tmp_path: Path, how: str) -> None:
    path = Path(shutil.copy(lab.packages["16.8.4"], tmp_path))
    spoil(path, how)
    refused(
        lab,
        SPOILT[how].format(path=path),
        "What to do: Put the vendor's original file at this path, or correct office365_package.",
        office365_package=str(path),
    )


def test_missing_package(lab: IntegrationLab, tmp_path: Path) -> None:
    path = tmp_path / "Office365-16.8.4-34.app.zip"
    refused(
        lab,
        f"BLOCKER package_missing: {path}: {path} does not exist",
        "What to do: Put the vendor's original file at this path, or correct office365_package.",
        office365_package=str(path),
    )


def test_resource_settings_package_of_another_version(lab: IntegrationLab) -> None:
    refused(
        lab,
        "BLOCKER script_package_missing: office365_resource_settings_packages: the 16.6.4 package is not among the "
        "packages given (16.6.3)",
        "What to do: Add the path of Office365-16.6.4-<release>.app.zip to office365_resource_settings_packages.",
        office365_resource_settings_packages=[lab.packages["16.6.3"]],
    )


def test_package_imported_before_the_script(lab: IntegrationLab) -> None:
    lab.execute(
        "insert into lab_packages (application_id, version, release, status, enabled, relations, metadata)"
        " select application_id, '16.8.4', '34', 'Ready', true, 'failed', metadata from lab_packages"
        " where version = '16.6.4'"
    )
    refused(
        lab,
        "BLOCKER imported_before_script: package 16.8.4-34: it is imported already, but "
        "upgradeResourceSettings16-6To16-8.py has not been run",
        "run again with -e office365_recover_import=true: the package is removed (version 16.8.4 only, never the "
        "application)",
    )


# -- the Public API ------------------------------------------------------------------------------------------------


def test_closed_port(lab: IntegrationLab, unused_port: int) -> None:
    refused(
        lab,
        f"No usable answer from http://127.0.0.1:{unused_port}/",
        "Nothing listens there: check host and port",
        oa_api_url=f"http://127.0.0.1:{unused_port}/",
    )


def test_connection_reset(lab: IntegrationLab) -> None:
    lab.faults.add("^public_api:", "reset", times=100)
    refused(
        lab,
        f"No usable answer from http://127.0.0.1:{lab.ports['api_http']}/",
        "Add the address of the host that runs this module under System > Settings > Public API > Allowed Networks",
    )
    assert lab.faults.all()[0]["fired"] > 0


def test_answers_are_garbage(lab: IntegrationLab) -> None:
    lab.faults.add("^public_api:", "garbage", times=100)
    refused(
        lab,
        f"No usable answer from http://127.0.0.1:{lab.ports['api_http']}/",
        "Check that the address is the one of the API and not of a proxy or another service.",
    )
    assert lab.faults.all()[0]["fired"] > 0


def test_wrong_password(lab: IntegrationLab) -> None:
    run = refused(
        lab,
        f"No usable answer from http://127.0.0.1:{lab.ports['api_http']}/",
        "The login was not accepted: check api_username and api_password",
        oa_api_password="not-the-password-of-the-api",
    )
    assert "not-the-password-of-the-api" not in run.output


def test_untrusted_certificate(lab: IntegrationLab) -> None:
    refused(
        lab,
        f"No usable answer from https://127.0.0.1:{lab.ports['api_https']}/",
        "The certificate is not trusted: give the authority that signed it as ca_path",
        oa_api_url=f"https://127.0.0.1:{lab.ports['api_https']}/",
        oa_api_ca_path="{{ omit }}",
    )


def test_untrusted_certificate_of_the_aps_controller(lab: IntegrationLab) -> None:
    refused(
        lab,
        f"No usable answer from https://127.0.0.1:{lab.ports['aps']}/",
        "(aps_ca_path for the APS controller)",
        oa_api_ca_path="{{ omit }}",
        oa_aps_ca_path="{{ omit }}",
    )


# -- application and instances -------------------------------------------------------------------------------------


def test_application_not_found(lab: IntegrationLab) -> None:
    lab.execute(
        "update lab_applications set aps_application_id = 'http://example.com/Mail', name = 'Mail'"
        " where aps_application_id = 'http://www.parallels.com/Office365'"
    )
    refused(
        lab,
        "BLOCKER application_not_found: http://www.parallels.com/Office365: the platform has no application with this",
        "What to do: Check oa_api_url; Services > Applications of the Provider Control Panel lists the applications.",
    )


def test_instance_not_found(lab: IntegrationLab) -> None:
    refused(
        lab,
        "4711",
        "What to do: Check office365_instance_ids against the Instances tab of the application.",
        office365_instance_ids=[4711],
    )


@pytest.mark.parametrize("version", ["16.6.2", "16.8.1", "17.0"])
def test_version_without_a_procedure(lab: IntegrationLab, version: str) -> None:
    lab.execute("update lab_packages set version = %s where version = '16.6.4'", version)
    refused(
        lab,
        f"BLOCKER version_not_supported: instance 1001: version {version} cannot be upgraded to 16.8.4 (syndication "
        "scenario)",
        "Why it matters: The guide has procedures for",
        "What to do: Upgrade along the allowed upgrade paths first. See: https://",
    )


def test_newer_package_imported(lab: IntegrationLab) -> None:
    lab.execute(
        "insert into lab_packages (application_id, version, release, status, enabled, relations, metadata)"
        " select application_id, '16.9.1', '40', 'Ready', true, 'ok', metadata from lab_packages"
        " where version = '16.6.4'"
    )
    refused(
        lab,
        "BLOCKER newer_package_imported: package 16.9.1: a package newer than 16.8.4 is imported on the platform",
        "What to do: Remove version 16.9.1 on the Versions tab of the application, then run again.",
    )


def test_setting_with_an_unknown_label(lab: IntegrationLab) -> None:
    """The instances' settings come after the confirmation, and before everything that changes the installation."""
    before = lab.state()
    labels = {"url": "API address", "username": "API user", "password": "API password"}
    run = lab.run(office365_confirm="16.6.4 to 16.8.4", public_api_access_labels=labels)
    assert run.exit_code == 2, run.output
    assert "The package does not say which setting is API address, API user, API password." in run.text
    assert "set public_api_access_setting_ids: {url: ..., username: ..., password: ...}" in run.text
    assert "Traceback" not in run.output
    assert run.writes == []
    assert lab.state() == before


# -- sites and names -----------------------------------------------------------------------------------------------


def site(state: dict[str, Any], name: str) -> dict[str, Any]:
    """The IIS site ``name`` in the state of an endpoint host."""
    found: dict[str, Any] = next(row for row in state["iis"]["sites"] if row["name"] == name)
    return found


def test_no_site_for_the_address(lab: IntegrationLab) -> None:
    with lab.host_state("iis02") as state:
        site(state, "Office 365 Gateway 02")["bindings"][0]["information"] = "10.20.2.99:443:"
    refused(
        lab,
        "BLOCKER gateway_site_not_found: office365gateway02.hosting.local: no IIS site is bound to 10.20.2.12",
        "'Office 365 Gateway 02' on iis02 (10.20.2.99)",
        "What to do: Add the endpoint host that carries this site to the inventory, correct DNS on the management "
        "node or the binding in IIS, or name host and site in office365_gateway_overrides.",
    )


def test_two_sites_for_the_address(lab: IntegrationLab) -> None:
    with lab.host_state("iis01") as state:
        site(state, "Default Web Site")["bindings"][0]["information"] = "10.20.1.11:80:"
    refused(
        lab,
        "BLOCKER gateway_site_ambiguous: office365gateway01.hosting.local: 2 IIS sites match gateway host "
        "office365gateway01.hosting.local: site 'Default Web Site' on iis01 (10.20.1.11); site 'Office 365 Gateway 01' "
        "on iis01 (10.20.1.11)",
        "What to do: Leave the address to one site only, or name the right one in office365_gateway_overrides.",
    )


def test_host_name_does_not_resolve(lab: IntegrationLab) -> None:
    path = lab.layout.management_node / "etc" / "hosts"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "office365gateway02" not in line), encoding="utf-8")
    refused(
        lab,
        "BLOCKER gateway_host_unresolved: office365gateway02.hosting.local: the gateway host name does not resolve on "
        "the management node",
        "What to do: Correct DNS or /etc/hosts on the management node, or give the address in "
        "office365_gateway_overrides.",
    )


# -- tasks ---------------------------------------------------------------------------------------------------------


def test_open_task(lab: IntegrationLab) -> None:
    lab.execute(ADD_TASK, "Provisioning Office365 tenant", "", "u")
    refused(
        lab,
        "BLOCKER tasks_open: Operations > Tasks: 1 Office 365 task(s) still to be processed",
        "Provisioning Office365 tenant (unprocessed)",
        "What to do: Wait until they are processed (collect_open_tasks_timeout: how long a run waits), then run again.",
        collect_open_tasks_timeout=1,
        collect_open_tasks_poll_interval=1,
    )


def test_failed_task(lab: IntegrationLab) -> None:
    lab.execute(ADD_TASK, "Provisioning Office365 user", "", "f")
    refused(
        lab,
        "BLOCKER tasks_failed: Operations > Tasks: 1 Office 365 task(s) failed",
        "Provisioning Office365 user (failed)",
        "What to do: Correct the cause and restart them in Operations > Tasks",
    )


# -- hosts ---------------------------------------------------------------------------------------------------------


def test_client_certificate_does_not_exist(lab: IntegrationLab) -> None:
    path = "/nonexistent/client 2018.pfx"
    refused(
        lab,
        f"BLOCKER client_certificate_missing: {path}: the new client Microsoft certificate (endpoint_ms_cert_file) is",
        "What to do: Put the file there, or leave the variable out if the certificate need not change.",
        endpoint_ms_cert_file=path,
    )


def test_gateway_certificate_expired(lab: IntegrationLab) -> None:
    with lab.host_state("iis01") as state:
        for row in state["certificates"]:
            if "office365gateway01" in row["subject"]:
                row |= {"valid_from": 1.4e9, "valid_to": 1451606400.0, "valid_to_iso8601": "2016-01-01T00:00:00Z"}
    refused(
        lab,
        "BLOCKER gateway_certificate_unusable: office365gateway01.hosting.local on iis01: its certificate expired on "
        "2016-01-01",
        "What to do: Install a valid certificate with its private key and this subject in LocalMachine\\Personal.",
    )


def test_disk_full(lab: IntegrationLab) -> None:
    with lab.host_state("iis02") as state:
        state["free_bytes"] = 10 * 2**20
    refused(
        lab,
        "BLOCKER disk_space: iis02: 10 MiB are free, ",
        "What to do: Free space on the drive of endpoint_stage_folder, or choose another drive for it.",
    )


def test_endpoint_host_unreachable(lab: IntegrationLab, unused_port: int, tmp_path: Path) -> None:
    other = tmp_path / "other.yml"
    other.write_text(f"endpoint_hosts: {{hosts: {{iis02: {{ansible_port: {unused_port}}}}}}}\n", encoding="utf-8")
    refused(
        lab,
        "BLOCKER endpoint_host_unreachable: iis02: it could not be reached or read",
        "What to do: Check that the host is up, WinRM answers, and ansible_host, ansible_port, ansible_user and "
        "ansible_password are right",
        arguments=("-i", str(other)),
    )


def test_management_node_without_python(lab: IntegrationLab) -> None:
    refused(
        lab,
        "BLOCKER python_missing: mn01: the Python of the vendor's scripts could not be started (/nonexistent/python)",
        "What to do: Install it, or set office365_python to the interpreter that the scripts must use.",
        office365_python="/nonexistent/python",
    )


def test_several_findings_are_told_at_once(lab: IntegrationLab, tmp_path: Path) -> None:
    with lab.host_state("iis02") as state:
        state["free_bytes"] = 0
    lab.execute(ADD_TASK, "Provisioning Office365 user", "", "f")
    refused(
        lab,
        "Nothing was changed. 3 finding(s) must be dealt with first:",
        "BLOCKER package_missing:",
        "BLOCKER disk_space: iis02:",
        "BLOCKER tasks_failed:",
        office365_package=str(tmp_path / "none.app.zip"),
    )


# -- findings that are warnings, and those about other systems -----------------------------------------------------


def test_service_template_with_azure_csp(lab: IntegrationLab) -> None:
    """A known limitation of the release; whether to go on is the operator's decision."""
    lab.execute(
        "insert into lab_applications (aps_application_id, name) values ('http://example.com/AzureCSP', 'Azure CSP')"
    )
    lab.execute(
        "update rt_act_params set value = (select max(application_id)::text from lab_applications)"
        " where name = 'app_id' and rt_id = (select max(rt_id) from st_resources where st_id = 11)"
    )
    run = lab.run()
    assert run.exit_code == 2
    assert "WARNING azure_csp_in_service_template: service template 11 (Office 365 Template 01)" in run.text
    assert "What to do: Make a service template and plans of its own for Azure CSP." in run.text


def test_templates_of_resellers_that_are_left_out(lab: IntegrationLab) -> None:
    run = lab.run(office365_service_template_owners=[1], office365_reseller_templates=False)
    assert "WARNING service_template_left_out: service template 12 (O365INST2: Office 365 Template 02)" in run.text
    assert "4 service template(s)" not in run.text


def test_synchronization_script_is_scheduled(lab: IntegrationLab) -> None:
    schedule = lab.layout.root / "billing-server" / "etc" / "cron.d" / "office365"
    schedule.write_text(f"{schedule.read_text(encoding='utf-8')}5 * * * * root /usr/local/o365/backsynco365.pl 5\n")
    refused(
        lab,
        f"BLOCKER synchronization_scheduled: billing01: {lab.layout.root}/billing-server/usr/local/o365/"
        f"backsynco365.pl is scheduled in {schedule}",
        "set office365_synchronization_stopped: true. Schedule it again after the upgrade.",
    )
    run = lab.run(office365_synchronization_stopped=True)
    assert "WARNING synchronization_scheduled: billing01" in run.text


def test_billing_host_unreachable(lab: IntegrationLab, tmp_path: Path) -> None:
    other = tmp_path / "other.yml"
    lost = "{ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}"
    other.write_text(f"billing: {{hosts: {{billing01: {lost}}}}}\n", encoding="utf-8")
    refused(
        lab,
        "BLOCKER billing_host_unreachable: billing01: it could not be reached or read",
        arguments=("-i", str(other)),
    )


# -- SQL Server ------------------------------------------------------------------------------------------------------


def test_sql_logins_that_would_stop_setup(lab: IntegrationLab) -> None:
    """Every site is judged on its own; a missing role would stop setup.cmd in the outage."""
    with lab.host_state("iis01") as state:
        state["sql_logins"][0]["sysadmin"] = False
    lab.faults.add("^sql:iis02:login office365-preflight", "fail")
    refused(
        lab,
        "BLOCKER sql_sysadmin_missing: Office 365 Gateway 01 on iis01: the SQL Server login IIS APPPOOL\\",
        "BLOCKER sql_login_failed: Office 365 Gateway 02 on iis02: SQL Server could not be asked for the role "
        "sysadmin: Login failed for user 'office365-preflight'.",
        "What to do: Let the administrator of SQL Server add it to the server role sysadmin.",
    )
    assert [fault["fired"] for fault in lab.faults.all()] == [1]
    lab.faults.clear()


def test_sql_connection_that_is_none(lab: IntegrationLab) -> None:
    """The text is not repeated, because it holds a password."""
    run = refused(
        lab,
        "BLOCKER sql_login_failed: Office 365 Gateway 01 on iis01: SQL Server could not be asked for the role "
        "sysadmin: the connection string cannot be read",
        lab_sql_connection="no connection string but Pa55word",
        arguments=("-vvv",),
    )
    assert "Pa55word" not in run.output
