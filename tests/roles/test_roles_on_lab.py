"""Roles that need a platform or endpoint hosts, each alone on the lab; the lab's own account of its state judges."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from office365_lab import wirelog
from playing import Player, Run

from tools.laboratory import call_public_api, run_lab, state, wire_size, writes_since

PACKAGE_VERSION = "16.8.4-34"
GATEWAY = "Office 365 Gateway 01"


class Site:
    """A lab in its start state, and the roles on it."""

    def __init__(self, lab: Path, player: Player) -> None:
        self.lab = lab
        self.player = player
        self.settings: dict[str, Any] = yaml.safe_load(
            (lab / "inventory" / "group_vars" / "all" / "main.yml").read_text(encoding="utf-8")
        )
        self.journal = Path(self.settings["office365_state_folder"]) / "journal"

    def role(self, role: str, hosts: str = "mn01", **more: Any) -> Run:
        return self.player.role(role, hosts=hosts, **more)

    def done(self, role: str, hosts: str = "mn01", **more: Any) -> Run:
        """Run a role that must end well."""
        run = self.role(role, hosts, **more)
        assert run.exit_code == 0, run.output
        return run

    def state(self) -> dict[str, Any]:
        return state(self.lab)

    def writes(self, mark: int) -> list[str]:
        return [call["call"] for call in writes_since(self.lab, mark)]

    def entry(self, name: str) -> dict[str, Any]:
        """An entry of the journal."""
        read: dict[str, Any] = json.loads((self.journal / f"{name}.json").read_text(encoding="utf-8"))
        return read

    def activate(self, numbers: list[int]) -> None:
        """What somebody else does with service templates."""
        for number in numbers:
            call_public_api(self.lab, "pem.activateST", st_id=number)

    def mark(self) -> int:
        return wire_size(self.lab)

    def package(self, version: str = PACKAGE_VERSION) -> dict[str, Any]:
        """A package of the lab as the role collect checked it."""
        release = {"16.8.4-34": "office365_package"}.get(version)
        path = self.settings[release] if release else self.lab / "packages" / f"Office365-{version}.app.zip"
        run = self.done(
            "collect",
            task_file="platform",
            show=("collect_platform",),
            collect_package=str(path),
            collect_target_version=version.partition("-")[0],
            collect_database=self.settings["oa_database"],
        )
        package: dict[str, Any] = run.shown["mn01"]["collect_platform"]["package"]
        return package


@pytest.fixture
def site(lab: Path, collections: Path, tmp_path: Path) -> Site:
    run_lab("reset", lab)
    return Site(lab, Player(collections, tmp_path, str(lab / "inventory")))


def test_collect_reads_and_changes_nothing(site: Site) -> None:
    before, mark = site.state(), site.mark()
    run = site.done(
        "collect",
        task_file="platform",
        show=("collect_platform",),
        collect_package=site.settings["office365_package"],
        collect_target_version="16.8.4",
        collect_resource_settings_packages=site.settings["office365_resource_settings_packages"],
        collect_service_template_owners=[1, 1000002],
        collect_endpoint_hosts=["iis01", "iis02"],
        collect_database=site.settings["oa_database"],
        check=True,
    )
    facts = run.shown["mn01"]["collect_platform"]
    assert facts["platform"]["version"] == before["platform"]["version"]
    assert [row["application_instance_id"] for row in facts["instances"]] == [row["id"] for row in before["instances"]]
    assert facts["package"]["package_version"] == PACKAGE_VERSION
    # those of the foreign application are read as well; the plan tells them apart
    assert {row["service_template_id"] for row in facts["service_templates"]} >= {
        row["id"] for row in before["service_templates"] if row["instance_ids"]
    }
    assert facts["management_node"]["names"]["office365gateway01.hosting.local"]["addresses"] == ["10.20.1.11"]
    assert facts["tasks"]["open"] == []

    told: dict[str, Any] = {"task_file": "endpoint_host", "show": ("collect_endpoint_host",)}
    run = site.done("collect", "endpoint_hosts", **told)
    for name in ("iis01", "iis02"):
        host = run.shown[name]["collect_endpoint_host"]
        assert host["reachable"] is True, host
        assert [row["name"] for row in host["sites"]] == [
            row["name"] for row in before["endpoint_hosts"][name]["sites"]
        ]
        assert host["host_facts"]["is_administrator"] is True

    lost = site.done("collect", "iis01", ansible_port=1, **told).shown["iis01"]["collect_endpoint_host"]
    assert (lost["reachable"], lost["sites"]) == (False, [])
    assert lost["error"]
    assert site.writes(mark) == []


def test_plan_stops_without_the_confirmation_and_at_an_unknown_outcome(site: Site) -> None:
    mark = site.mark()
    run = site.player.playbook("plan.yml")
    assert run.exit_code == 2
    assert "office365_confirm='16.6.4 to 16.8.4'" in run.text
    assert not (site.journal / "syndication-run.json").exists()

    confirmed = site.player.playbook("plan.yml", plan_confirm="16.6.4 to 16.8.4", check=True)
    assert confirmed.exit_code == 0, confirmed.output
    plan = confirmed.shown["mn01"]
    assert (plan["procedure"], plan["package_version"], plan["window_needed"]) == ("A", PACKAGE_VERSION, True)
    assert not (site.journal / "syndication-run.json").exists()

    site.journal.mkdir(parents=True)
    started = {"status": "started", "time": "2026-01-01T00:00:00Z", "detail": {}}
    (site.journal / "resource_settings.json").write_text(json.dumps(started), encoding="utf-8")
    stopped = site.player.playbook("plan.yml", plan_confirm="16.6.4 to 16.8.4")
    assert stopped.exit_code == 2
    assert "Nothing was changed. 1 finding(s) must be dealt with first" in stopped.text
    assert "resource_settings_outcome=not_run" in stopped.text
    assert site.writes(mark) == []


def test_public_api_access(site: Site) -> None:
    ids = [row["id"] for row in site.state()["instances"]]
    settings: dict[str, Any] = {
        "task_file": "settings",
        "public_api_access_instance_ids": ids,
        "public_api_access_setting_ids": {
            "url": "oa_api_url",
            "username": "oa_api_user",
            "password": "oa_api_password",
        },
    }
    mark = site.mark()
    checked = site.done("public_api_access", check=True, **settings)
    assert (site.writes(mark), checked.changed["mn01"]) == ([], 1)
    site.done("public_api_access", **settings)
    for row in site.state()["instances"]:
        assert row["settings"]["oa_api_url"] == site.settings["public_api_access_url"]
        assert row["settings"]["oa_api_user"] == site.settings["public_api_access_username"]
        assert (row["settings"]["oa_api_password"], row["public_api_password_ok"]) == ("set", True)
    mark = site.mark()
    again = site.done("public_api_access", **settings)
    assert (site.writes(mark), again.changed["mn01"]) == ([], 0)

    proven = site.done("public_api_access", "endpoint_hosts", task_file="prove")
    assert proven.changed == {"iis01": 0, "iis02": 0}
    refused = site.role("public_api_access", "iis01", task_file="prove", public_api_access_password="wrong-on-purpose")
    assert refused.exit_code == 2
    assert "The platform refused the user or the password" in refused.text
    assert "wrong-on-purpose" not in refused.output


def test_setting_that_the_package_does_not_name(site: Site) -> None:
    run = site.role("public_api_access", task_file="settings", public_api_access_instance_ids=[1001])
    assert run.exit_code == 2
    assert "The package does not say which setting is Operations Automation OpenAPI URL" in run.text


def test_provisioning_stops_and_starts_what_was_active(site: Site) -> None:
    templates = {row["id"]: row["active"] for row in site.state()["service_templates"]}
    mine = [row["id"] for row in site.state()["service_templates"] if row["instance_ids"] and row["active"]]
    told: dict[str, Any] = {
        "provisioning_service_template_ids": mine,
        "provisioning_patterns": ["Office365", "Office 365"],
        "provisioning_database": site.settings["oa_database"],
    }
    mark = site.mark()
    site.done("provisioning", task_file="stop", check=True, **told)
    assert site.writes(mark) == []
    assert not (site.journal / "provisioning.json").exists()

    site.done("provisioning", task_file="stop", **told)
    now = {row["id"]: row["active"] for row in site.state()["service_templates"]}
    assert now == {**templates, **dict.fromkeys(mine, False)}
    entry = site.entry("provisioning")
    assert (entry["status"], entry["detail"]["service_template_ids"]) == ("started", mine)

    others = [row["id"] for row in site.state()["service_templates"] if row["instance_ids"] and row["id"] not in mine]
    kept = {**told, "provisioning_kept_service_template_ids": [*mine, *others]}
    mark = site.mark()
    quiet = site.done("provisioning", task_file="keep_stopped", **kept)
    assert (site.writes(mark), quiet.changed["mn01"]) == ([], 0)
    site.activate([mine[0], *others[:1]])
    told_of = site.done("provisioning", task_file="keep_stopped", show=("provisioning_activated_in_between",), **kept)
    activated = sorted([mine[0], *others[:1]])
    assert told_of.shown["mn01"]["provisioning_activated_in_between"] == activated
    now = {row["id"]: row["active"] for row in site.state()["service_templates"]}
    assert now == {**templates, **dict.fromkeys(mine, False)}
    entry = site.entry("provisioning")
    assert (entry["status"], entry["detail"]["service_template_ids"]) == ("started", mine)
    assert entry["detail"]["activated_in_between"] == activated

    # a run that goes on is told of it, and keeps it
    site.done("provisioning", task_file="stop", **told, provisioning_activated_before=activated)
    assert site.entry("provisioning")["detail"]["activated_in_between"] == activated
    site.activate(mine[1:2])
    site.done("provisioning", task_file="keep_stopped", **kept, provisioning_activated_before=activated)
    assert site.entry("provisioning")["detail"]["activated_in_between"] == sorted([*activated, *mine[1:2]])

    # one was removed in the meantime: the others are activated all the same
    with_removed = {**told, "provisioning_service_template_ids": [999999, *mine]}
    lost = site.role("provisioning", task_file="start", **with_removed)
    assert lost.exit_code == 2, lost.output
    assert "Not active: service template 999999" in lost.text
    assert f"take its id out of service_template_ids in {site.journal / 'provisioning.json'} on mn01" in lost.text
    assert {row["id"]: row["active"] for row in site.state()["service_templates"]} == templates
    assert site.entry("provisioning")["status"] == "started"
    site.done("provisioning", task_file="start", **told)
    assert {row["id"]: row["active"] for row in site.state()["service_templates"]} == templates
    assert site.entry("provisioning")["status"] == "done"
    mark = site.mark()
    site.done("provisioning", task_file="start", **told)
    assert site.writes(mark) == []


def gateway_row(physical_path: str, bindings: list[dict[str, Any]]) -> dict[str, Any]:
    """A row of the plan for the first gateway site; ``bindings`` as they were collected."""
    return {
        "site": GATEWAY,
        "application": "Office365GatewayApplication01",
        "ip": "10.20.1.11",
        "hostname": "office365gateway01.hosting.local",
        "physical_path": physical_path,
        "application_pool": GATEWAY,
        "bindings": bindings,
        "pending": True,
        "journal_key": "endpoint-01",
        "fingerprint_before": "an older one",
        "started_before": False,
        "version_at_start": "16.6.4.0",
    }


def gateway(site: Site) -> dict[str, Any]:
    """What the role is told of the first gateway site of iis01, as it is now."""
    rows = site.state()["endpoint_hosts"]["iis01"]["applications"]
    (path,) = [row["physical_path"] for row in rows if row["site"] == GATEWAY]
    read = site.done("collect", "iis01", task_file="endpoint_host", show=("collect_endpoint_host",))
    sites = read.shown["iis01"]["collect_endpoint_host"]["sites"]
    (bindings,) = [row["bindings"] for row in sites if row["name"] == GATEWAY]
    return {
        "endpoint_package": site.package(),
        "endpoint_gateway_sites": [gateway_row(path, bindings)],
        "endpoint_setup_poll_interval": 1,
        "office365_management_node": "mn01",
    }


def with_row(told: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The same with other members of the site's row."""
    return {**told, "endpoint_gateway_sites": [{**row, **more} for row in told["endpoint_gateway_sites"]]}


