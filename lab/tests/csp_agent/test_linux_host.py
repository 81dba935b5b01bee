"""The Linux host with csp-agent-war: its commands as Ansible starts them, its address, and its account of itself."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from office365_lab import wirelog
from office365_lab.csp_agent import application
from office365_lab.csp_agent.linux_host import HOST, LinuxAgent, LinuxPaths
from office365_lab.faults import FaultPlan
from office365_lab.layout import LabLayout


@dataclass
class Running:
    """A running host."""

    agent: LinuxAgent
    layout: LabLayout
    faults: FaultPlan
    url: str

    @property
    def paths(self) -> LinuxPaths:
        return LinuxPaths(self.layout)

    def command(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Start a command of the host."""
        path = self.paths.root / "usr/bin" / name
        return subprocess.run([path, *arguments], capture_output=True, text=True, check=False, timeout=30)

    def status(self) -> int:
        """What the address answers; 0 where nothing does."""
        try:
            with urlopen(self.url, timeout=5) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (URLError, RemoteDisconnected):
            return 0

    def wire(self) -> list[tuple[str, bool]]:
        return [(line["call"], line["write"]) for line in wirelog.read(self.layout.wire_log)]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    layout = LabLayout(tmp_path / "lab")
    layout.root.mkdir()
    faults = FaultPlan(layout.faults)
    agent = LinuxAgent(layout, faults)
    agent.create()
    yield Running(agent, layout, faults, agent.start())
    agent.stop()


def properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_start_state(running: Running) -> None:
    state = running.agent.state()
    assert (state["service_state"], state["starts"], state["running_version"]) == ("running", 0, "1.4.0")
    assert state["war_sha256"] == hashlib.sha256(application.war("1.4.0")).hexdigest()
    configuration = running.paths.webapps / "csp-agent/WEB-INF/csp-agent.properties"
    assert state["configuration_sha256"] == hashlib.sha256(configuration.read_bytes()).hexdigest()
    assert running.status() == 200
    assert running.wire() == []


def test_unit_is_shown_stopped_and_started(running: Running) -> None:
    shown = properties(running.command("systemctl", "show", "csp-agent").stdout)
    assert (shown["LoadState"], shown["ActiveState"]) == ("loaded", "active")
    assert running.command("systemctl", "stop", "csp-agent").returncode == 0
    assert properties(running.command("systemctl", "show", "csp-agent").stdout)["ActiveState"] == "inactive"
    assert (running.status(), running.agent.state()["service_state"]) == (0, "stopped")
    assert running.command("systemctl", "start", "csp-agent.service").returncode == 0
    assert (running.status(), running.agent.state()["starts"]) == (200, 1)
    assert running.wire() == [("systemctl stop csp-agent", True), ("systemctl start csp-agent", True)]
    assert running.command("systemctl", "start", "csp-agent").returncode == 0
    assert running.wire()[-1] == ("systemctl start csp-agent", False)


def test_what_the_host_does_not_know_fails(running: Running) -> None:
    unknown = running.command("systemctl", "show", "other")
    assert properties(unknown.stdout)["LoadState"] == "not-found"
    assert running.command("systemctl", "start", "other").returncode == 5
    refused = running.command("systemctl", "mask", "csp-agent")
    assert (refused.returncode, "no stand-in" in refused.stderr) == (1, True)


def test_container_takes_a_folder_that_is_there(running: Running) -> None:
    """So whoever replaces the war must remove the folder, and must put files back after it was unpacked."""
    webapps = running.paths.webapps
    configuration = webapps / "csp-agent/WEB-INF/csp-agent.properties"
    mine = configuration.read_bytes()

    def restart() -> dict[str, Any]:
        assert running.command("systemctl", "stop", "csp-agent").returncode == 0
        assert running.command("systemctl", "start", "csp-agent").returncode == 0
        return running.agent.state()

    (webapps / "csp-agent.war").write_bytes(application.war("1.5.2"))
    assert restart()["running_version"] == "1.4.0"
    running.command("python3", "-c", f"import shutil; shutil.rmtree({str(webapps / 'csp-agent')!r})")
    assert running.wire()[-1][1] is True
    configuration.parent.mkdir(parents=True)
    configuration.write_bytes(mine)
    assert (restart()["running_version"], running.status()) == (None, 404)
    running.command("python3", "-c", f"import shutil; shutil.rmtree({str(webapps / 'csp-agent')!r})")
    assert (restart()["running_version"], running.status()) == ("1.5.2", 503)
    configuration.write_bytes(mine)
    assert running.status() == 503
    restart()
    assert running.status() == 200


def test_damaged_war_is_not_served(running: Running) -> None:
    war = running.paths.webapps / "csp-agent.war"
    war.write_bytes(war.read_bytes()[:-30])
    assert running.status() == 404


def test_modules_that_change_files_are_writes(running: Running) -> None:
    inside, outside = running.paths.root / "var/lib/new", running.layout.root / "elsewhere"
    assert running.command("python3", "-c", "print('x')").stdout == "x\n"
    for path in (outside, inside):
        assert running.command("python3", "-c", f"open({str(path)!r}, 'w').close()").returncode == 0
    inside.chmod(0o644)
    assert running.command("python3", "-c", f"import os; os.chmod({str(inside)!r}, 0o600)").returncode == 0
    assert running.command("python3", "-c", "raise SystemExit(3)").returncode == 3
    assert [write for _call, write in running.wire()] == [False, False, True, True, False]
    lines = list(wirelog.read(running.layout.wire_log))
    assert lines[2]["arguments"]["changed"] == ["var/lib/new"]
    assert lines[-1]["outcome"] == "error: exit code 3"


def test_planned_faults(running: Running) -> None:
    running.faults.add(f"csp_agent:{HOST}:GET", "http_503")
    assert (running.status(), running.status()) == (503, 200)
    running.faults.add(f"service:{HOST}:stop csp-agent", "fail")
    assert running.command("systemctl", "stop", "csp-agent").returncode == 1
    assert running.agent.state()["service_state"] == "running"
    assert running.command("systemctl", "stop", "csp-agent").returncode == 0
    running.faults.add(f"service:{HOST}:start csp-agent", "fail", message="no start today")
    failed = running.command("systemctl", "start", "csp-agent")
    assert (failed.returncode, failed.stderr) == (1, "no start today\n")
    assert properties(running.command("systemctl", "show", "csp-agent").stdout)["ActiveState"] == "failed"
    assert [fault["fired"] for fault in running.faults.all()] == [1, 1, 1]


def test_create_again_is_the_start_state(running: Running) -> None:
    before = running.agent.state()
    running.command("systemctl", "stop", "csp-agent")
    (running.paths.webapps / "csp-agent.war").unlink()
    running.agent.create()
    assert running.agent.state() == before
    assert running.status() == 200
