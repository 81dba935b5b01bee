"""csp-agent-war on an endpoint host: a service, the folder of its container and an address on the host itself.

All invented (see :mod:`office365_lab.csp_agent`). While the service runs, it holds its war and its library open, as
Java does on Windows: they can be read, but neither replaced nor removed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from office365_lab.csp_agent import application
from office365_lab.windows.host import Host
from office365_lab.windows.state import State

SERVICE = "CSPAgent"
WEBAPPS = r"C:\CSPAgent\webapps"
PORT = 8086
_HELD_OPEN = (rf"{WEBAPPS}\{application.WAR_NAME}", rf"{WEBAPPS}\{application.APPLICATION}\WEB-INF\lib\csp-agent.jar")


def install(state: State, webapps: Path) -> None:
    """Add the service and its files to the start state of a host."""
    loaded = application.install(webapps)
    state["services"][SERVICE] = {
        "display_name": "CSP Agent",
        "path": r"C:\CSPAgent\bin\CSPAgent.exe",
        "start_mode": "auto",
        "state": "started",
        "starts": 0,
        "loaded": loaded.to_json(),
    }
    state["locked"].extend(_HELD_OPEN)


def is_installed(host: Host) -> bool:
    """Has the host the service?"""
    return SERVICE in host.state.get("services")


def started(host: Host, state: State) -> None:
    """The service has started: its container loads the application."""
    state["services"][SERVICE]["loaded"] = application.load(host.disk.local(WEBAPPS)).to_json()
    state["locked"].extend(_HELD_OPEN)


def stopped(state: State) -> None:
    """The service has ended: it holds nothing open any more."""
    state["locked"] = [path for path in state["locked"] if path not in _HELD_OPEN]


def answer(host: Host, method: str, path: str) -> int | None:
    """The status of a request to the address on the host itself; None while nothing listens."""
    service = host.state.get("services")[SERVICE]
    if service["state"] != "started":
        return None
    if path != application.REQUEST_PATH:
        return 404
    if host.faults.take(application.CHANNEL, host.name, f"{method} {path}", "http_503") is not None:
        return 503
    return application.status(host.disk.local(WEBAPPS), service["loaded"])


def account(host: Host) -> dict[str, Any]:
    """What is there now, for the state snapshot."""
    service = host.state.get("services")[SERVICE]
    runs = service["state"] == "started"
    return {
        "platform": "windows",
        "service": SERVICE,
        "service_state": "running" if runs else "stopped",
        "starts": service["starts"],
        "running_version": service["loaded"]["version"] if runs else None,
        **application.account(host.disk.local(WEBAPPS)),
    }