def test_endpoint_is_staged_and_upgraded(site: Site, tmp_path: Path) -> None:
    before = site.state()["endpoint_hosts"]["iis01"]
    told = gateway(site)
    package = told["endpoint_package"]
    # whatever the file is called on the controller
    package["path"] = str(shutil.copy(package["path"], tmp_path / "package.aps"))
    site.done("endpoint", "iis01", task_file="stage", **told)
    staged = site.done("endpoint", "iis01", task_file="stage", **told)
    assert staged.changed["iis01"] == 0
    site.done("endpoint", "iis01", task_file="upgrade", check=True, **told)
    untouched = site.state()["endpoint_hosts"]["iis01"]
    assert (untouched["applications"], untouched["setup_runs"]) == (before["applications"], [])

    site.done("endpoint", "iis01", task_file="upgrade", **told)
    after = site.state()["endpoint_hosts"]["iis01"]
    (run,) = after["setup_runs"]
    assert run["exit_code"] == 0
    assert run["arguments"]["GatewaySiteName"] == GATEWAY
    assert run["arguments"]["GatewaySiteCertSubject"] == "office365gateway01.hosting.local"
    versions = {row["site"]: row["version"] for row in after["applications"]}
    assert versions[GATEWAY] == "16.8.4.0"
    assert after["iisreset_runs"] == 1
    entry = site.entry("endpoint-01")
    assert (entry["status"], entry["detail"]["version_after"]) == ("done", "16.8.4.0")

    again = site.done("endpoint", "iis01", task_file="upgrade", **with_row(told, pending=False))
    assert again.changed.get("iis01", 0) == 0
    assert site.state()["endpoint_hosts"]["iis01"]["iisreset_runs"] == 1


