"""Bad input gets a clear error before anything is changed: what is wrong, where, and what to do next.

A run tells everything that it finds, so bad inputs that can stand side by side are given to one run, and each test
reads its own lines of that run. What ends a run before the plan has a run of its own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration_lab import SYNDICATION, IntegrationLab, LabStarter, Run
from office365_lab.packages import spoil
from test_procedures import QUICK

ADD_TASK = "insert into tm_tasks (name, description, location, method, status) values (%s, %s, 'pau', 'provision', %s)"
ADD_PACKAGE = (
    "insert into lab_packages (application_id, version, release, status, enabled, relations, metadata)"
    " select application_id, %s, %s, 'Ready', true, %s, metadata from lab_packages where version = '16.6.4'"
)
MOVE_INSTANCE = (
    "update lab_instances set package_id = (select package_id from lab_packages where version = %s and"
    " application_id = lab_instances.application_id) where instance_id = %s"
)
NO_CERTIFICATE = "/nonexistent/client 2018.pfx"
NO_FILE = "/nonexistent/store.js"
NO_PYTHON = "/nonexistent/python"
NOBODY = "nobody-of-this-name"


@pytest.fixture(scope="module")
def shared_lab(start_lab: LabStarter) -> IntegrationLab:
    """A small lab for all tests of this module: two endpoint hosts with two gateways each."""
    return start_lab(gateways=4, service_templates=3, **QUICK)


@pytest.fixture
def lab(shared_lab: IntegrationLab) -> Iterator[IntegrationLab]:
    """The lab in its start state."""
    yield shared_lab
    shared_lab.reset()


def stopped(lab: IntegrationLab, *arguments: str, **variables: object) -> Run:
    """Run with the confirmation, so that only the bad input stops it, and prove that the installation is as before."""
    before = lab.state()
    run = lab.run(*arguments, playbook=SYNDICATION, **{"office365_confirm": "16.6.4 to 16.8.4", **variables})
    assert run.exit_code == 2, run.output
    assert "Traceback" not in run.output
    assert run.writes == []
    assert lab.state() == before
    return run


def refused(lab: IntegrationLab, *arguments: str, **variables: object) -> Run:
    """The same before the journal remembers anything of the run: no task has changed anything."""
    run = stopped(lab, *arguments, **variables)
    assert run.warnings == []
    assert "PLAY [A3" not in run.output
    assert set(run.changed.values()) <= {0}
    return run


def refused_after_the_plan(lab: IntegrationLab, **variables: object) -> Run:
    """The same when the journal remembers that the run began, and no step has."""
    run = stopped(lab, **variables)
    assert "PLAY [A3" not in run.output
    return run


def tells(run: Run, *texts: str) -> None:
    """All the texts are in the output."""
    for text in texts:
        assert text in run.text, f"{text!r} is not in the output:\n{run.output}"


def blockers(run: Run) -> list[str]:
    """The keys of the findings that stop the run, sorted; the output has each of them more than once."""
    return sorted(key for key, _target in set(re.findall(r"BLOCKER (\w+): ([^:]+):", run.text)))


def site(state: dict[str, Any], name: str) -> dict[str, Any]:
    """The IIS site ``name`` in the state of an endpoint host."""
    found: dict[str, Any] = next(row for row in state["iis"]["sites"] if row["name"] == name)
    return found


# -- the runs with several bad inputs ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For what the runs are given: packages, inventories."""
    return tmp_path_factory.mktemp("given")


# Spoilt in more than one way at once; what is left of a truncated package shows nothing else.
SPOILT_MORE_THAN_ONCE = ("other_version", "other_application", "zip_slip", "zip_slip_web", "wrong_digest")


def spoilt_package(lab: IntegrationLab, folder: Path, *ways: str) -> Path:
    """A copy of the package, spoilt in all these ways."""
    path = folder / "-".join(ways) / Path(lab.packages["16.8.4"]).name
    path.parent.mkdir()
    shutil.copy(lab.packages["16.8.4"], path)
    for how in ways:
        spoil(path, how)
    return path


