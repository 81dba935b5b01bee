"""Packages, instances, upgrade: the rules, and the failure that the guide describes with its way out."""

from __future__ import annotations

import http.server
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from office365_lab.options import LabOptions
from office365_lab.packages.spoiling import spoil
from office365_lab.platform.resource_settings import SCRIPT
from platform_lab import (
    APPLICATION,
    FAST,
    FIRST_INSTANCE,
    RELATIONS_TASK,
    TARGET,
    PlatformLab,
    RefusedError,
    running,
    wait_for,
)


def _code(lab: PlatformLab, method: str, **arguments: object) -> tuple[str, int]:
    with pytest.raises(RefusedError) as refused:
        lab.call(method, **arguments)
    return refused.value.code


def _status(lab: PlatformLab, version: str = TARGET) -> str:
    reference = {"application_id": APPLICATION, "application_version": version}
    status: str = lab.call("pem.APS.getPackage", package_reference=reference)["status"]
    return status


def _package(lab: PlatformLab, version: str = TARGET) -> dict[str, Any]:
    return next(item for item in lab.platform.state()["packages"] if item["version"] == version)


def _unimport(lab: PlatformLab, version: str = TARGET) -> tuple[int, list[str]]:
    reference = {"application_id": APPLICATION, "application_version": version}
    return lab.finished(lab.request("pem.APS.unimportPackage", package_reference=reference))


def _instance(lab: PlatformLab, number: int = FIRST_INSTANCE) -> dict[str, Any]:
    instance: dict[str, Any] = lab.call("pem.APS.getApplicationInstance", application_instance_id=number)
    return instance


def _refusal(lab: PlatformLab, version: str | None, instance: int = FIRST_INSTANCE) -> str:
    arguments: dict[str, object] = {"application_instance_id": instance}
    if version is not None:
        arguments["package_version"] = version
    with pytest.raises(RefusedError) as refused:
        lab.call("pem.APS.upgradeApplicationInstance", **arguments)
    assert refused.value.code == ("SaaS", 90012)
    reason: str = refused.value.answer["properties"]["reason"]
    return reason


def _services(lab: PlatformLab, service: str, instance: int = FIRST_INSTANCE) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.call(
        "pem.APS.getApplicationInstanceServiceResourceTypes", application_instance_id=instance, service_id=service
    )
    return found


def test_applications_and_instances(lab: PlatformLab) -> None:
    found = lab.call("pem.APS.getApplications", aps_application_id="http://www.parallels.com/Office365")
    assert [item["application_id"] for item in found] == [APPLICATION]
    assert lab.call("pem.APS.getApplications", aps_application_id="http://nobody") == []
    assert len(lab.call("pem.APS.getApplications")) == 2
    instances = lab.call("pem.APS.getApplicationInstances", app_id=APPLICATION)
    assert [item["application_instance_id"] for item in instances] == [1001, 1002, 1003]
    assert instances[0]["application_resource_id"] == lab.installation.instances[0].resource_uuid
    of_one = lab.call("pem.APS.getApplicationInstances", app_id=APPLICATION, subscription_id=1000001)
    assert of_one == instances[:1]
    assert _instance(lab) == {
        "application_instance_id": FIRST_INSTANCE,
        "application_id": APPLICATION,
        "package_version": "16.6.4-20",
        "url": "https://office365gateway01.hosting.local/Office365GatewayApplication01/aps/",
        "status": "Ready",
        "rt_id": 0,
        "application_resource_id": lab.installation.instances[0].resource_uuid,
    }
    assert _code(lab, "pem.APS.getApplicationInstances", app_id=77) == ("Common", 90002)