def staged_gateway(site: Site) -> dict[str, Any]:
    """The same, with the package on the host."""
    told = gateway(site)
    site.done("endpoint", "iis01", task_file="stage", **told)
    return told


def plan_fault(site: Site, where: str, word: str, *more: str) -> None:
    run_lab("fault", site.lab, "--where", where, "--do", word, *more)


def test_a_setup_whose_end_was_not_noted_is_not_run_again(site: Site) -> None:
    told = staged_gateway(site)
    # the run ends between setup.cmd and its note
    plan_fault(site, "^winrm:iis01:.*win_powershell$", "fail")
    broken = site.role("endpoint", "iis01", task_file="upgrade", **told)
    assert broken.exit_code == 2
    entry = site.entry("endpoint-01")
    assert (entry["status"], entry["detail"]["fingerprint_before"]) == ("started", "an older one")

    site.done("endpoint", "iis01", task_file="upgrade", **with_row(told, started_before=True))
    (run,) = site.state()["endpoint_hosts"]["iis01"]["setup_runs"]
    assert run["exit_code"] == 0
    entry = site.entry("endpoint-01")
    assert (entry["status"], entry["detail"]["version_after"]) == ("done", "16.8.4.0")
    assert (entry["detail"]["version_before"], entry["detail"]["fingerprint_before"]) == ("16.6.4.0", "an older one")