@pytest.fixture(scope="module")
def wrong_state(shared_lab: IntegrationLab, folder: Path) -> Iterator[Run]:
    """Platform, hosts and Billing are in no state for an upgrade, and the package is cut off."""
    lab = shared_lab
    for version, instance in UNSUPPORTED.items():
        lab.execute(ADD_PACKAGE, version, "1", "ok")
        lab.execute(MOVE_INSTANCE, version, instance)
    lab.execute(ADD_PACKAGE, "16.9.1", "40", "ok")
    lab.execute(ADD_TASK, "Provisioning Office365 tenant", "", "u")
    lab.execute(ADD_TASK, "Provisioning Office365 user", "", "f")
    with lab.host_state("iis01") as state:
        state["sql_logins"][0]["sysadmin"] = False
        for row in state["certificates"]:
            if "office365gateway01" in row["subject"]:
                row |= {"valid_from": 1.4e9, "valid_to": 1451606400.0, "valid_to_iso8601": "2016-01-01T00:00:00Z"}
    with lab.host_state("iis02") as state:
        state["free_bytes"] = 10 * 2**20
    lab.faults.add("^sql:iis02:login office365-preflight", "fail")
    schedule(lab)
    run = refused(
        lab,
        office365_package=str(spoilt_package(lab, folder, "truncated")),
        office365_package_url="http://127.0.0.1:1/Office365-16.8.4.app.zip",
        collect_open_tasks_timeout=1,
        collect_open_tasks_poll_interval=1,
    )
    assert [fault["fired"] for fault in lab.faults.all()] == [1]
    lab.reset()
    yield run


@pytest.fixture(scope="module")
def wrong_names(shared_lab: IntegrationLab, folder: Path) -> Iterator[Run]:
    """Sites that are not found, packages that are other ones than they should be, and one that is imported already."""
    lab = shared_lab
    lab.execute(ADD_PACKAGE, "16.8.4", "34", "failed")
    with lab.host_state("iis01") as state:
        site(state, "Default Web Site")["bindings"][0]["information"] = "10.20.1.11:80:"
        # they lead nobody to a gateway, and hinder nobody from reading the others
        others = {"net.tcp": "808:*", "net.pipe": "*", "https": "[2001:db8::1]:443:"}
        site(state, "Default Web Site")["bindings"] += [
            {"protocol": protocol, "information": information, "ssl_flags": 0, "hash": "", "store": ""}
            for protocol, information in others.items()
        ]
    with lab.host_state("iis02") as state:
        site(state, "Office 365 Gateway 02")["bindings"][0]["information"] = "10.20.2.99:443:"
    path = lab.layout.management_node / "etc" / "hosts"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "office365gateway04" not in line), encoding="utf-8")
    run = refused(
        lab,
        office365_package=str(spoilt_package(lab, folder, *SPOILT_MORE_THAN_ONCE)),
        office365_resource_settings_packages=[lab.packages["16.6.3"]],
        office365_package_url=Path(lab.packages["16.6.4"]).as_uri(),
        endpoint_ms_cert_file=NO_CERTIFICATE,
        store_customizations_files=[{"src": NO_FILE, "dest": NO_FILE}],
        trial_checker_file={"src": __file__, "dest": str(folder), "owner": NOBODY, "group": NOBODY, "mode": 644},
    )
    lab.reset()
    yield run


@pytest.fixture(scope="module")
def out_of_reach(shared_lab: IntegrationLab, folder: Path, unused_port: int) -> Iterator[Run]:
    """Hosts and a package that are not there; every word of the run is read (-vvv)."""
    other = folder / "other.yml"
    lost = "{ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}"
    other.write_text(
        f"endpoint_hosts: {{hosts: {{iis02: {{ansible_port: {unused_port}}}}}}}\n"
        f"billing: {{hosts: {{billing01: {lost}}}}}\n",
        encoding="utf-8",
    )
    yield refused(
        shared_lab,
        "-vvv",
        "-i",
        str(other),
        office365_package=str(folder / "Office365-16.8.4-34.app.zip"),
        office365_package_url="https://reader:Pa55word@packages.example.com/Office365.zip",
        lab_sql_connection="no connection string but Pa55word",
    )


