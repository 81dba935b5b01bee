"""What the platform tells about itself: methods, signatures, version, hosts; and through other people's clients."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import osaapi
import pytest
from office365_lab.options import LabOptions
from platform_lab import FAST, PlatformLab, RefusedError, running


def test_every_method_is_listed_but_the_hooks_of_the_lab(lab: PlatformLab) -> None:
    methods = lab.call("system.listMethods")
    assert methods == sorted(methods)
    assert {"txn.Begin", "pem.batchRequest", "pem.getRequestStatus", "pem.APS.importPackage"} <= set(methods)
    assert [name for name in methods if name.startswith("lab.")] == []


def test_every_listed_method_has_a_signature(lab: PlatformLab) -> None:
    for name in lab.call("system.listMethods"):
        answer = lab.raw("pem.getMethodSignature", {"method_name": name})
        assert set(answer) == {"status", "signature"}
        assert ET.fromstring(answer["signature"]).get("name") == name


def test_a_signature_tells_names_types_and_what_is_required(lab: PlatformLab) -> None:
    answer = lab.raw("pem.getMethodSignature", {"method_name": "pem.setResourceTypeLimits"})
    members = ET.fromstring(answer["signature"]).findall("./arguments/member")
    assert {member.get("name"): (member.get("type"), member.get("required")) for member in members} == {
        "subscription_id": ("int", "true"),
        "autoprovide": ("boolean", "false"),
        "resource_limits": ("array", "true"),
        "parameters": ("array", "true"),
    }


@pytest.mark.parametrize("name", ["pem.noSuchMethod", "lab.recordScriptRun"])
def test_an_unknown_method_has_no_signature(lab: PlatformLab, name: str) -> None:
    with pytest.raises(RefusedError):
        lab.call("pem.getMethodSignature", method_name=name)


def test_build_history(lab: PlatformLab) -> None:
    reports = lab.call("pem.statistics.getStatisticsReport", reports=[{"name": "BuildHistory", "value": ""}])
    history = ET.fromstring(reports[0]["value"])
    assert history.findtext("Build/Build") == "oa-7.1-2188"
    assert [build.findtext("Build") for build in history] == ["oa-7.1-2188", "oa-7.1-2188_update01", "oa-7.0-1401"]
    assert [build.findtext("Version") for build in history] == ["7.1.0", "7.1.0", "7.0.0"]
    with pytest.raises(RefusedError):
        lab.call("pem.statistics.getStatisticsReport", reports=[{"name": "Unknown", "value": ""}])


def test_version_as_text(lab: PlatformLab) -> None:
    reports = lab.call("pem.statistics.getStatisticsReport", reports=[{"name": "poaVersion", "value": "0"}])
    assert reports == [{"name": "poaVersion", "value": "7.1.0"}]


def test_a_platform_version_with_a_hotfix(tmp_path: Path) -> None:
    with running(tmp_path, LabOptions.from_json({**FAST.to_json(), "platform_version": "7.0.1_hf130748"})) as lab:
        assert lab.platform.state()["platform"] == {
            "version": "7.0.1",
            "build": "oa-7.0-2188",
            "hotfixes": ["oa-7.0-2188_update01", "oa-7.0-2188_update01_KB130748-12"],
        }
        rows = lab.psql("select version from version_history order by install_date desc limit 1")
        assert rows == [["7.0.1"]]


def test_hosts(lab: PlatformLab) -> None:
    assert lab.call("pem.getHost", host_id=1)["hostname"] == "mn01.hosting.local"
    assert lab.call("pem.getHost", host_id=2)["hostname"] == "iis01.hosting.local"
    with pytest.raises(RefusedError):
        lab.call("pem.getHost", host_id=99)


def _osa(lab: PlatformLab) -> Any:
    return osaapi.OSA(
        "127.0.0.1",
        user=lab.credentials.api_username,
        password=lab.credentials.api_password,
        port=lab.addresses.api_http_port,
    )


def test_the_vendors_client_works_unchanged(lab: PlatformLab) -> None:
    client = _osa(lab)
    templates = client.getServiceTemplateList(owner_id=1, active=True)
    assert templates["status"] == 0
    assert templates["result"][0]["st_id"] == 11
    instances = client.APS.getApplicationInstances(app_id=5)["result"]
    assert [instance["application_instance_id"] for instance in instances] == [1001, 1002, 1003]
    txn_id = client.TXN.Begin(request_id="osaapi")["result"]["txn_id"]
    assert client.deactivateST(st_id=11, txn_id=txn_id) == {"status": 0}
    assert client.TXN.Commit(txn_id=txn_id) == {"status": 0}
    assert lab.finished("osaapi") == (0, [])
    failed = client.getSubscription(subscription_id=1, get_resources="no")
    assert (failed["status"], failed["extype_id"], failed["module_id"]) == (-1, 21, "OpenAPI")


def test_eight_clients_at_once(lab: PlatformLab) -> None:
    template_ids = [template["id"] for template in lab.platform.state()["service_templates"]]
    results: list[int] = []
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            client = _osa(lab)
            for index in range(25):
                st_id = template_ids[(number + index) % len(template_ids)]
                results.append(client.getServiceTemplate(st_id=st_id, get_resources=True)["result"]["st_id"])
                txn_id = client.TXN.Begin()["result"]["txn_id"]
                name = f"clone {number} {index}"
                client.cloneServiceTemplate(service_template_id=st_id, name=name, txn_id=txn_id)
                client.TXN.Commit(txn_id=txn_id)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []
    assert len(results) == 200
    assert sum(item["name"].startswith("clone ") for item in lab.platform.state()["service_templates"]) == 200