def test_a_failed_setup_stops_with_its_output_and_is_run_again(site: Site) -> None:
    told = staged_gateway(site)
    plan_fault(site, "^setup:iis01:", "fail", "--message", "The disk is broken.")
    failed = site.role("endpoint", "iis01", task_file="upgrade", **told)
    assert failed.exit_code == 2
    assert f"setup.cmd failed for gateway site '{GATEWAY}' on iis01: exit code 1. The disk is broken." in failed.text
    assert site.entry("endpoint-01")["status"] == "started"
    assert site.state()["endpoint_hosts"]["iis01"]["iisreset_runs"] == 0
    site.done("endpoint", "iis01", task_file="upgrade", **with_row(told, started_before=True))
    assert [run["exit_code"] for run in site.state()["endpoint_hosts"]["iis01"]["setup_runs"]] == [1, 0]


def test_a_restart_of_the_host_in_setup_is_told_at_once_and_setup_is_run_again(site: Site) -> None:
    told = staged_gateway(site)
    plan_fault(site, "^setup:iis01:", "reboot", "--seconds", "4")
    run = site.role("endpoint", "iis01", task_file="upgrade", **told)
    assert run.exit_code == 2
    assert f"setup.cmd broke off for gateway site '{GATEWAY}' on iis01: the host was away" in run.text
    site.done("endpoint", "iis01", task_file="upgrade", **with_row(told, started_before=True))
    assert [run["exit_code"] for run in site.state()["endpoint_hosts"]["iis01"]["setup_runs"]] == [0]