@pytest.fixture(scope="module")
def nothing_to_upgrade(shared_lab: IntegrationLab) -> Iterator[Run]:
    """The platform has another application only, and the Python of the vendor's scripts is not there."""
    shared_lab.execute(
        "update lab_applications set aps_application_id = 'http://example.com/Mail', name = 'Mail'"
        " where aps_application_id = 'http://www.parallels.com/Office365'"
    )
    run = refused(shared_lab, office365_python=NO_PYTHON)
    shared_lab.reset()
    yield run


@pytest.fixture(scope="module")
def warned(shared_lab: IntegrationLab) -> Iterator[Run]:
    """A run that could go on: what it says are warnings; it stops because nobody confirmed it."""
    lab = shared_lab
    lab.execute(
        "insert into lab_applications (aps_application_id, name) values ('http://example.com/AzureCSP', 'Azure CSP')"
    )
    lab.execute(
        "update rt_act_params set value = (select max(application_id)::text from lab_applications)"
        " where name = 'app_id' and rt_id = (select max(rt_id) from st_resources where st_id = 11)"
    )
    schedule(lab)
    run = lab.run(
        office365_service_template_owners=[1],
        office365_reseller_templates=False,
        office365_synchronization_stopped=True,
    )
    lab.reset()
    yield run


def schedule(lab: IntegrationLab) -> None:
    """Let Billing's synchronization run every hour."""
    path = schedule_file(lab)
    path.write_text(f"{path.read_text(encoding='utf-8')}5 * * * * root /usr/local/o365/backsynco365.pl 5\n")


def schedule_file(lab: IntegrationLab) -> Path:
    """Where Billing's server says what runs when."""
    return lab.layout.root / "billing-server" / "etc" / "cron.d" / "office365"


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
PACKAGE_REMEDY = "What to do: Put the vendor's original file at this path, or correct office365_package."


@pytest.mark.parametrize("how", SPOILT)
def test_spoilt_package(wrong_names: Run, wrong_state: Run, folder: Path, how: str) -> None:
    ways = SPOILT_MORE_THAN_ONCE if how in SPOILT_MORE_THAN_ONCE else (how,)
    (path,) = (folder / "-".join(ways)).iterdir()
    run = wrong_names if how in SPOILT_MORE_THAN_ONCE else wrong_state
    tells(run, f"{SPOILT[how].format(path=path)}", PACKAGE_REMEDY)


def test_missing_package(out_of_reach: Run, folder: Path) -> None:
    path = folder / "Office365-16.8.4-34.app.zip"
    tells(out_of_reach, f"BLOCKER package_missing: {path}: {path} does not exist", PACKAGE_REMEDY)


def test_resource_settings_package_of_another_version(wrong_names: Run) -> None:
    tells(
        wrong_names,
        "BLOCKER script_package_missing: office365_resource_settings_packages: the 16.6.4 package is not among the "
        "packages given (16.6.3)",
        "What to do: Add the path of Office365-16.6.4-<release>.app.zip to office365_resource_settings_packages.",
    )


def test_package_imported_before_the_script(wrong_names: Run) -> None:
    tells(
        wrong_names,
        "BLOCKER imported_before_script: package 16.8.4-34: it is imported already, but "
        "upgradeResourceSettings16-6To16-8.py has not been run",
        "run again with -e office365_recover_import=true: the package is removed (version 16.8.4 only, never the "
        "application)",
    )


# -- parts of a run ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--limit", "iis01"), "These hosts of the inventory are left out (--limit): billing01, iis02, mn01."),
        (("--limit", "all:!billing01"), "These hosts of the inventory are left out (--limit): billing01."),
        (("--tags", "step_endpoint"), "Steps are chosen: --tags step_endpoint."),
        (("--tags", "nightly"), "Steps are chosen: --tags nightly."),
        (("--tags", "untagged"), "Steps are chosen: --tags untagged."),
        (("--skip-tags", "step_stop_provisioning"), "Steps are chosen: --skip-tags step_stop_provisioning."),
        (("--skip-tags", "always"), "This run has made no plan, so no step may begin."),
        (("--start-at-task", "Start provisioning"), "This run has made no plan, so no step may begin."),
        (("--start-at-task", "Collect from the platform"), "This run has not taken the lock of the installation"),
    ],
)
def test_parts_of_a_run_are_refused(lab: IntegrationLab, arguments: tuple[str, ...], text: str) -> None:
    tells(stopped(lab, *arguments), text, "Run the whole playbook")


