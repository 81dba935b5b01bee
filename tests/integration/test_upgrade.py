"""The upgrade from 16.6.4 to 16.8.4, with site names that break careless automation: checked, done, and once more."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlsplit

import prediction
import pytest
from integration_lab import IntegrationLab, LabStarter, Run, Snapshot
from test_procedures import QUICK

CONFIRMATION = "16.6.4 to 16.8.4"
# Quotes and & end a word of cmd.exe, % and ! expand variables, ^ escapes, $ and ` belong to PowerShell.
SITE_NAMES = (
    'Office 365 "R&D" (EU)',
    "100% %PATH% ^ Nürnberg",
    "Größe's Büro 東京 !PATH! `$(exit)",
)
HOSTS = ("iis01", "iis02")
ADDED = ("TenantContactData", "totalPointsSold", "totalSeatsSold")


@dataclasses.dataclass(frozen=True)
class Upgrade:
    """The lab's state before, after the first and after the second run; the first one was predicted in check mode."""

    lab: IntegrationLab
    compared: prediction.Compared
    before: Snapshot
    first: Run
    after: Snapshot
    second: Run
    at_end: Snapshot


@pytest.fixture(scope="module")
def upgrade(start_lab: LabStarter, tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    """A lab on which the upgrade was checked and then run twice; the real runs say all that they can (-vvv)."""
    lab = start_lab(gateways=4, site_names=SITE_NAMES, **{**QUICK, "subscriptions": 30})
    before = lab.state()
    compared = prediction.compare(
        lab,
        tmp_path_factory.mktemp("results"),
        "-vvv",
        unpredicted=prediction.DONE_BY_AUTOCONF,
        office365_confirm=CONFIRMATION,
    )
    after = lab.state()
    second = lab.run("-vvv", office365_confirm=CONFIRMATION)
    return Upgrade(lab, compared, before, compared.real.run, after, second, lab.state())


def gateway_applications(state: Snapshot, host: str) -> list[dict[str, Any]]:
    """The gateway applications of an endpoint host."""
    return [row for row in state["endpoint_hosts"][host]["applications"] if "Gateway" in row["name"]]


def added_types(state: Snapshot, application_id: int) -> dict[str, set[int]]:
    """Service or resource id of what 16.8.4 brought -> ids of the resource types made of it."""
    found: dict[str, set[int]] = {word: set() for word in ADDED}
    for row in state["resource_types"]:
        parameters = row["activation_parameters"]
        word = parameters.get("service_id") or parameters.get("resource_id")
        if word in found and parameters["app_id"] == str(application_id):
            found[word].add(row["id"])
    return found


def office365_template_ids(state: Snapshot) -> set[int]:
    """The service templates that sell something of an Office 365 instance."""
    return {row["id"] for row in state["service_templates"] if row["instance_ids"]}


def test_both_runs_succeed_without_a_warning(upgrade: Upgrade) -> None:
    assert upgrade.first.exit_code == 0, upgrade.first.output[-5000:]
    assert upgrade.second.exit_code == 0, upgrade.second.output[-5000:]
    assert upgrade.first.warnings == []
    assert upgrade.second.warnings == []


def test_package_and_instances(upgrade: Upgrade) -> None:
    instances = upgrade.after["instances"]
    assert [row["id"] for row in instances] == [1001, 1002, 1003, 1004]
    assert {(row["package_version"], row["status"]) for row in instances} == {("16.8.4-34", "Ready")}
    assert all(row["public_api_password_ok"] is True for row in instances)
    package = [row for row in upgrade.after["packages"] if row["version"] == "16.8.4-34"]
    assert [(row["application"], row["status"], row["enabled"], row["relations"]) for row in package] == [
        ("Office365", "Ready", True, "ok")
    ]


def test_gateway_applications(upgrade: Upgrade) -> None:
    for host in HOSTS:
        before, after = gateway_applications(upgrade.before, host), gateway_applications(upgrade.after, host)
        assert {row["version"] for row in before} == {"16.6.4.0"}
        assert {row["version"] for row in after} == {"16.8.4.0"}
        assert [(row["site"], row["name"]) for row in after] == [(row["site"], row["name"]) for row in before]
    sites = {row["site"] for host in HOSTS for row in gateway_applications(upgrade.after, host)}
    assert sites == {*SITE_NAMES, "Office 365 Gateway 04"}


def test_setup_gets_every_value_unchanged(upgrade: Upgrade) -> None:
    hostnames = {
        urlsplit(row["url"]).path.split("/")[1]: urlsplit(row["url"]).hostname for row in upgrade.before["instances"]
    }
    for number, host in enumerate(HOSTS, 1):
        state = upgrade.after["endpoint_hosts"][host]
        addresses = {site["name"]: site["bindings"][0]["ip"] for site in state["sites"]}
        wanted = [
            {
                "GatewaySiteName": row["site"],
                "GatewayAppName": row["name"],
                "GatewayIPAddress": addresses[row["site"]],
                "GatewaySiteCertSubject": hostnames[row["name"]],
                "DispatcherSiteName": f"Office 365 Dispatcher 0{number}",
                "DispatcherAppName": "Office365DispatcherApplication",
                "DispatcherIPAddress": f"10.20.{number}.250",
                "Force": True,
            }
            for row in gateway_applications(upgrade.after, host)
        ]
        assert [run["arguments"] for run in state["setup_runs"]] == wanted
        assert [run["exit_code"] for run in state["setup_runs"]] == [0] * len(wanted)


def test_iis(upgrade: Upgrade) -> None:
    for host in HOSTS:
        before, after = upgrade.before["endpoint_hosts"][host], upgrade.after["endpoint_hosts"][host]
        assert after["iisreset_runs"] - before["iisreset_runs"] == 1
        assert after["sites"] == before["sites"]
        assert after["application_pools"] == before["application_pools"]
        assert after["certificates"] == before["certificates"]


def test_scripts_of_the_management_node(upgrade: Upgrade) -> None:
    settings = upgrade.after["resource_settings"]
    assert (settings["script_runs"], settings["damaged"], settings["converted"]) == (1, False, True)
    assert [(row["script"], row["package"], row["exit_code"]) for row in upgrade.after["script_runs"]] == [
        ("upgradeResourceSettings16-6To16-8.py", "16.6.4-20", 0),
        ("autoconf.py", "16.8.4-34", 0),
        ("addTenantCountersToSubscriptions.py", "16.8.4-34", 0),
    ]


def test_resources_of_service_templates_and_subscriptions(upgrade: Upgrade) -> None:
    (application_id,) = {row["application_id"] for row in upgrade.after["instances"]}
    added = added_types(upgrade.after, application_id)
    assert all(added.values())
    ours = office365_template_ids(upgrade.before)
    assert len(ours) == 6
    for template in upgrade.after["service_templates"]:
        present = {row["id"] for row in template["resource_types"]}
        wanted = dict.fromkeys(ADDED, template["id"] in ours)
        assert {word: bool(present & ids) for word, ids in added.items()} == wanted, template["name"]
    subscriptions = {row["id"]: row for row in upgrade.before["subscriptions"]}
    assert [row["id"] for row in upgrade.after["subscriptions"]] == list(subscriptions)
    for subscription in upgrade.after["subscriptions"]:
        limits = {int(number): limit for number, limit in subscription["resource_types"].items()}
        is_ours = subscription["service_template_id"] in ours
        assert {word: bool(set(limits) & ids) for word, ids in added.items()} == dict.fromkeys(ADDED, is_ours)
        kept = {int(number): limit for number, limit in subscriptions[subscription["id"]]["resource_types"].items()}
        assert {number: limits[number] for number in kept} == kept
        assert set(limits) - set(kept) <= set().union(*added.values())


def test_service_templates_are_active_as_before(upgrade: Upgrade) -> None:
    before = {row["id"]: row["active"] for row in upgrade.before["service_templates"]}
    assert set(before.values()) == {True, False}
    assert {row["id"]: row["active"] for row in upgrade.after["service_templates"]} == before


def test_fees_are_read_before_the_outage_and_after_the_script(upgrade: Upgrade) -> None:
    """What the outage does not need is not in it: one reading while autoconf.py has run, all others before."""
    calls = [line["call"] for line in upgrade.first.calls]
    stopped, ran = calls.index("pem.deactivateST"), calls.index("python autoconf.py")
    started = calls.index("pem.activateST")
    readings = [number for number, call in enumerate(calls) if call == "BM.GetVersion_API"]
    assert [number for number in readings if stopped < number < ran] == []
    assert len([number for number in readings if number < stopped]) == 2
    assert len([number for number in readings if ran < number < started]) == 1


def test_no_task_is_left(upgrade: Upgrade) -> None:
    assert upgrade.after["tasks"] == upgrade.before["tasks"]


def test_second_run_changes_nothing(upgrade: Upgrade) -> None:
    assert upgrade.second.writes == []
    assert upgrade.second.changed == dict.fromkeys(("billing01", *HOSTS, "mn01"), 0)
    assert upgrade.at_end == upgrade.after


# -- check mode ------------------------------------------------------------------------------------------------------


def test_check_mode_changes_nothing(upgrade: Upgrade) -> None:
    prediction.changes_nothing(upgrade.compared)


def test_check_mode_predicts_the_changed_tasks(upgrade: Upgrade) -> None:
    prediction.predicts_the_changed_tasks(upgrade.compared)


def test_check_mode_predicts_the_rows(upgrade: Upgrade) -> None:
    prediction.predicts_the_rows(upgrade.compared)


def test_check_mode_shows_the_command_line_of_setup(upgrade: Upgrade) -> None:
    prediction.shows_the_command_line_of_setup(upgrade.compared)