def test_a_setup_that_takes_too_long_is_given_up_and_its_end_waited_for_by_the_next_run(site: Site) -> None:
    told = staged_gateway(site)
    plan_fault(site, "^setup:iis01:", "hang", "--seconds", "25")
    run = site.role("endpoint", "iis01", task_file="upgrade", **told, endpoint_setup_timeout=2)
    assert run.exit_code == 2
    assert f"setup.cmd was given up for gateway site '{GATEWAY}' on iis01: failure during async watchdog" in run.text
    assert "timed out waiting for module completion (endpoint_setup_timeout is 2 s)" in run.text
    assert "If setup.cmd is still at work, the next run waits for its end and then runs it again." in run.text
    assert site.state()["endpoint_hosts"]["iis01"]["setup_runs"] == []

    site.done("endpoint", "iis01", task_file="upgrade", **with_row(told, started_before=True))
    first, second = site.state()["endpoint_hosts"]["iis01"]["setup_runs"]
    assert first["ended"] <= second["time"]


def test_a_setup_that_changed_nothing_is_run_again(site: Site) -> None:
    told = staged_gateway(site)
    site.done("endpoint", "iis01", task_file="upgrade", **told)
    entry = site.entry("endpoint-01")
    same = with_row(told, fingerprint_before=entry["detail"]["fingerprint"])
    for told_again in (same, with_row(same, started_before=True)):
        run = site.role("endpoint", "iis01", task_file="upgrade", **told_again)
        assert run.exit_code == 2
        assert "are the same as before" in run.text
    assert len(site.state()["endpoint_hosts"]["iis01"]["setup_runs"]) == 3


def test_assemblies_that_cannot_be_read_after_setup_are_read_by_the_next_run(site: Site) -> None:
    told = staged_gateway(site)
    (row,) = told["endpoint_gateway_sites"]
    path = site.lab / "endpoint-hosts" / "iis01" / "state.json"
    told_of = f"\\bin cannot be read: Access to the path '{row['physical_path']}\\bin' is denied."
    state_now = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**state_now, "unreadable": [row["physical_path"] + "\\bin"]}), encoding="utf-8")
    run = site.role("endpoint", "iis01", task_file="upgrade", **told)
    assert run.exit_code == 2
    assert told_of in run.text
    assert site.entry("endpoint-01")["status"] == "started"

    state_now = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**state_now, "unreadable": []}), encoding="utf-8")
    site.done("endpoint", "iis01", task_file="upgrade", **with_row(told, started_before=True))
    assert len(site.state()["endpoint_hosts"]["iis01"]["setup_runs"]) == 1
    assert site.entry("endpoint-01")["status"] == "done"


def calls_of(site: Site, module: str) -> int:
    return sum(call["call"].endswith(f".{module}") for call in wirelog.read(site.lab / "wire.jsonl"))


def looks_at_sites(site: Site) -> int:
    calls = wirelog.read(site.lab / "wire.jsonl")
    return sum("odin.office365: read_sites" in str(call["arguments"]) for call in calls)


def calls_of_gateways(site: Site) -> int:
    return calls_of(site, "win_uri")


def test_a_gateway_that_is_slow_to_answer_after_the_restart_is_called_again(site: Site) -> None:
    told = {**staged_gateway(site), "endpoint_health_delay": 0}
    before = calls_of_gateways(site)
    plan_fault(site, "^winrm:iis01:.*win_uri$", "fail", "--times", "2", "--message", "The operation has timed out")
    site.done("endpoint", "iis01", task_file="upgrade", **told)
    assert calls_of_gateways(site) == before + 3
    called = [call for call in wirelog.read(site.lab / "wire.jsonl") if call["call"].endswith(".win_uri")][-1]
    assert called["arguments"]["use_proxy"] is False


def test_a_gateway_is_called_on_its_port(site: Site) -> None:
    row = {
        **gateway_row("", []),
        "url": "https://office365gateway01.hosting.local:8443/Office365GatewayApplication01/aps/",
    }
    told = {"endpoint_called_sites": [row], "endpoint_health_delay": 0, "endpoint_health_retries": 1}
    site.done("endpoint", "iis01", task_file="call_gateways", **told)
    called = [call for call in wirelog.read(site.lab / "wire.jsonl") if call["call"].endswith(".win_uri")]
    assert {call["arguments"]["url"] for call in called} == {
        "https://office365gateway01.hosting.local:8443/Office365GatewayApplication01/"
    }