def test_settings_and_their_declaration(lab: PlatformLab) -> None:
    declared = lab.call("pem.APS.getApplicationSettings", application_id=APPLICATION, package_version="16.6.4-20")
    assert {"setting_id": "oa_api_password", "value_type": "password"} in declared
    assert lab.call("pem.APS.getApplicationSettings", application_id=APPLICATION) == declared
    new = {"oa_api_url": "http://10.20.0.2:8440/", "oa_api_password": lab.credentials.instance_password}
    lab.call(
        "pem.APS.setApplicationInstanceSettings",
        application_instance_id=FIRST_INSTANCE,
        settings=[{"name": name, "value": value} for name, value in new.items()],
    )
    settings = lab.call("pem.APS.getApplicationInstanceSettings", application_instance_id=FIRST_INSTANCE)
    values = {item["name"]: item["value"] for item in settings}
    assert values["oa_api_url"] == new["oa_api_url"]
    assert values["oa_api_password"] == ""
    first, second = lab.platform.state()["instances"][:2]
    assert first["settings"]["oa_api_password"] == "set"
    assert first["public_api_password_ok"] is True
    assert second["settings"]["oa_api_password"] == ""
    assert second["public_api_password_ok"] is False
    wrong = {"application_instance_id": FIRST_INSTANCE, "settings": [{"name": "colour", "value": "red"}]}
    assert _code(lab, "pem.APS.setApplicationInstanceSettings", **wrong) == ("Common", 2)


def test_an_import_goes_through_its_states(lab: PlatformLab) -> None:
    lab.convert_settings()
    for task in ("Downloading APS package", "Importing APS package", "updating upgrade relations"):
        lab.faults.add(f"task:mn01:.*{task}", "delay", seconds=0.25)
    request = lab.request("pem.APS.importPackage", package_url=lab.package())
    names = [task["name"] for task in lab.platform.state()["tasks"] if "Office365" in task["name"]]
    assert names == [
        f"Downloading APS package Office365-{TARGET}.app.zip",
        f"Importing APS package Office365-{TARGET}.app.zip",
        RELATIONS_TASK,
    ]
    seen = []
    while lab.call("pem.getRequestStatus", request_id=request)["request_status"] == 1:
        if (status := _status(lab)) not in seen:
            seen.append(status)
    assert [status for status in seen if status != "Metadata importing"] == [
        "Downloading",
        "Content importing",
        "Ready",
    ]
    assert lab.finished(request) == (0, [])
    assert _package(lab) == {
        "application": "Office365",
        "application_id": APPLICATION,
        "version": TARGET,
        "status": "Ready",
        "enabled": True,
        "relations": "ok",
    }
    kept = lab.layout.management_node / "usr/local/pem/APS/packages" / f"Office365-{TARGET}.app.zip"
    assert kept.read_bytes() == (lab.layout.packages / kept.name).read_bytes()


def test_the_answer_of_an_import(lab: PlatformLab) -> None:
    answer = lab.call("pem.APS.importPackage", package_url=lab.package(), disable_package=True)
    assert answer == {"application_id": APPLICATION, "package_version": TARGET}
    assert _package(lab)["enabled"] is False


def test_packages_come_in_the_call_or_over_http_or_from_below_the_nodes_root(lab: PlatformLab) -> None:
    content = (lab.layout.packages / "Office365-16.6.5-22.app.zip").read_bytes()
    assert lab.finished(lab.request("pem.APS.importPackage", package_body=content)) == (0, [])
    assert _unimport(lab, "16.6.5-22") == (0, [])
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(lab.layout.packages))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/Office365-16.6.5-22.app.zip"
        assert lab.finished(lab.request("pem.APS.importPackage", package_url=url)) == (0, [])
        server.shutdown()
    inside = lab.layout.management_node / "root" / "package with blank.zip"
    inside.parent.mkdir(parents=True, exist_ok=True)
    inside.write_bytes(content)
    url = "file:///root/package%20with%20blank.zip"
    assert lab.finished(lab.request("pem.APS.importPackage", package_url=url)) == (0, [])


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"package_url": "file:///nowhere.app.zip", "package_body": b""},
        {"package_url": "file:///nowhere.app.zip"},
        {"package_url": "http://example.com/x.app.zip"},
        {"package_url": "http://127.0.0.1:9/x.app.zip"},
        {"package_url": "ftp://127.0.0.1/x.app.zip"},
        {"package_body": b"no zip"},
    ],
)
def test_packages_that_cannot_be_read(lab: PlatformLab, arguments: dict[str, object]) -> None:
    assert _code(lab, "pem.APS.importPackage", **arguments) in (("SaaS", 90009), ("OpenAPI", 21))
    assert len(lab.platform.state()["packages"]) == 2


