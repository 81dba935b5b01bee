"""The modules of microsoft.iis that read, and those that start and stop sites and pools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from office365_lab.windows import iis
from office365_lab.windows.errors import ModuleError, NotEmulatedError
from office365_lab.windows.modules.registry import Result, Task, module
from office365_lab.windows.state import State


@module("microsoft.iis.website_info")
def website_info(task: Task) -> Result:
    """One site or all of them, with their bindings."""
    sites = [site for site in task.host.state.get("iis")["sites"] if _is(site, "name", task.get("name"))]
    return {"exists": bool(sites), "site": [_site(site) for site in sites]}


def _site(site: dict[str, Any]) -> dict[str, Any]:
    members = ("name", "site_id", "state", "physical_path", "application_pool")
    return {**{member: site[member] for member in members}, "bindings": [_binding(item) for item in site["bindings"]]}


def _binding(binding: dict[str, Any]) -> dict[str, Any]:
    # split at colons as the module does: an IPv6 or net.tcp binding fails the module for every site
    parts = binding["information"].split(":")
    try:
        port = int(parts[1] or 0) if len(parts) > 1 else 0
    except ValueError as error:
        raise ModuleError(f"website_info: the port of the binding {binding['information']} is no number") from error
    return {
        "ip": parts[0],
        "port": port,
        "hostname": parts[2] if len(parts) > 2 else None,
        "protocol": binding["protocol"],
        "use_sni": bool(binding["ssl_flags"] & 1),
        "use_ccs": bool(binding["ssl_flags"] & 2),
        "certificate_hash": binding["hash"],
        "certificate_store_name": binding["store"],
    }


@module("microsoft.iis.web_application_info")
def web_application_info(task: Task) -> Result:
    """The applications, of a name or a site or all; a site's root is none of them."""
    members = ("name", "site", "application_pool", "physical_path", "enabled_protocols")
    found = [
        {**{member: item[member] for member in members}, "connect_as": "pass_through", "username": ""}
        for item in task.host.state.get("iis")["applications"]
        if _is(item, "name", task.get("name")) and _is(item, "site", task.get("site"))
    ]
    return {"exists": bool(found), "applications": found}


@module("microsoft.iis.virtual_directory_info")
def virtual_directory_info(task: Task) -> Result:
    """The virtual directories, of a name, a site or an application, or all."""
    found = [
        {**item, "connect_as": "pass_through", "username": ""}
        for item in task.host.state.get("iis")["virtual_directories"]
        if all(_is(item, member, task.get(member)) for member in ("name", "site", "application"))
    ]
    return {"exists": bool(found), "directories": found}


@module("microsoft.iis.web_app_pool_info")
def web_app_pool_info(task: Task) -> Result:
    """One pool or all; of its many attributes the lab has the ones below."""
    found = [_pool(item) for item in task.host.state.get("iis")["pools"] if _is(item, "name", task.get("name"))]
    return {"exists": bool(found), "app_pools": found}


def _pool(pool: dict[str, Any]) -> dict[str, Any]:
    attributes = {
        "name": pool["name"],
        "state": pool["state"],
        "autoStart": pool.get("auto_start", True),
        "managedPipelineMode": "Integrated",
        "managedRuntimeVersion": "v4.0",
        "enable32BitAppOnWin64": False,
        "queueLength": 1000,
        "startMode": "OnDemand",
        "cpu": {"action": "NoAction", "limit": 0},
        "failure": {"rapidFailProtection": True, "rapidFailProtectionMaxCrashes": 5},
        "processModel": {"identityType": "ApplicationPoolIdentity", "idleTimeout": "00:20:00", "userName": ""},
        "recycling": {"periodicRestart": {"memory": 0, "privateMemory": 0, "requests": 0, "time": "1.05:00:00"}},
    }
    return {"name": pool["name"], "attributes": attributes}


def _is(item: dict[str, Any], member: str, wanted: str | None) -> bool:
    return not wanted or item[member].lower() == wanted.lower()


@module("microsoft.iis.website")
def website(task: Task) -> Result:
    """States started, stopped and restarted of a site that exists; nothing else is imitated."""
    if task.get("physical_path", "application_pool", "site_id") or any(task.get("bindings", default={}).values()):
        raise NotEmulatedError("changing the settings of a site")
    return _switch(task, lambda state: iis.find_site(state["iis"], task.need("name")), "site")


@module("microsoft.iis.web_app_pool")
def web_app_pool(task: Task) -> Result:
    """States started, stopped and restarted of a pool that exists; nothing else is imitated."""
    if task.get("attributes", default={}):
        raise NotEmulatedError("changing the attributes of an application pool")
    return _switch(task, lambda state: iis.find_pool(state["iis"], task.need("name")), "application pool")


def _switch(task: Task, find: Callable[[State], dict[str, Any] | None], what: str) -> Result:
    wanted = task.need("state")
    if wanted == "absent":
        raise NotEmulatedError(f"removing a {what}")
    item = find(task.host.state.read())
    if item is None:
        raise NotEmulatedError(f"making a {what}")
    if wanted == "present":
        return {"changed": False}
    final = iis.STOPPED if wanted == "stopped" else iis.STARTED
    changed = wanted == "restarted" or item["state"] != final
    if changed and not task.check:

        def change(state: State) -> None:
            found = find(state)
            if found is not None:
                found["state"] = final

        task.host.state.change(change)
    return {"changed": changed}