def test_gateways_are_called_before_their_upgrade_unless_it_has_begun(site: Site) -> None:
    told = {**gateway(site), "endpoint_health_delay": 0, "endpoint_prove_retries": 1}
    before, mark = calls_of_gateways(site), site.mark()
    plan_fault(site, "^winrm:iis01:.*win_uri$", "fail", "--times", "3", "--message", "The name cannot be resolved")
    run = site.role("endpoint", "iis01", task_file="prove_gateways", **told)
    assert run.exit_code == 2
    assert "A gateway of iis01 does not answer as it should, and its upgrade has not begun:" in run.text
    assert (
        "https://office365gateway01.hosting.local/Office365GatewayApplication01/: The name cannot be resolved"
        in run.text
    )
    # the second call is answered
    site.done("endpoint", "iis01", task_file="prove_gateways", **told)
    assert calls_of_gateways(site) == before + 4
    site.done("endpoint", "iis01", task_file="prove_gateways", **with_row(told, started_before=True))
    site.done("endpoint", "iis01", task_file="prove_gateways", **with_row(told, pending=False))
    assert calls_of_gateways(site) == before + 4
    assert site.writes(mark) == []


def test_a_gateway_that_does_not_answer_stops_the_run_after_so_many_calls(site: Site) -> None:
    told = {**staged_gateway(site), "endpoint_health_delay": 0, "endpoint_health_retries": 2}
    before = calls_of_gateways(site)
    plan_fault(site, "^winrm:iis01:.*win_uri$", "fail", "--times", "9", "--message", "The operation has timed out")
    run = site.role("endpoint", "iis01", task_file="upgrade", **told)
    assert run.exit_code == 2
    assert "A gateway of iis01 does not answer as it should:" in run.text
    assert (
        "https://office365gateway01.hosting.local/Office365GatewayApplication01/: The operation has timed out"
        in run.text
    )
    assert calls_of_gateways(site) == before + 3


def test_sites_and_pools_are_looked_at_again_until_they_are_started(site: Site) -> None:
    told = {**staged_gateway(site), "endpoint_health_delay": 0, "endpoint_health_retries": 2}
    before, looks = calls_of(site, "web_app_pool_info"), looks_at_sites(site)
    plan_fault(site, "^setup:iis01:", "silent")
    # IIS is not ready at once; the script before reads the assemblies
    plan_fault(site, "^winrm:iis01:.*win_powershell$", "fail", "--set", "skip=1")
    run = site.role("endpoint", "iis01", task_file="upgrade", **told)
    assert run.exit_code == 2
    assert f"application pool '{GATEWAY}' of site '{GATEWAY}' is not started" in run.text
    assert looks_at_sites(site) == looks + 2
    assert calls_of(site, "web_app_pool_info") == before + 3


def test_bindings_of_any_protocol_stand_in_the_way_of_nothing(site: Site) -> None:
    path = site.lab / "endpoint-hosts/iis01/state.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    for row in state["iis"]["sites"]:
        more = [("net.tcp", "808:*"), ("net.pipe", "*"), ("https", "[2001:db8::1]:443:")]
        row["bindings"] += [
            {"protocol": protocol, "information": text, "ssl_flags": 0, "hash": "", "store": ""}
            for protocol, text in more
        ]
    ftp = [{"protocol": "ftp", "information": "*:21:", "ssl_flags": 0, "hash": "", "store": ""}]
    state["iis"]["sites"].append({**state["iis"]["sites"][0], "name": "FTP", "state": "", "bindings": ftp})
    path.write_text(json.dumps(state), encoding="utf-8")

    told = staged_gateway(site)
    bindings = told["endpoint_gateway_sites"][0]["bindings"]
    assert [row["protocol"] for row in bindings] == ["https", "net.tcp", "net.pipe", "https"]
    assert bindings[0] == {"protocol": "https", "information": "10.20.1.11:443:"}
    site.done("endpoint", "iis01", task_file="upgrade", **told)
    assert site.entry("endpoint-01")["status"] == "done"


def test_a_setup_that_cannot_be_started_stops_with_the_reason(site: Site) -> None:
    told = staged_gateway(site)
    # a file where the folder of the results has to be
    package = told["endpoint_package"]
    folder = f"C:\\ProgramData\\odin-office365\\{package['package_version']}-{package['sha256'][:12]}"
    told["endpoint_jobs_folder"] = f"{folder}\\staged.txt"
    run = site.role("endpoint", "iis01", task_file="upgrade", **told)
    assert run.exit_code == 2
    assert f"setup.cmd could not be started for gateway site '{GATEWAY}' on iis01:" in run.text
    assert site.state()["endpoint_hosts"]["iis01"]["setup_runs"] == []