@pytest.mark.parametrize("how", ["truncated", "bad_xml"])
def test_spoilt_packages_are_refused_at_once(lab: PlatformLab, tmp_path: Path, how: str) -> None:
    path = tmp_path / "spoilt.app.zip"
    path.write_bytes((lab.layout.packages / f"Office365-{TARGET}.app.zip").read_bytes())
    spoil(path, how)
    assert _code(lab, "pem.APS.importPackage", package_url=path.as_uri()) == ("SaaS", 90009)


@pytest.mark.parametrize("how", ["wrong_digest", "missing_list"])
def test_wrong_contents_fail_in_the_import_task(lab: PlatformLab, tmp_path: Path, how: str) -> None:
    path = tmp_path / "spoilt.app.zip"
    path.write_bytes((lab.layout.packages / f"Office365-{TARGET}.app.zip").read_bytes())
    spoil(path, how)
    status, messages = lab.finished(lab.request("pem.APS.importPackage", package_url=path.as_uri()))
    assert status == 2
    assert f"Importing APS package Office365-{TARGET}.app.zip" in messages[0]
    assert _status(lab) == "Content error"


def test_a_package_that_vanishes_cannot_be_downloaded(lab: PlatformLab, tmp_path: Path) -> None:
    path = tmp_path / "vanishing.app.zip"
    path.write_bytes((lab.layout.packages / f"Office365-{TARGET}.app.zip").read_bytes())
    lab.faults.add("task:mn01:Downloading", "delay", seconds=0.2)
    request = lab.request("pem.APS.importPackage", package_url=path.as_uri())
    path.unlink()
    status, _ = lab.finished(request)
    assert (status, _status(lab)) == (2, "Downloading error")


def test_too_early_an_import_fails_and_can_be_put_right(lab: PlatformLab) -> None:
    """procedure-facts.md 1.4: import, failure, removal, script, import, upgrade."""
    status, messages = lab.import_package()
    assert status == 2
    assert SCRIPT in messages[0]
    assert RELATIONS_TASK in messages[0]
    assert (_package(lab)["status"], _package(lab)["relations"]) == ("Ready", "failed")
    failed = lab.task(RELATIONS_TASK)
    assert failed is not None
    assert failed["status"] == "f"
    assert "relations" in _refusal(lab, TARGET)

    assert _unimport(lab) == (0, [])
    assert _code(lab, "pem.APS.getPackage", package_reference={"application_id": 5, "application_version": TARGET}) == (
        "Common",
        90002,
    )
    assert lab.platform.state()["resource_settings"]["converted"] is False
    lab.convert_settings()
    assert lab.import_package() == (0, [])
    for instance in (1001, 1002, 1003):
        assert lab.upgrade(instance) == (0, [])
    state = lab.platform.state()
    assert {item["package_version"] for item in state["instances"]} == {TARGET}
    assert state["resource_settings"] == {"script_runs": 0, "damaged": False, "converted": True}


def test_importing_again_replaces_the_package(lab: PlatformLab) -> None:
    assert lab.import_package()[0] == 2
    lab.convert_settings()
    assert lab.import_package() == (0, [])
    assert [item["version"] for item in lab.platform.state()["packages"]].count(TARGET) == 1


def test_a_failed_relations_task_can_be_run_again(lab: PlatformLab) -> None:
    assert lab.import_package()[0] == 2
    failed = lab.task(RELATIONS_TASK)
    assert failed is not None
    lab.convert_settings()
    lab.call("pem.tasks.rescheduleTask", task_id=failed["id"])
    wait_for(lambda: lab.task(RELATIONS_TASK) is None)
    assert _package(lab)["relations"] == "ok"


def test_converting_twice_is_damage(lab: PlatformLab) -> None:
    lab.convert_settings()
    assert lab.platform.state()["resource_settings"]["damaged"] is False
    lab.convert_settings()
    assert lab.platform.state()["resource_settings"] == {"script_runs": 0, "damaged": True, "converted": True}