def test_a_limit_that_leaves_nothing_out_is_none(lab: IntegrationLab) -> None:
    run = lab.run("--limit", "all", "--tags", "all", playbook="odin.office365.plan")
    assert run.exit_code == 0


def test_a_playbook_of_others_may_choose_all_of_ours_by_a_tag(lab: IntegrationLab, tmp_path: Path) -> None:
    playbook = tmp_path / "nightly.yml"
    playbook.write_text("- import_playbook: odin.office365.plan\n  tags: [upgrade]\n", encoding="utf-8")
    run = lab.run("--tags", "upgrade", playbook=str(playbook))
    assert run.exit_code == 0
    assert "Plan and preflight" in run.output


def test_an_inventory_without_a_group_does_not_pass_for_success(lab: IntegrationLab) -> None:
    run = lab.run(playbook=SYNDICATION, office365_management_node_group="oa_nodes")
    assert run.exit_code == 2
    tells(run, "The inventory has no host in the group oa_nodes.")
    assert run.calls == ()


def test_a_second_management_node_is_refused(lab: IntegrationLab) -> None:
    run = lab.run(playbook=SYNDICATION, office365_management_node_group="endpoint_hosts")
    assert run.exit_code == 2
    tells(
        run, "The group endpoint_hosts has 2 hosts (iis01, iis02): each would be given a journal and a lock of its own"
    )
    assert run.calls == ()


def test_the_address_of_the_package(
    wrong_state: Run, wrong_names: Run, out_of_reach: Run, shared_lab: IntegrationLab
) -> None:
    tells(
        wrong_state,
        "BLOCKER package_url_unreadable: office365_package_url: http://127.0.0.1:1/Office365-16.8.4.app.zip: it cannot "
        "be read on the management node: URLError",
        "Connection refused",
        "What to do: Correct the address or its server, or leave it out",
    )
    other = Path(shared_lab.packages["16.6.4"]).as_uri()
    tells(
        wrong_names,
        f"BLOCKER package_url_other: office365_package_url: {other}: it has another file",
        "What to do: Put ",
    )
    tells(out_of_reach, "BLOCKER package_url_with_password: office365_package_url: it holds a user or a password")
    assert "Pa55word" not in out_of_reach.output


def test_a_file_of_the_store_that_cannot_be_replaced(wrong_names: Run, folder: Path) -> None:
    tells(
        wrong_names,
        f"BLOCKER store_file_missing: {NO_FILE}: the new file for billing01 is not on the controller",
        "What to do: Put it there, or correct src in store_customizations_files.",
        f"BLOCKER store_file_place: billing01: the folder of {NO_FILE} is not there",
        f"BLOCKER store_file_place: billing01: {folder} is a folder; the name of the file is missing",
        "What to do: Correct dest in trial_checker_file",
        f"BLOCKER store_file_owner: billing01: there is no user {NOBODY}, to whom {folder} is to belong",
        f"BLOCKER store_file_owner: billing01: there is no group {NOBODY}, to whom {folder} is to belong",
        f"BLOCKER store_file_mode: billing01: 644 is no mode that {folder} could get",
        "What to do: Correct mode in trial_checker_file; write it in quotes: '0644'.",
    )


# -- variables of later steps --------------------------------------------------------------------------------------


def test_variables_of_the_steps_in_the_outage_are_checked_before_anything_is_changed(lab: IntegrationLab) -> None:
    run = refused_after_the_plan(
        lab,
        tenant_counters_timeout="soon",
        endpoint_iisreset="never",
        store_customizations_files=[{"src": "/srv/new.js"}],
    )
    tells(
        run,
        "tenant_counters_timeout",
        "value of endpoint_iisreset must be one of",
        "missing required arguments: dest found in store_customizations_files",
    )


def test_a_command_line_that_is_a_text_is_not_started_letter_by_letter_in_the_outage(lab: IntegrationLab) -> None:
    tells(
        refused_after_the_plan(lab, autoconf_command="autoconf.py --application-id 5"),
        "These variables of mn01 are texts, but have to be lists or mappings: autoconf_command.",
        "Write a list as [first, second]",
    )


