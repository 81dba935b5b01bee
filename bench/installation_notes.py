"""What an operator notes of an installation before the upgrade: the input of the baselines, as one JSON file.

It holds the guide's steps 1 and 2 (names and addresses of the sites), credentials and files. Everything in it is what
the lab tells any user: ``lab.json``, the inventory, ``office365-lab state``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tools.check_upgrade import APPLICATION, application_templates

Data = Mapping[str, Any]


def write_notes(lab: Path, state: Data, path: Path) -> None:
    """Write the notes on the running lab in the folder ``lab`` to ``path``; ``state``: its state before the upgrade."""
    description = json.loads((lab / "lab.json").read_text(encoding="utf-8"))
    inventory = lab / "inventory"
    hosts = yaml.safe_load((inventory / "hosts.yml").read_text(encoding="utf-8"))
    variables = yaml.load((inventory / "group_vars/all/main.yml").read_text(encoding="utf-8"), _Loader)  # noqa: S506
    names = addresses((lab / "management-node/etc/hosts").read_text(encoding="utf-8"))
    path.touch(mode=0o600)
    path.write_text(json.dumps(notes(description, hosts, variables, names, state), indent=2) + "\n", encoding="utf-8")


def addresses(hosts_file: str) -> dict[str, str]:
    """Host name -> address of a file in the form of ``/etc/hosts``."""
    lines = (line.split("#")[0].split() for line in hosts_file.splitlines())
    return {name: words[0] for words in lines if words for name in words[1:]}


def notes(description: Data, hosts: Data, variables: Data, names: Mapping[str, str], state: Data) -> dict[str, Any]:
    """The notes. ``description`` is ``lab.json``; ``hosts`` and ``variables`` are files of the inventory."""
    credentials = description["credentials"]
    templates = application_templates(dict(state))
    sold = {row["id"] for row in templates}
    return {
        "public_api": {
            "host": "127.0.0.1",
            "port": description["ports"]["api_http"],
            "url": variables["oa_api_url"],
            "username": credentials["api_username"],
            "password": credentials["api_password"],
        },
        "database": description["database"],
        "management_node": {"python": variables["office365_python"], "folder": variables["office365_work_folder"]},
        "packages": {
            "new": variables["office365_package"],
            "resource_settings": _package(variables, "16.6.3" if _is_at(state, "16.6.3") else "16.6.4"),
        },
        "application_id": next(row["application_id"] for row in state["packages"] if row["application"] == APPLICATION),
        "instances": [{"id": row["id"], "url": row["url"]} for row in state["instances"]],
        "instance_settings": {
            "oa_api_url": variables["public_api_access_url"],
            "oa_api_user": variables["public_api_access_username"],
            "oa_api_password": credentials["instance_password"],
        },
        "service_templates": [{name: row[name] for name in ("id", "owner_id", "active")} for row in templates],
        "subscription_ids": [row["id"] for row in state["subscriptions"] if row["service_template_id"] in sold],
        "endpoint_hosts": [
            _host(name, host, description, names, state)
            for name, host in hosts["all"]["children"]["endpoint_hosts"]["hosts"].items()
        ],
        "files": [*variables["store_customizations_files"], variables["trial_checker_file"]],
    }


def _host(name: str, host: Data, description: Data, names: Mapping[str, str], state: Data) -> dict[str, Any]:
    sites = {
        binding["ip"]: site["name"] for site in state["endpoint_hosts"][name]["sites"] for binding in site["bindings"]
    }
    gateways = [_site(row["url"], names, sites) for row in state["instances"]]
    port = description["ports"]["winrm_http"]
    return {
        "name": name,
        "endpoint": f"http://127.0.0.1:{port}{host['ansible_winrm_path']}",
        "username": description["credentials"]["windows_username"],
        "password": description["credentials"]["windows_password"],
        "dispatcher": _site(host["office365_dispatcher_url"], names, sites),
        "gateway_sites": [gateway for gateway in gateways if gateway["site"]],
    }


def _site(url: str, names: Mapping[str, str], sites: Mapping[str, str]) -> dict[str, str]:
    """The four values that the guide's steps 1 and 2 collect for a URL; ``site`` is empty where another host has it."""
    parts = urlsplit(url)
    hostname = parts.hostname or ""
    ip = names[hostname]
    return {"hostname": hostname, "application": parts.path.split("/")[1], "ip": ip, "site": sites.get(ip, "")}


def _is_at(state: Data, version: str) -> bool:
    return all(row["package_version"].startswith(f"{version}-") for row in state["instances"])


def _package(variables: Data, version: str) -> str:
    packages: list[str] = variables["office365_resource_settings_packages"]
    return next(path for path in packages if f"-{version}-" in path)


class _Loader(yaml.SafeLoader):
    """YAML with Ansible's tag for texts that are no templates."""


_Loader.add_constructor("!unsafe", lambda _loader, node: str(node.value))