def test_from_16_8_3_no_conversion_is_needed(tmp_path: Path) -> None:
    with running(tmp_path, LabOptions.from_json({**FAST.to_json(), "from_version": "16.8.3"})) as lab:
        settings = lab.platform.state()["resource_settings"]
        assert settings == {"script_runs": 0, "damaged": False, "converted": True}
        assert lab.import_package() == (0, [])
        assert lab.upgrade() == (0, [])
        lab.convert_settings()
        assert lab.platform.state()["resource_settings"]["damaged"] is True


def test_an_upgrade_is_three_tasks(lab: PlatformLab) -> None:
    lab.convert_settings()
    assert lab.import_package() == (0, [])
    lab.faults.add("task:mn01:Initiating", "delay", seconds=0.3)
    lab.faults.add("task:mn01:Upgrading instance", "delay", seconds=0.3)
    request = lab.request("pem.APS.upgradeApplicationInstance", application_instance_id=FIRST_INSTANCE)
    tasks = lab.psql(
        "select method, coalesce(parent_task_id = (select min(task_id) from tm_tasks t join tm_usual using (task_id)"
        " where mutex = 'aps-instance-1001'), false) from tm_tasks where name like '%16.8.4-34' order by task_id"
    )
    assert tasks == [["taskInitiateOperation", "f"], ["taskUpgradeApp2x", "t"], ["taskFinalizeOperation", "t"]]
    assert (_instance(lab)["status"], _instance(lab)["package_version"]) == ("Upgrading", "16.6.4-20")
    busy = {"application_instance_id": FIRST_INSTANCE}
    assert _code(lab, "pem.APS.upgradeApplicationInstance", **busy) == ("SaaS", 90011)
    assert _code(lab, "pem.APS.setApplicationInstanceSettings", settings=[], **busy) == ("SaaS", 90011)
    assert _code(
        lab, "pem.APS.unimportPackage", package_reference={"application_id": 5, "application_version": TARGET}
    ) == ("SaaS", 90010)
    assert lab.finished(request) == (0, [])
    assert (_instance(lab)["status"], _instance(lab)["package_version"]) == ("Ready", TARGET)
    assert _instance(lab, 1002)["package_version"] == "16.6.4-20"
    assert "16.8.4-34" in _refusal(lab, None)
    assert _code(
        lab, "pem.APS.unimportPackage", package_reference={"application_id": 5, "application_version": TARGET}
    ) == ("SaaS", 90010)


def test_a_failed_upgrade_leaves_the_instance_busy_until_its_task_is_run_again(lab: PlatformLab) -> None:
    lab.convert_settings()
    lab.import_package()
    lab.faults.add("task:mn01:Upgrading instance", "fail", message="the gateway does not answer")
    status, messages = lab.upgrade()
    assert status == 2
    assert "the gateway does not answer" in messages[0]
    assert _instance(lab)["status"] == "Upgrading"
    busy = {"application_instance_id": FIRST_INSTANCE}
    assert _code(lab, "pem.APS.upgradeApplicationInstance", **busy) == ("SaaS", 90011)
    assert lab.upgrade(1002) == (0, [])
    failed = lab.task("Upgrading instance")
    assert failed is not None
    lab.call("pem.tasks.rescheduleTask", task_id=failed["id"])
    wait_for(lambda: _instance(lab)["status"] == "Ready")
    assert _instance(lab)["package_version"] == TARGET


def test_upgrades_that_are_refused(lab: PlatformLab) -> None:
    assert "instance has 16.6.4-20" in _refusal(lab, None)
    assert "not imported" in _refusal(lab, TARGET)
    lab.convert_settings()
    lab.call("pem.APS.importPackage", package_url=lab.package(), disable_package=True)
    assert "status" in _refusal(lab, TARGET)
    wait_for(lambda: _package(lab)["relations"] == "ok")
    assert "not enabled" in _refusal(lab, TARGET)
    assert lab.import_package() == (0, [])
    assert lab.import_package("16.6.5") == (0, [])
    assert "newest" in _refusal(lab, "16.6.5-22")
    assert lab.import_package("16.6.3") == (0, [])
    assert "instance has 16.6.4-20" in _refusal(lab, "16.6.3-18")