def test_a_script_that_the_package_does_not_have_is_not_first_missed_in_the_outage(lab: IntegrationLab) -> None:
    tells(
        refused_after_the_plan(lab, autoconf_command=["python", "autoconf.py"]),
        f"autoconf_command starts python, but the scripts in O365-Import.zip of {lab.packages['16.8.4']} are:",
        "autoconf.py",
        'Give the script first, without "python", then its arguments.',
    )


@pytest.mark.parametrize("told", ["/srv/script3.js", {"src": "/srv/script3.js"}])
def test_a_file_of_the_trial_checker_without_its_place_is_refused_at_once(lab: IntegrationLab, told: Any) -> None:
    tells(refused_after_the_plan(lab, trial_checker_file=told), "dest", "found in trial_checker_file")


@pytest.mark.parametrize("told", ["1001", 1001, {"1001": True}])
def test_what_has_to_be_a_list_is_no_other_thing(lab: IntegrationLab, told: Any) -> None:
    tells(
        refused(lab, office365_instance_ids=told, billing_plan_ids="301", office365_durations='{"setup": 5}'),
        "Nothing was changed. These variables have to be lists: billing_plan_ids, office365_instance_ids",
        "and these mappings: office365_durations.",
        "-e name=value gives a text",
    )


# -- the Public API ------------------------------------------------------------------------------------------------


def test_closed_port(lab: IntegrationLab, unused_port: int) -> None:
    tells(
        refused(lab, oa_api_url=f"http://127.0.0.1:{unused_port}/"),
        f"No usable answer from http://127.0.0.1:{unused_port}/",
        "Nothing listens there: check host and port",
    )


def test_connection_reset(lab: IntegrationLab) -> None:
    lab.faults.add("^public_api:", "reset", times=100)
    tells(
        refused(lab),
        f"No usable answer from http://127.0.0.1:{lab.ports['api_http']}/",
        "Add the address of the host that runs this module under System > Settings > Public API > Allowed Networks",
    )
    assert lab.faults.all()[0]["fired"] > 0


def test_answers_are_garbage(lab: IntegrationLab) -> None:
    lab.faults.add("^public_api:", "garbage", times=100)
    tells(
        refused(lab),
        f"No usable answer from http://127.0.0.1:{lab.ports['api_http']}/",
        "Check that the address is the one of the API and not of a proxy or another service.",
    )
    assert lab.faults.all()[0]["fired"] > 0


def test_wrong_password(lab: IntegrationLab) -> None:
    run = refused(lab, oa_api_password="not-the-password-of-the-api")
    tells(
        run,
        f"No usable answer from http://127.0.0.1:{lab.ports['api_http']}/",
        "The login was not accepted: check api_username and api_password",
    )
    assert "not-the-password-of-the-api" not in run.output


def test_untrusted_certificate(lab: IntegrationLab) -> None:
    url = f"https://127.0.0.1:{lab.ports['api_https']}/"
    tells(
        refused(lab, oa_api_url=url, oa_api_ca_path="{{ omit }}"),
        f"No usable answer from {url}",
        "The certificate is not trusted: give the authority that signed it as ca_path",
    )


def test_untrusted_certificate_of_the_aps_controller(lab: IntegrationLab) -> None:
    tells(
        refused(lab, oa_api_ca_path="{{ omit }}", oa_aps_ca_path="{{ omit }}"),
        f"No usable answer from https://127.0.0.1:{lab.ports['aps']}/",
        "(aps_ca_path for the APS controller)",
    )


# -- application and instances -------------------------------------------------------------------------------------


def test_application_not_found(nothing_to_upgrade: Run) -> None:
    tells(
        nothing_to_upgrade,
        "BLOCKER application_not_found: http://www.parallels.com/Office365: the platform has no application with this",
        "What to do: Check oa_api_url; Services > Applications of the Provider Control Panel lists the applications.",
    )


def test_instance_not_found(lab: IntegrationLab) -> None:
    tells(
        refused(lab, office365_instance_ids=[4711]),
        "4711",
        "What to do: Check office365_instance_ids against the Instances tab of the application.",
    )


# Version without a procedure -> the instance that has it.
UNSUPPORTED = {"16.6.2": 1001, "16.8.1": 1002, "17.0": 1003}


