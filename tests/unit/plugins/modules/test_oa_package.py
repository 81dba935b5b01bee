# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oa_package and oa_package_info."""

from __future__ import annotations

from typing import Any

import pytest

APPLICATION = "http://www.parallels.com/Office365"
URL = "file:///root/packages/Office365-16.8.4-34.app.zip"
IMPORT = {"package_url": URL, "disable_package": False}


def expect_application(wire: Any, number: Any = 5) -> None:
    rows = [] if number is None else [{"application_id": number}]
    wire.call("pem.APS.getApplications", {"aps_application_id": APPLICATION}, rows)


def expect_packages(wire: Any, *versions: str, login: bool = True, condition: str = "") -> None:
    if login:
        wire.token()
    rows = [{"id": APPLICATION, "version": v.split("-")[0], "release": v.split("-")[1]} for v in versions]
    rows.append({"id": "http://example.com/Backup", "version": "16.8.4", "release": "34"})
    headers = {"Content-Range": f"items 0-{len(rows) - 1}/{len(rows)}"}
    wire.rest(f"packages?{condition}limit(0,500)", rows, headers=headers)


def expect_status(wire: Any, status: str, version: str = "16.8.4-34") -> None:
    reference = {"application_id": 5, "application_version": version}
    wire.call("pem.APS.getPackage", {"package_reference": reference}, {"status": status})


@pytest.mark.parametrize("check", [True, False])
def test_imports_a_missing_package_and_waits(wire: Any, run: Any, check: bool) -> None:
    expect_application(wire)
    expect_packages(wire, "16.6.4-20")
    if not check:
        answer = {"application_id": 5, "package_version": "16.8.4-34"}
        request = wire.transaction("import-package", ("pem.APS.importPackage", IMPORT, answer))
        wire.request_status(request, 1)
        wire.request_status(request)
        expect_status(wire, "Upgrading")
        expect_status(wire, "Ready")
    result = run("oa_package", check=check, diff=True, version="16.8.4-34", package_url=URL)
    assert result == {
        "changed": True,
        "application_id": 5,
        "package_version": "16.8.4-34",
        "status": "Ready",
        "diff": {"before": {"package_version": None}, "after": {"package_version": "16.8.4-34"}},
    }
    assert wire.pauses == ([] if check else [0.5, 0.5])


@pytest.mark.parametrize("version", ["16.8.4", "16.8.4-34"])
def test_an_imported_package_is_left_alone(wire: Any, run: Any, version: str) -> None:
    expect_application(wire)
    expect_packages(wire, "16.6.4-20", "16.8.4-34")
    expect_status(wire, "Ready")
    expect_status(wire, "Ready")
    result = run("oa_package", version=version, package_url=URL)
    assert (result["changed"], result["package_version"], result["status"]) == (False, "16.8.4-34", "Ready")


def test_a_failed_task_that_names_the_script_is_told_apart(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire)
    answer = {"application_id": 5, "package_version": "16.8.4-34"}
    request = wire.transaction("import-package", ("pem.APS.importPackage", IMPORT, answer))
    wire.request_status(request, 2, ["run upgradeResourceSettings16-6To16-8.py first"])
    result = run("oa_package", version="16.8.4", package_url=URL)
    assert result["failed"] is True
    assert result["resource_settings_missing"] is True
    assert result["status_messages"] == ["run upgradeResourceSettings16-6To16-8.py first"]
    assert result["error"]["type"] == "task"


def test_a_package_that_ends_in_an_error_state_fails(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire)
    answer = {"application_id": 5, "package_version": "16.8.4-34"}
    wire.request_status(wire.transaction("import-package", ("pem.APS.importPackage", IMPORT, answer)))
    expect_status(wire, "Import Error")
    result = run("oa_package", version="16.8.4", package_url=URL)
    assert "'Import Error'" in result["msg"]
    assert result["resource_settings_missing"] is False


