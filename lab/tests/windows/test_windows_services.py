"""Services and csp-agent-war of an endpoint host, called with the modules' real sources."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Starter
from office365_lab.csp_agent import application
from office365_lab.windows.host import Host
from windows_lab import Running, run

# Nobody connects to the hosts here.
pytestmark = pytest.mark.lab_options(listen=False, scenario="csp")

SERVICE = "ansible.windows.win_service"
WAR = "C:\\CSPAgent\\webapps\\csp-agent.war"
EXPANDED = "C:\\CSPAgent\\webapps\\csp-agent"
URL = "http://localhost:8086/csp-agent/"


def switch(host: Host, state: str, **more: Any) -> dict[str, Any]:
    return run(host, SERVICE, name="CSPAgent", state=state, **more)


def status(host: Host) -> Any:
    return run(host, "ansible.windows.win_uri", url=URL).get("status_code", 0)


def test_service_is_stopped_and_started(host: Host, running: Running) -> None:
    for state, told in (("stopped", "stopped"), ("started", "running")):
        dry = switch(host, state, check=True)
        assert (dry["changed"], dry["state"]) == (True, told)
        done = switch(host, state)
        assert (done["changed"], done["exists"], done["state"]) == (True, True, told)
        assert switch(host, state)["changed"] is False
    assert [line["write"] for line in running.wire(SERVICE)] == [False, True, False] * 2
    assert running.lab.state()["iis01"]["services"]["CSPAgent"]["starts"] == 1
    assert switch(host, "restarted")["changed"] is True
    assert running.lab.csp_agents()["iis01"]["starts"] == 2


def test_service_info(host: Host) -> None:
    found = run(host, "ansible.windows.win_service_info", name="cspagent")
    assert (found["exists"], found["services"][0]["state"]) == (True, "started")
    assert run(host, "ansible.windows.win_service_info")["services"] == found["services"]
    for unknown in ("other", "CSP Agent"):  # a display name is none for this module
        missing = run(host, "ansible.windows.win_service_info", name=unknown)
        assert (missing["exists"], missing["services"]) == (False, [])
    assert run(host, SERVICE, name="CSP Agent")["name"] == "CSPAgent"


def test_service_that_is_not_there_and_what_is_not_imitated(host: Host) -> None:
    assert run(host, SERVICE, name="other", state="stopped")["failed"] is True
    refusals: list[dict[str, Any]] = [{"state": "absent"}, {"state": "paused"}, {"start_mode": "manual"}, {"path": "x"}]
    for more in refusals:
        refused = run(host, SERVICE, name="CSPAgent", **more)
        assert refused["failed"] is True and "no stand-in" in refused["msg"], more
    assert "unknown option" in run(host, SERVICE, name="CSPAgent", status="stopped")["msg"]


def test_planned_faults_of_the_service(host: Host, running: Running) -> None:
    running.faults.add("service:iis01:stop CSPAgent", "fail")
    assert switch(host, "stopped")["failed"] is True
    assert running.lab.csp_agents()["iis01"]["service_state"] == "running"
    assert switch(host, "stopped")["changed"] is True
    running.faults.add("service:iis01:start CSPAgent", "fail", message="no start today")
    assert switch(host, "started")["msg"] == "no start today"
    assert running.lab.csp_agents()["iis01"]["service_state"] == "stopped"
    running.faults.add("csp_agent:iis01:GET", "http_503")
    switch(host, "started")
    assert (status(host), status(host)) == (503, 200)
    assert [fault["fired"] for fault in running.faults.all()] == [1, 1, 1]


def test_address_answers_while_the_service_runs_and_the_war_is_whole(host: Host) -> None:
    assert status(host) == 200
    assert run(host, "ansible.windows.win_uri", url="http://localhost:8086/other/")["status_code"] == 404
    switch(host, "stopped")
    assert status(host) == 0
    host.disk.write(WAR, host.disk.read(WAR)[:-30])
    switch(host, "started")
    assert status(host) == 404


def test_running_service_holds_its_war_open(host: Host) -> None:
    copy: dict[str, Any] = {"src": WAR, "dest": "C:\\copy.war", "_copy_mode": "remote"}
    assert run(host, "ansible.windows.win_copy", **copy)["changed"] is True
    host.disk.write("C:\\copy.war", b"other")
    back: dict[str, Any] = {"src": "C:\\copy.war", "dest": WAR, "_copy_mode": "remote"}
    assert run(host, "ansible.windows.win_copy", **back)["failed"] is True
    assert run(host, "ansible.windows.win_file", path=EXPANDED, state="absent")["failed"] is True
    switch(host, "stopped")
    assert run(host, "ansible.windows.win_copy", **back)["changed"] is True
    assert run(host, "ansible.windows.win_file", path=EXPANDED, state="absent")["changed"] is True


def test_container_unpacks_only_where_there_is_no_folder(host: Host, running: Running) -> None:
    def restarted() -> Any:
        switch(host, "started")
        return running.lab.csp_agents()["iis01"]["running_version"]

    switch(host, "stopped")
    host.disk.write(WAR, application.war("1.5.2"))
    assert restarted() == "1.4.0"
    switch(host, "stopped")
    host.disk.remove(EXPANDED)
    assert restarted() == "1.5.2"
    assert status(host) == 503  # the war's own configuration has no secret


def test_syndication_has_no_csp_agent(start_lab: Starter) -> None:
    running = start_lab(listen=False)
    assert running.lab.csp_agents() == {}
    assert running.lab.state()["iis01"]["services"] == {}
    assert not running.host.disk.exists("C:\\CSPAgent")
