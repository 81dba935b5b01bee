"""The inventory's ways to reach the endpoint hosts and the Public API, tried with Ansible and requests themselves."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from office365_lab import inventory
from office365_lab.installation import Credentials, plan_installation
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.platform import PlatformAddresses
from office365_lab.supervisor import down, up
from office365_lab.windows import WindowsAddresses

OPTIONS = LabOptions(hosts=1, gateways=1, subscriptions=1, max_seconds=600.0)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[inventory.LabFacts]:
    """A running lab: it accepts every connection, whatever its inventory says."""
    folder = tmp_path_factory.mktemp("connections") / "lab"
    told = up(folder, OPTIONS)
    ports, database = told["ports"], told["database"]
    yield inventory.LabFacts(
        LabLayout(folder),
        OPTIONS,
        plan_installation(OPTIONS),
        Credentials(**told["credentials"]),
        PlatformAddresses(
            ports["api_http"],
            ports["api_https"],
            ports["aps"],
            Path(database["host"]),
            database["user"],
            Path(database["psql"]),
            ports["billing_http"],
            ports["billing_https"],
        ),
        WindowsAddresses(ports["winrm_http"], ports["winrm_https"]),
    )
    down(folder)


def _write(facts: inventory.LabFacts, **options: Any) -> inventory.LabFacts:
    changed = dataclasses.replace(facts, options=dataclasses.replace(facts.options, **options))
    inventory.write(changed)
    return changed


@pytest.mark.parametrize("connection", ["winrm", "psrp"])
@pytest.mark.parametrize(("scheme", "transport"), [("http", "basic"), ("https", "basic"), ("http", "ntlm")])
def test_endpoint_hosts(facts: inventory.LabFacts, connection: str, scheme: str, transport: str) -> None:
    _write(facts, connection=connection, winrm_scheme=scheme, winrm_transport=transport)
    command = [str(Path(sys.executable).with_name("ansible")), "endpoint_hosts", "-i", str(facts.layout.inventory)]
    done = subprocess.run(
        [*command, "-m", "ansible.windows.win_ping"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pong" in done.stdout


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_public_api(facts: inventory.LabFacts, scheme: str) -> None:
    changed = _write(facts, api_scheme=scheme)
    variables = inventory.main_variables(changed)
    assert variables["oa_api_url"].startswith(f"{scheme}://")
    assert variables["public_api_access_url"] == variables["oa_api_url"]
    body = (
        "<?xml version='1.0'?><methodCall><methodName>system.listMethods</methodName>"
        "<params><param><value><struct/></value></param></params></methodCall>"
    )
    users = {
        variables["oa_api_username"]: inventory.secret_variables(changed)["oa_api_password"],
        variables["public_api_access_username"]: inventory.secret_variables(changed)["public_api_access_password"],
    }
    assert len(users) == 2
    for user, password in users.items():
        answer = requests.post(
            variables["oa_api_url"], data=body, auth=(user, password), verify=variables["oa_api_ca_path"], timeout=10
        )
        assert answer.status_code == 200
        assert "pem.activateST" in answer.text


def test_without_authentication_the_inventory_has_no_user(facts: inventory.LabFacts) -> None:
    changed = _write(facts, api_authentication=False)
    folder = facts.layout.inventory / "group_vars" / "all"
    assert yaml.safe_load((folder / "main.yml").read_text())["oa_api_username"] == ""
    assert yaml.safe_load((folder / "secrets.yml").read_text())["oa_api_password"] == ""
    assert inventory.secret_variables(changed)["public_api_access_password"] != ""


def test_csp_has_no_dispatcher(facts: inventory.LabFacts) -> None:
    options = dataclasses.replace(facts.options, scenario="csp")
    changed = dataclasses.replace(facts, options=options, installation=plan_installation(options))
    hosts = inventory.hosts(changed)["all"]["children"]["endpoint_hosts"]["hosts"]
    assert [sorted(variables) for variables in hosts.values()] == [["ansible_winrm_path", "collect_sql_connections"]]
