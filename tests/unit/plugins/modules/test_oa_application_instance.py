# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oa_application_instance and oa_application_instance_info."""

from __future__ import annotations

from typing import Any

import pytest

OLD, NEW = "16.6.4-20", "16.8.4-34"
SECRET = "s3cr\u00e9t"
SETTINGS = {
    "settings": {"oa_api_url": "http://mn01/", "oa_api_user": "admin"},
    "secret_settings": [{"name": "oa_api_password", "value": SECRET}],
}


def expect_state(wire: Any, number: int = 1001, version: str = OLD, status: str = "Ready") -> None:
    wire.call(
        "pem.APS.getApplicationInstance",
        {"application_instance_id": number},
        {
            "application_id": 5,
            "package_version": version,
            "status": status,
            "url": "https://gateway.example.com/App01/aps/",
        },
    )


def expect_settings(wire: Any, number: int = 1001, **values: str) -> None:
    rows = [{"name": name, "value": value} for name, value in values.items()]
    wire.call("pem.APS.getApplicationInstanceSettings", {"application_instance_id": number}, rows)


def upgrade_call(number: int) -> tuple[str, dict[str, Any], None]:
    arguments = {"application_instance_id": number, "package_version": NEW}
    return ("pem.APS.upgradeApplicationInstance", arguments, None)


@pytest.mark.parametrize("check", [True, False])
def test_writes_settings_that_differ_and_the_secret_with_them(wire: Any, run: Any, check: bool) -> None:
    expect_state(wire)
    expect_settings(wire, oa_api_url="", oa_api_user="admin", other="x")
    if not check:
        expect_state(wire)
        pairs = [{"name": "oa_api_url", "value": "http://mn01/"}, {"name": "oa_api_password", "value": SECRET}]
        arguments = {"application_instance_id": 1001, "settings": pairs}
        call = ("pem.APS.setApplicationInstanceSettings", arguments, None)
        wire.request_status(wire.transaction("set-application-settings", call))
        expect_state(wire, status="Configuring Service")
        expect_state(wire)
    result = run("oa_application_instance", check=check, diff=True, instance_ids=[1001], **SETTINGS)
    assert SECRET not in str(result)
    assert result["changed"] is True
    assert result["rows"] == [
        {
            "application_instance_id": 1001,
            "changed": True,
            "outcome": "changed",
            "settings_changed": ["oa_api_url"],
            "secrets_written": ["oa_api_password"],
            "package_version_before": OLD,
            "package_version": OLD,
            "status": "Ready",
            "message": "",
            "status_messages": [],
        }
    ]
    assert result["diff"]["before"]["1001"]["settings"] == {"oa_api_url": ""}
    assert result["diff"]["after"]["1001"]["settings"] == {"oa_api_url": "http://mn01/", "oa_api_password": "********"}


def test_equal_settings_are_left_alone_and_the_secret_too(wire: Any, run: Any) -> None:
    expect_state(wire)
    expect_settings(wire, oa_api_url="http://mn01/", oa_api_user="admin")
    result = run("oa_application_instance", instance_ids=[1001], **SETTINGS)
    assert (result["changed"], result["rows"][0]["secrets_written"]) == (False, [])


def test_a_secret_is_written_on_demand(wire: Any, run: Any) -> None:
    expect_state(wire)
    expect_settings(wire)
    expect_state(wire)
    arguments = {"application_instance_id": 1001, "settings": [{"name": "oa_api_password", "value": SECRET}]}
    call = ("pem.APS.setApplicationInstanceSettings", arguments, None)
    wire.request_status(wire.transaction("set-application-settings", call))
    expect_state(wire)
    options = {"secret_settings": SETTINGS["secret_settings"], "update_secrets": "always"}
    assert run("oa_application_instance", instance_ids=[1001], **options)["changed"] is True


@pytest.mark.parametrize("check", [True, False])
def test_upgrades_one_instance_after_the_other(wire: Any, run: Any, check: bool) -> None:
    expect_state(wire, 1001)
    expect_state(wire, 1002)
    if not check:
        for number in (1001, 1002):
            expect_state(wire, number)
            request = wire.transaction("upgrade-application-instance", upgrade_call(number))
            wire.request_status(request, 1)
            expect_state(wire, number, status="Upgrading")
            wire.request_status(request)
            expect_state(wire, number, NEW)
    result = run(
        "oa_application_instance", check=check, instance_ids=[1001, 1002], package_version=NEW, poll_interval=7
    )
    assert [(row["outcome"], row["package_version"]) for row in result["rows"]] == [("changed", NEW)] * 2
    assert wire.pauses == ([] if check else [0.5, 0.5])


def test_an_instance_at_the_version_is_left_alone(wire: Any, run: Any) -> None:
    expect_state(wire, version=NEW)
    assert run("oa_application_instance", instance_ids=[1001], package_version=NEW)["changed"] is False


def test_a_version_without_release_is_looked_up(wire: Any, run: Any) -> None:
    wire.token()
    rows = [{"id": "http://www.parallels.com/Office365", "version": "16.8.4", "release": "34"}]
    wire.rest("packages?limit(0,500)", rows)
    expect_state(wire, version=NEW)
    assert run("oa_application_instance", instance_ids=[1001], package_version="16.8.4")["changed"] is False


