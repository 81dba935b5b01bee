"""win_service, as far as it switches a service that exists, and win_service_info."""

from __future__ import annotations

from typing import Any

from office365_lab.windows import csp_agent
from office365_lab.windows.errors import ModuleError, NotEmulatedError
from office365_lab.windows.modules.registry import Result, Task, module
from office365_lab.windows.state import State

CHANNEL = "service"
_SWITCHES = frozenset(("name", "state", "force_dependent_services"))
# defaults of the module's options that ask for nothing
_NOTHING = {"dependency_action": "set", "desktop_interact": False}
_Service = dict[str, Any]


@module("ansible.windows.win_service")
def win_service(task: Task) -> Result:
    """States started, stopped and restarted; changing or making a service is not imitated."""
    asked = {key for key, value in task.parameters.items() if value is not None and _NOTHING.get(key) != value}
    if asked - _SWITCHES:
        raise NotEmulatedError(f"the options {', '.join(sorted(asked - _SWITCHES))} of win_service")
    name = _name(task, task.need("name"))
    if name is None:
        raise ModuleError(f"win_service: there is no service {task.get('name')}, and no path to make one", exists=False)
    changed = _switch(task, name, task.get("state"))
    service = task.host.state.get("services")[name]
    # in a dry run the module tells the state that was asked for
    state = {"restarted": "started"}.get(str(task.get("state")), task.get("state")) or service["state"]
    return {
        "changed": changed,
        "exists": True,
        "name": name,
        "display_name": service["display_name"],
        "path": service["path"],
        "start_mode": service["start_mode"],
        "state": "running" if state == "started" else state,
        "username": "LocalSystem",
        "dependencies": [],
        "depended_by": [],
        "description": None,
        "desktop_interact": False,
        "can_pause_and_continue": False,
    }


@module("ansible.windows.win_service_info")
def win_service_info(task: Task) -> Result:
    """One service by its name, or all of them; only the members that the lab's services have."""
    wanted = task.get("name")
    services = task.host.state.get("services")
    names = [name for name in services if wanted is None or name.lower() == wanted.lower()]
    found = [
        {
            "name": name,
            "display_name": services[name]["display_name"],
            "path": services[name]["path"],
            "start_mode": services[name]["start_mode"],
            "state": services[name]["state"],
            "process_id": 4000 if services[name]["state"] == "started" else 0,
            "username": r"NT AUTHORITY\SYSTEM",
        }
        for name in names
    ]
    return {"exists": bool(found), "services": found}


def _name(task: Task, wanted: str) -> str | None:
    """The name of the service that has this name or display name."""
    for name, service in task.host.state.get("services").items():
        if wanted.lower() in (name.lower(), service["display_name"].lower()):
            return str(name)
    return None


def _switch(task: Task, name: str, wanted: str | None) -> bool:
    if wanted in ("absent", "paused"):
        raise NotEmulatedError(f"state {wanted} of win_service")
    runs = task.host.state.get("services")[name]["state"] == "started"
    if wanted is None or (wanted == "started" and runs) or (wanted == "stopped" and not runs):
        return False
    if task.check:
        return True
    if runs:
        _planned_failure(task, "stop", name)
        task.host.state.change(lambda state: _stop(state, name))
    if wanted != "stopped":
        _planned_failure(task, "start", name)
        task.host.state.change(lambda state: _start(task, state, name))
    return True


def _planned_failure(task: Task, verb: str, name: str) -> None:
    fault = task.host.faults.take(CHANNEL, task.host.name, f"{verb} {name}", "fail")
    if fault is not None:
        raise ModuleError(str(fault.get("message", f"win_service: cannot {verb} the service {name} (planned fault)")))


def _start(task: Task, state: State, name: str) -> None:
    service: _Service = state["services"][name]
    service["state"] = "started"
    service["starts"] += 1
    if name == csp_agent.SERVICE:
        csp_agent.started(task.host, state)


def _stop(state: State, name: str) -> None:
    state["services"][name]["state"] = "stopped"
    if name == csp_agent.SERVICE:
        csp_agent.stopped(state)