@pytest.mark.parametrize("version", UNSUPPORTED)
def test_version_without_a_procedure(wrong_state: Run, version: str) -> None:
    tells(
        wrong_state,
        f"BLOCKER version_not_supported: instance {UNSUPPORTED[version]}: version {version} cannot be upgraded to "
        "16.8.4 (syndication scenario)",
        "Why it matters: The guide has procedures for",
        "What to do: Upgrade along the allowed upgrade paths first. See: https://",
    )


def test_newer_package_imported(wrong_state: Run) -> None:
    tells(
        wrong_state,
        "BLOCKER newer_package_imported: package 16.9.1: a package newer than 16.8.4 is imported on the platform",
        "What to do: Remove version 16.9.1 on the Versions tab of the application, then run again.",
    )


def test_setting_with_an_unknown_label(lab: IntegrationLab) -> None:
    labels = {"url": "API address", "username": "API user", "password": "API password"}
    tells(
        refused(lab, public_api_access_labels=labels),
        "BLOCKER public_api_setting_unknown: public_api_access_setting_ids: the package does not say which settings of "
        "an instance are these: url, username, password",
        "set public_api_access_setting_ids: {url: ..., username: ..., password: ...}",
    )


# -- sites and names -----------------------------------------------------------------------------------------------


def test_no_site_for_the_address(wrong_names: Run) -> None:
    tells(
        wrong_names,
        "BLOCKER gateway_site_not_found: office365gateway02.hosting.local: no IIS site is bound to 10.20.2.12",
        "'Office 365 Gateway 02' on iis02 (10.20.2.99)",
        "What to do: Add the endpoint host that carries this site to the inventory, correct DNS on the management "
        "node or the binding in IIS, or name host and site in office365_gateway_overrides.",
    )


def test_two_sites_for_the_address(wrong_names: Run) -> None:
    tells(
        wrong_names,
        "BLOCKER gateway_site_ambiguous: office365gateway01.hosting.local: 2 IIS sites match gateway host "
        "office365gateway01.hosting.local: site 'Default Web Site' on iis01 (10.20.1.11); site 'Office 365 Gateway 01' "
        "on iis01 (10.20.1.11)",
        "What to do: Leave the address to one site only, or name the right one in office365_gateway_overrides.",
    )


def test_host_name_does_not_resolve(wrong_names: Run) -> None:
    tells(
        wrong_names,
        "BLOCKER gateway_host_unresolved: office365gateway04.hosting.local: the gateway host name does not resolve on "
        "the management node",
        "What to do: Correct DNS or /etc/hosts on the management node, or give the address in "
        "office365_gateway_overrides.",
    )


# -- tasks ---------------------------------------------------------------------------------------------------------


def test_open_task(wrong_state: Run) -> None:
    tells(
        wrong_state,
        "BLOCKER tasks_open: Operations > Tasks: 1 Office 365 task(s) still to be processed",
        "Provisioning Office365 tenant (unprocessed)",
        "What to do: Wait until they are processed (collect_open_tasks_timeout: how long a run waits), then run again.",
    )


def test_failed_task(wrong_state: Run) -> None:
    tells(
        wrong_state,
        "BLOCKER tasks_failed: Operations > Tasks: 1 Office 365 task(s) failed",
        "Provisioning Office365 user (failed)",
        "What to do: Correct the cause and restart them in Operations > Tasks",
    )


def test_nobody_waits_for_tasks_where_one_has_failed(wrong_state: Run) -> None:
    assert "RETRYING" not in wrong_state.output


# -- hosts ---------------------------------------------------------------------------------------------------------


def test_client_certificate_does_not_exist(wrong_names: Run) -> None:
    tells(
        wrong_names,
        f"BLOCKER client_certificate_missing: {NO_CERTIFICATE}: the new client Microsoft certificate "
        "(endpoint_ms_cert_file) is",
        "What to do: Put the file there, or leave the variable out if the certificate need not change.",
    )


def test_gateway_certificate_expired(wrong_state: Run) -> None:
    tells(
        wrong_state,
        "BLOCKER gateway_certificate_unusable: office365gateway01.hosting.local on iis01: its certificate expired on "
        "2016-01-01",
        "What to do: Install a valid certificate with its private key and this subject in LocalMachine\\Personal.",
    )


