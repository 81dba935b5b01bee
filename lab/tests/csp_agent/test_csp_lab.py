"""csp-agent-war in a whole lab: groups of the inventory, state, reset."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("office365-lab")
SMALL = ("--subscriptions", "2", "--service-templates", "1", "--gateways", "2", "--max-seconds", "600")


def ok(command: str, *words: str | Path) -> str:
    """Run a command beside this Python, which must succeed; what it printed."""
    program = COMMAND.with_name(command)
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def state(lab: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(ok("office365-lab", "state", lab))
    return data


def inventory(lab: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(ok("ansible-inventory", "-i", lab / "inventory", "--list"))
    return data


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A lab whose inventory names the Linux host."""
    folder = tmp_path_factory.mktemp("csp") / "lab"
    ok("office365-lab", "up", "--dir", folder, "--scenario", "csp", "--csp-agent", "linux", *SMALL)
    yield folder
    ok("office365-lab", "down", folder)


def test_both_kinds_are_there_whatever_the_inventory_names(lab: Path) -> None:
    told = inventory(lab)
    assert told["csp_agent"] == {"children": ["csp_agent_linux"]}
    assert told["csp_agent_linux"]["hosts"] == ["cspagent01"]
    agents = state(lab)["csp_agents"]
    assert {name: row["platform"] for name, row in agents.items()} == {
        "iis01": "windows",
        "iis02": "windows",
        "cspagent01": "linux",
    }
    variables = told["_meta"]["hostvars"]["cspagent01"]
    assert Path(variables["csp_agent_war_file"]).is_file()
    assert all(Path(path).is_file() for path in variables["csp_agent_keep"])
    assert not any(name.startswith("csp_agent_") for name in told["_meta"]["hostvars"]["iis01"])


def test_ansible_drives_the_unit_and_reset_takes_it_back(lab: Path) -> None:
    before = state(lab)["csp_agents"]
    module = "ansible.builtin.systemd_service"
    ok("ansible", "cspagent01", "-i", lab / "inventory", "-m", module, "-a", "name=csp-agent state=stopped")
    assert state(lab)["csp_agents"]["cspagent01"]["service_state"] == "stopped"
    writes = [json.loads(line)["call"] for line in ok("office365-lab", "log", lab, "--writes").splitlines()]
    assert writes == ["systemctl stop csp-agent"]
    ok("office365-lab", "reset", lab)
    assert state(lab)["csp_agents"] == before
    assert Path(inventory(lab)["_meta"]["hostvars"]["cspagent01"]["csp_agent_war_file"]).is_file()


def test_windows_is_what_the_inventory_names_without_the_option(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    ok("office365-lab", "up", "--dir", folder, "--scenario", "csp", *SMALL)
    try:
        told = inventory(folder)
    finally:
        ok("office365-lab", "down", folder)
    assert told["csp_agent"]["hosts"] == ["iis01", "iis02"]
    assert told["_meta"]["hostvars"]["iis02"]["csp_agent_service"] == "CSPAgent"
    assert told["_meta"]["hostvars"]["cspagent01"]["csp_agent_service"] == "csp-agent"