def test_a_version_that_is_not_imported_is_refused(wire: Any, run: Any) -> None:
    wire.token()
    wire.rest("packages?limit(0,500)", [])
    result = run("oa_application_instance", instance_ids=[1001], package_version="16.8.4")
    assert "No package of version 16.8.4 is imported" in result["msg"]


def test_an_upgrade_that_an_earlier_run_started_is_waited_for(wire: Any, run: Any) -> None:
    expect_state(wire, status="Upgrading")
    expect_state(wire, status="Upgrading")
    expect_state(wire, version=NEW)
    expect_state(wire, version=NEW)
    result = run("oa_application_instance", instance_ids=[1001], package_version=NEW)
    assert (result["changed"], result["rows"][0]["package_version"]) == (False, NEW)


def test_after_a_failure_no_further_instance_is_started(wire: Any, run: Any) -> None:
    for number in (1001, 1002):
        expect_state(wire, number)
    expect_state(wire, 1001)
    request = wire.transaction("upgrade-application-instance", upgrade_call(1001))
    wire.request_status(request, 2, ["endpoint is old"])
    result = run("oa_application_instance", instance_ids=[1001, 1002], package_version=NEW)
    assert result["failed"] is True
    assert "1 of 2 application instances failed" in result["msg"]
    assert [row["outcome"] for row in result["rows"]] == ["failed", "unchanged"]
    assert result["rows"][0]["status_messages"] == ["endpoint is old"]
    assert result["rows"][1]["message"] == "not started, because another instance failed"


def test_two_instances_can_be_upgraded_at_the_same_time(wire: Any, run: Any) -> None:
    for number in (1001, 1002):
        expect_state(wire, number)
    requests = []
    for number in (1001, 1002):
        expect_state(wire, number)
        requests.append(wire.transaction("upgrade-application-instance", upgrade_call(number)))
    for request, number in zip(requests, (1001, 1002)):
        wire.request_status(request)
        expect_state(wire, number, NEW)
    result = run("oa_application_instance", instance_ids=[1001, 1002], package_version=NEW, parallel=2)
    assert result["changed"] is True


def test_a_stuck_upgrade_ends_with_the_time_allowed(wire: Any, run: Any) -> None:
    expect_state(wire)
    expect_state(wire)
    request = wire.transaction("upgrade-application-instance", upgrade_call(1001))
    for _look in range(4):
        wire.request_status(request, 1)
        expect_state(wire, status="Upgrading")
    options = {"instance_ids": [1001], "package_version": NEW, "timeout": 1, "poll_interval": 5}
    result = run("oa_application_instance", **options)
    assert "it is 'Upgrading' at version 16.6.4-20 after the time allowed" in result["msg"]


@pytest.mark.parametrize(
    ("version", "status", "reason"),
    [(OLD, "Broken", "is 'Broken', not 'Ready'"), ("16.9.0-1", "Ready", "which is newer than 16.8.4-34")],
)
def test_what_cannot_be_upgraded_is_refused_first(wire: Any, run: Any, version: str, status: str, reason: str) -> None:
    expect_state(wire, version=version, status=status)
    result = run("oa_application_instance", instance_ids=[1001], package_version=NEW)
    assert result["msg"].startswith("Nothing was changed: ")
    assert reason in result["msg"]


def test_reads_instances_with_settings_and_services(wire: Any, run: Any) -> None:
    wire.call(
        "pem.APS.getApplications",
        {"aps_application_id": "http://www.parallels.com/Office365"},
        [{"application_id": "5"}],
    )
    rows = [{"application_instance_id": n, "application_resource_id": f"uuid-{n}"} for n in (1002, 1001)]
    wire.call("pem.APS.getApplicationInstances", {"app_id": 5}, rows)
    expect_state(wire)
    expect_settings(wire, oa_api_url="http://mn01/", oa_api_password="hidden", admin_token="")
    wire.call(
        "pem.APS.getApplicationInstanceServiceResourceTypes",
        {"application_instance_id": 1001, "service_id": ""},
        [{"service_id": "tenant", "service_resource_type_id": 5}, {"service_id": "user"}],
    )
    result = run("oa_application_instance_info", instance_ids=[1001], settings=True)
    assert result == {
        "changed": False,
        "application_id": 5,
        "instances": [
            {
                "application_instance_id": 1001,
                "application_resource_id": "uuid-1001",
                "package_version": OLD,
                "version": "16.6.4",
                "status": "Ready",
                "url": "https://gateway.example.com/App01/aps/",
                "endpoint": {"valid": True, "hostname": "gateway.example.com", "application": "App01", "reason": ""},
                "settings": {"oa_api_url": "http://mn01/", "oa_api_password": "********", "admin_token": ""},
                "service_resource_types": [
                    {"service_id": "tenant", "resource_type_id": 5},
                    {"service_id": "user", "resource_type_id": 0},
                ],
            }
        ],
    }