def test_disk_full(wrong_state: Run) -> None:
    tells(
        wrong_state,
        "BLOCKER disk_space: iis02: 10 MiB are free, ",
        "What to do: Free space on the drive of endpoint_stage_folder, or choose another drive for it.",
    )


def test_endpoint_host_unreachable(out_of_reach: Run) -> None:
    tells(
        out_of_reach,
        "BLOCKER endpoint_host_unreachable: iis02: it could not be reached or read",
        "What to do: Check that the host is up, WinRM answers, and ansible_host, ansible_port, ansible_user and "
        "ansible_password are right",
    )


def test_management_node_without_python(nothing_to_upgrade: Run) -> None:
    tells(
        nothing_to_upgrade,
        f"BLOCKER python_missing: mn01: the Python of the vendor's scripts could not be started ({NO_PYTHON})",
        "What to do: Install it, or set office365_python to the interpreter that the scripts must use.",
    )


def test_several_findings_are_told_at_once(wrong_state: Run) -> None:
    """All of them, and nothing that is none."""
    expected = [
        "disk_space",
        "gateway_certificate_unusable",
        "newer_package_imported",
        "newer_package_imported",
        "package_truncated",
        "package_url_unreadable",
        "sql_login_failed",
        "sql_sysadmin_missing",
        "synchronization_scheduled",
        "tasks_failed",
        "tasks_open",
        *["version_not_supported"] * len(UNSUPPORTED),
        "versions_differ",
    ]
    assert blockers(wrong_state) == expected
    tells(wrong_state, f"Nothing was changed. {len(expected)} finding(s) must be dealt with first:")


# -- findings that are warnings, and those about other systems -----------------------------------------------------


def test_service_template_with_azure_csp(warned: Run) -> None:
    """A known limitation of the release; whether to go on is the operator's decision."""
    assert warned.exit_code == 2
    assert blockers(warned) == []
    tells(
        warned,
        "WARNING azure_csp_in_service_template: service template 11 (Office 365 Template 01)",
        "What to do: Make a service template and plans of its own for Azure CSP.",
    )


def test_templates_of_resellers_that_are_left_out(warned: Run) -> None:
    tells(warned, "WARNING service_template_left_out: service template 12 (O365INST2: Office 365 Template 02)")
    assert "4 service template(s)" not in warned.text


def test_synchronization_script_is_scheduled(wrong_state: Run, warned: Run, shared_lab: IntegrationLab) -> None:
    tells(
        wrong_state,
        f"BLOCKER synchronization_scheduled: billing01: {shared_lab.layout.root}/billing-server/usr/local/o365/"
        f"backsynco365.pl is scheduled in {schedule_file(shared_lab)}",
        "set office365_synchronization_stopped: true. Schedule it again after the upgrade.",
    )
    tells(warned, "WARNING synchronization_scheduled: billing01")


def test_billing_host_unreachable(out_of_reach: Run) -> None:
    tells(out_of_reach, "BLOCKER billing_host_unreachable: billing01: it could not be reached or read")


# -- SQL Server ------------------------------------------------------------------------------------------------------


def test_sql_logins_that_would_stop_setup(wrong_state: Run) -> None:
    """Every site is judged on its own; a missing role would stop setup.cmd in the outage."""
    tells(
        wrong_state,
        "BLOCKER sql_sysadmin_missing: Office 365 Gateway 01 on iis01: the SQL Server login IIS APPPOOL\\",
        "BLOCKER sql_login_failed: Office 365 Gateway 02 on iis02: SQL Server could not be asked for the role "
        "sysadmin: Login failed for user 'office365-preflight'.",
        "What to do: Let the administrator of SQL Server add it to the server role sysadmin.",
    )


def test_sql_connection_that_is_none(out_of_reach: Run) -> None:
    """The text is not repeated, because it holds a password."""
    tells(
        out_of_reach,
        "BLOCKER sql_login_failed: Office 365 Gateway 01 on iis01: SQL Server could not be asked for the role "
        "sysadmin: the connection string cannot be read",
    )
    assert "Pa55word" not in out_of_reach.output