def test_another_version_than_the_one_named_is_rolled_back(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire)
    answer = {"application_id": 5, "package_version": "16.8.3-30"}
    wire.transaction("import-package", ("pem.APS.importPackage", IMPORT, answer), commit=False)
    wire.call("txn.Rollback", {"txn_id": "7001"})
    result = run("oa_package", version="16.8.4", package_url=URL)
    assert "is version 16.8.3-30, not 16.8.4; nothing was imported" in result["msg"]


def test_an_import_needs_an_address(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire)
    assert "give its address as package_url" in run("oa_package", version="16.8.4")["msg"]


def test_a_version_with_several_releases_has_to_be_named_in_full(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire, "16.8.4-34", "16.8.4-40")
    result = run("oa_package", version="16.8.4", package_url=URL)
    assert "16.8.4-34, 16.8.4-40" in result["msg"]


def expect_users(wire: Any, **versions: str) -> None:
    rows = [{"application_instance_id": int(key[1:]), "application_resource_id": "uuid"} for key in versions]
    wire.call("pem.APS.getApplicationInstances", {"app_id": 5}, rows)
    for key, version in versions.items():
        wire.call(
            "pem.APS.getApplicationInstance",
            {"application_instance_id": int(key[1:])},
            {"application_id": 5, "package_version": version, "status": "Ready", "url": ""},
        )


@pytest.mark.parametrize("check", [True, False])
def test_removes_one_unused_version(wire: Any, run: Any, check: bool) -> None:
    expect_application(wire)
    expect_packages(wire, "16.6.4-20", "16.8.4-34")
    expect_users(wire, i1001="16.6.4-20")
    if not check:
        reference = {"application_id": 5, "application_version": "16.8.4-34"}
        call = ("pem.APS.unimportPackage", {"package_reference": reference}, None)
        wire.request_status(wire.transaction("unimport-package", call))
        expect_packages(wire, "16.6.4-20", login=False)
    result = run("oa_package", check=check, diff=True, version="16.8.4", state="absent")
    assert (result["changed"], result["status"]) == (True, "absent")
    assert result["diff"] == {"before": {"package_version": "16.8.4-34"}, "after": {"package_version": None}}


def test_removing_what_is_not_imported_changes_nothing(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire, "16.6.4-20")
    assert run("oa_package", version="16.8.4", state="absent")["changed"] is False


def test_without_the_application_there_is_nothing_to_remove(wire: Any, run: Any) -> None:
    expect_application(wire, None)
    result = run("oa_package", version="16.8.4", state="absent")
    assert (result["changed"], result["application_id"]) == (False, None)


def test_a_version_in_use_is_not_removed(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire, "16.6.4-20", "16.8.4-34")
    expect_users(wire, i1001="16.6.4-20", i1002="16.8.4-34")
    result = run("oa_package", version="16.8.4", state="absent")
    assert "in use by application instance 1002" in result["msg"]


def test_the_last_package_is_not_removed(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire, "16.8.4-34")
    expect_users(wire)
    assert "the only one" in run("oa_package", version="16.8.4", state="absent")["msg"]


def test_lists_the_packages_oldest_first(wire: Any, run: Any) -> None:
    expect_application(wire)
    expect_packages(wire, "16.8.4-34", "16.6.10-1", "16.6.9-2")
    expect_packages(wire, "16.6.10-1", "16.8.4-34", login=False, condition="active(),")
    reference = {"application_id": 5, "application_version": "16.6.9-2"}
    wire.refused("pem.APS.getPackage", {"package_reference": reference}, error_message="it is being removed")
    expect_status(wire, "Ready", "16.6.10-1")
    expect_status(wire, "Content error")
    assert run("oa_package_info") == {
        "changed": False,
        "packages": [
            {"package_version": "16.6.9-2", "version": "16.6.9", "status": "unknown", "active": False},
            {"package_version": "16.6.10-1", "version": "16.6.10", "status": "Ready", "active": True},
            {"package_version": "16.8.4-34", "version": "16.8.4", "status": "Content error", "active": True},
        ],
    }


def test_lists_nothing_where_the_application_is_missing(wire: Any, run: Any) -> None:
    expect_application(wire, None)
    expect_packages(wire)
    assert run("oa_package_info")["packages"] == []