def test_application_counters_contact_data_and_summary(site: Site) -> None:
    start = site.state()
    ids = [row["id"] for row in start["instances"]]
    mine = [row for row in start["service_templates"] if row["instance_ids"]]
    package = site.package()
    application: dict[str, Any] = {
        "application_package_version": PACKAGE_VERSION,
        "application_package_url": Path(package["path"]).as_uri(),
        "application_instance_ids": ids,
    }
    mark = site.mark()
    site.done("application", check=True, **application)
    assert site.writes(mark) == []

    # the vendor's order: the script of the old package, while provisioning is stopped, before the import
    old = site.package("16.6.4-20")
    script: dict[str, Any] = {
        "resource_settings_script": "upgradeResourceSettings16-6To16-8.py",
        "resource_settings_package": old,
    }
    site.done(
        "provisioning",
        task_file="stop",
        provisioning_service_template_ids=[row["id"] for row in mine],
        provisioning_database=site.settings["oa_database"],
    )
    site.done("resource_settings", task_file="stage", **script)
    site.done("resource_settings", **script)
    assert site.state()["resource_settings"] == {"script_runs": 1, "damaged": False, "converted": True}

    # what was not imported need not be removed
    fault = ("--where", "pem.APS.importPackage$", "--do", "error", "--message", "An object is locked")
    run_lab("fault", site.lab, *fault)
    refused = site.role("application", **application)
    assert refused.exit_code == 2
    assert "The platform refused pem.APS.importPackage: An object is locked" in refused.text
    assert "Correct the cause, then run the same command again" in refused.text
    assert "recover_import" not in refused.text

    site.done("application", **application)
    assert {row["package_version"] for row in site.state()["instances"]} == {PACKAGE_VERSION}
    mark = site.mark()
    again = site.done("application", **application)
    assert (site.writes(mark), again.changed["mn01"]) == ([], 0)

    site.done("common", task_file="stage_import_scripts", common_package=package)
    counters: dict[str, Any] = {
        "tenant_counters_application_id": start["instances"][0]["application_id"],
        "tenant_counters_script": "addTenantCountersToSubscriptions.py",
        "tenant_counters_package": package,
        "tenant_counters_service_templates": [row["id"] for row in mine],
    }
    site.done("tenant_counters", **counters)
    for template in site.state()["service_templates"]:
        names = {row["name"].rpartition(": ")[2] for row in template["resource_types"]}
        assert ({"Total points sold", "Total seats sold"} <= names) == bool(template["instance_ids"]), template

    contact: dict[str, Any] = {
        "tenant_contact_data_application_id": start["instances"][0]["application_id"],
        "tenant_contact_data_instance_ids": ids,
        "tenant_contact_data_service_templates": [
            {"service_template_id": row["id"], "instance_ids": row["instance_ids"]} for row in mine
        ],
    }
    mark = site.mark()
    site.done("tenant_contact_data", check=True, **contact)
    assert site.writes(mark) == []
    site.done("tenant_contact_data", **contact)
    after = site.state()
    types = {
        row["id"]
        for row in after["resource_types"]
        if row["activation_parameters"].get("service_id") == "TenantContactData"
    }
    assert types
    of_template = {row["id"]: {kind["id"] for kind in row["resource_types"]} for row in after["service_templates"]}
    assert all(of_template[row["id"]] & types for row in mine)
    for subscription in after["subscriptions"]:
        held = {int(kind) for kind in subscription["resource_types"]}
        assert bool(held & types) == bool(of_template[subscription["service_template_id"]] & types), subscription
    mark = site.mark()
    again = site.done("tenant_contact_data", tenant_contact_data_needed=False, **contact)
    assert (site.writes(mark), again.changed["mn01"]) == ([], 0)

    plan = {
        "confirmation": "16.6.4 to 16.8.4",
        "procedure": "A",
        "instances": [{"application_instance_id": number, "version_at_start": "16.6.4-20"} for number in ids],
        "endpoint_hosts": {},
    }
    shown = site.done("summary", summary_plan=plan, show=("summary_data",))
    told = shown.shown["mn01"]["summary_data"]
    assert told["instances"] == [
        {"application_instance_id": number, "before": "16.6.4-20", "after": PACKAGE_VERSION} for number in ids
    ]
    assert f"instance {ids[0]}: 16.6.4-20 -> {PACKAGE_VERSION}" in shown.text


