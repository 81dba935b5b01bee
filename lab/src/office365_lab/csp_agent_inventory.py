"""The groups of the inventory that concern csp-agent-war, as a user would write them for this installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from office365_lab.csp_agent import application, unit
from office365_lab.csp_agent.linux_host import HOST, LinuxPaths
from office365_lab.windows import csp_agent as windows_csp_agent

if TYPE_CHECKING:
    from office365_lab.inventory import LabFacts

_GROUP = "csp_agent"
_LINUX_GROUP = "csp_agent_linux"


def groups(facts: LabFacts) -> dict[str, Any]:
    """``csp_agent``: the hosts to upgrade, as the options choose; ``csp_agent_linux``: the Linux host, always."""
    linux = {_LINUX_GROUP: {"hosts": {HOST: _linux_connection(facts)}, "vars": _linux(facts)}}
    if facts.options.csp_agent == "linux":
        return {**linux, _GROUP: {"children": {_LINUX_GROUP: {}}}}
    hosts: dict[str, Any] = {host.name: {} for host in facts.installation.hosts}
    return {**linux, _GROUP: {"hosts": hosts, "vars": _windows(facts)}}


def _windows(facts: LabFacts) -> dict[str, Any]:
    folder = windows_csp_agent.WEBAPPS
    return {
        **_common(facts),
        "csp_agent_folder": folder,
        "csp_agent_service": windows_csp_agent.SERVICE,
        "csp_agent_expanded_folder": rf"{folder}\{application.APPLICATION}",
        "csp_agent_keep": [rf"{folder}\{application.APPLICATION}\{_windows_path(application.CONFIGURATION)}"],
        "csp_agent_check_url": f"http://localhost:{windows_csp_agent.PORT}{application.REQUEST_PATH}",
    }


def _linux(facts: LabFacts) -> dict[str, Any]:
    paths = LinuxPaths(facts.layout)
    expanded = paths.webapps / application.APPLICATION
    return {
        **_common(facts),
        "csp_agent_folder": str(paths.webapps),
        "csp_agent_service": unit.NAME,
        "csp_agent_expanded_folder": str(expanded),
        "csp_agent_keep": [str(expanded / application.CONFIGURATION)],
        "csp_agent_backup_folder": str(paths.root / "var/lib/odin-office365/csp-agent-backup"),
        "csp_agent_check_url": facts.csp_agent_url,
    }


def _common(facts: LabFacts) -> dict[str, Any]:
    # work that takes minutes in life takes about a second here
    return {"csp_agent_war_file": str(application.new_war(facts.layout)), "csp_agent_check_delay": 1}


def _linux_connection(facts: LabFacts) -> dict[str, Any]:
    return {"ansible_connection": "local", "ansible_python_interpreter": str(LinuxPaths(facts.layout).python)}


def _windows_path(path: str) -> str:
    return path.replace("/", "\\")