def test_the_match_expression_of_the_package_decides(tmp_path: Path) -> None:
    with running(tmp_path, LabOptions.from_json({**FAST.to_json(), "from_version": "16.6.3"})) as lab:
        lab.psql("update lab_packages set version = '16.6.2', release = '9' where application_id = 5", "postgres")
        lab.convert_settings()
        assert lab.import_package() == (0, [])
        assert "cannot upgrade 16.6.2-9" in _refusal(lab, TARGET)


def test_services_depend_on_the_instances_version(lab: PlatformLab) -> None:
    assert _services(lab, "TenantContactData") == []
    (tenant,) = _services(lab, "tenant")
    assert tenant["service_resource_type_id"] == lab.installation.resource_types[3].id
    assert [item["service_id"] for item in _services(lab, "")] == ["tenant", "user", "cloudUser", "domain"]
    assert _services(lab, "tenant", 1002)[0]["service_resource_type_id"] != tenant["service_resource_type_id"]
    lab.convert_settings()
    lab.import_package()
    lab.upgrade()
    assert _services(lab, "TenantContactData") == [
        {"service_id": "TenantContactData", "service_resource_type_id": 0, "settings": []}
    ]
    assert _services(lab, "TenantContactData", 1002) == []
    parameters = {"app_id": "5", "service_id": "TenantContactData", "autoprovide_service": "0", "s_colour": "red"}
    rt_id = lab.call(
        "pem.addResourceType",
        resclass_name="rc.saas.service",
        name="Office 365 Tenant Contact Data",
        act_params=[{"var_name": name, "var_value": value} for name, value in parameters.items()],
    )["resource_type_id"]
    assert _services(lab, "TenantContactData") == [
        {
            "service_id": "TenantContactData",
            "service_resource_type_id": rt_id,
            "settings": [{"name": "colour", "value": "red"}],
        }
    ]
    for counter in ("totalPointsSold", "totalSeatsSold"):
        lab.call(
            "pem.addResourceType",
            resclass_name="rc.saas.resource.unit",
            name=counter,
            act_params=[{"var_name": "app_id", "var_value": "5"}, {"var_name": "resource_id", "var_value": counter}],
        )
    assert len(lab.call("pem.getResourceTypesByClass", resclass_name="rc.saas.resource.unit")) == 2


def test_service_instances_are_those_in_use(lab: PlatformLab) -> None:
    arguments = {"application_instance_id": FIRST_INSTANCE, "service_id": "tenant"}
    assert lab.call("pem.APS.getServiceInstances", **arguments) == []
    (tenant,) = _services(lab, "tenant")
    rt_id = tenant["service_resource_type_id"]
    query = "update subs_resources set curr_usage = 1 where rt_id = :'rt_id' and sub_id = 1000001"
    lab.psql(query, "postgres", rt_id=rt_id)
    (found,) = lab.call("pem.APS.getServiceInstances", **arguments)
    assert (found["service_id"], found["resource_type_id"], found["service_instance_status"]) == (
        "tenant",
        rt_id,
        "Ready",
    )


def test_hooks_for_billing_and_script_records(lab: PlatformLab) -> None:
    lab.call("lab.billing.setUnit", resource_type_id=108, unit="licence")
    lab.call("lab.billing.addServiceParameter", st_id=11, name="o365_based_on_email", value_type="boolean")
    run = {"script": SCRIPT, "arguments": [], "python": "2.7.18", "folder": "/root", "exit_code": 0}
    lab.call("lab.recordScriptRun", package="16.6.4-20", **run)
    lab.call("lab.recordScriptRun", **run)
    state = lab.platform.state()
    assert state["billing"].keys() == {"plans", "units", "service_parameters"}
    assert state["billing"]["units"] == {"108": "licence"}
    assert state["billing"]["service_parameters"] == {"11": {"o365_based_on_email": "boolean"}}
    units = {(rate["resource_type_id"], rate["unit"]) for plan in state["billing"]["plans"] for rate in plan["rates"]}
    assert {type_id for type_id, unit in units if unit == "licence"} == {108}
    assert state["script_runs"] == [{**run, "package": "16.6.4-20"}, {**run, "package": None}]
    assert state["resource_settings"]["script_runs"] == 2
    assert {line["channel"] for line in lab.wire()} == {"management_node"}