def test_application_before_the_script_says_how_to_go_on(site: Site) -> None:
    run = site.role(
        "application",
        application_package_version=PACKAGE_VERSION,
        application_package_url=Path(site.settings["office365_package"]).as_uri(),
        application_instance_ids=[row["id"] for row in site.state()["instances"]],
    )
    assert run.exit_code == 2
    assert "the resource-settings script was not run before the import" in run.text
    assert "never the application itself" in run.text
    assert {row["package_version"] for row in site.state()["instances"]} == {"16.6.4-20"}


def test_counters_of_one_instance_can_be_named(site: Site) -> None:
    """The three forms of the command line that the guide knows; in check mode nothing is started."""
    package = site.package()
    site.done("common", task_file="stage_import_scripts", common_package=package)
    told: dict[str, Any] = {
        "tenant_counters_application_id": 5,
        "tenant_counters_script": "addTenantCountersToSubscriptions.py",
        "tenant_counters_package": package,
    }
    one = {"application_instance_id": 1001, "points_resource_type_id": 7, "seats_resource_type_id": 8}
    for instances, arguments in (
        ([], ["--o365-app-id", "5"]),
        ([{"application_instance_id": 1001}], ["--o365-app-instance-id", "1001"]),
        (
            [one],
            [
                *("--o365-app-instance-id", "1001"),
                *("--o365-points-counter-rt-id", "7", "--o365-seats-counter-rt-id", "8"),
            ],
        ),
    ):
        # not upgraded yet, so the script refuses; what counts is how it was started
        run = site.role("tenant_counters", tenant_counters_instances=instances, **told)
        assert run.exit_code == 2
        assert "addTenantCountersToSubscriptions.py ended with exit code 1" in run.text
        assert "end it with txn.Rollback of the Public API" in run.text
        assert site.state()["script_runs"][-1]["arguments"] == arguments


def test_new_offers_are_reported_and_created_on_request(site: Site) -> None:
    names = ["Customer Lockbox for faculty", "No such offer"]
    told: dict[str, Any] = {"show": ("new_offers_result",), "new_offers_names": names[:1]}
    mark = site.mark()
    run = site.done("new_offers", **told)
    assert run.shown["mn01"]["new_offers_result"] == {"existing": [], "missing": names[:1], "created": []}
    assert "missing: Customer Lockbox for faculty" in run.text
    gate = site.role("new_offers", new_offers_create=True, **told)
    assert gate.exit_code == 2
    assert "Set new_offers_command to the script and its arguments" in gate.text
    command = ["autoconf.py", "--application-id", "5", "--new-offers"]
    told |= {"new_offers_create": True, "new_offers_command": command, "new_offers_package": site.package()}
    site.done("new_offers", check=True, **told)
    assert site.writes(mark) == []
    run = site.done("new_offers", **told)
    assert run.shown["mn01"]["new_offers_result"] == {"existing": names[:1], "missing": [], "created": names[:1]}
    mark = site.mark()
    again = site.done("new_offers", **told)
    assert (site.writes(mark), again.changed["mn01"]) == ([], 0)
    missing = site.role("new_offers", **{**told, "new_offers_names": names})
    assert missing.exit_code == 2
    assert "no resource type is named after these offers: No such offer" in missing.text


def test_a_package_that_was_replaced_is_neither_unpacked_nor_imported(site: Site) -> None:
    package = site.package()
    planned = {**package, "sha256": "0" * 64}
    mark = site.mark()
    for role, told in (
        ("common", {"task_file": "stage_import_scripts", "common_package": planned}),
        (
            "application",
            {
                "application_package_version": PACKAGE_VERSION,
                "application_package_url": Path(package["path"]).as_uri(),
                "application_package_file": package["path"],
                "application_package_checked": planned,
            },
        ),
    ):
        run = site.role(role, **told)
        assert run.exit_code == 2
        assert f"is not the package of the plan any more: now SHA-256 {package['sha256']}" in run.text
        assert f"put the vendor's file back to {package['path']}" in run.text
    assert site.writes(mark) == []
    assert not Path(site.settings["office365_work_folder"]).exists()

    site.done("common", task_file="stage_import_scripts", common_package=package)
    staged = Path(site.settings["office365_work_folder"]) / "packages" / Path(package["path"]).name
    assert staged.read_bytes() == Path(package["path"]).read_bytes()
