"""Writing the management node's files (procedure-facts.md 10 for the places, oa-api.md 1.7 for poaupdater)."""

from __future__ import annotations

import json
import shlex
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from office365_lab.installation import Credentials, Installation
from office365_lab.layout import LabLayout
from office365_lab.management_node.interpreter import find_python
from office365_lab.options import LabOptions

if TYPE_CHECKING:
    from office365_lab.platform import PlatformAddresses

WORK_FOLDER = "root/office365"
_FOLDERS = (
    "etc",
    "root",
    "usr/bin",
    "usr/lib",
    "usr/local/pem/APS/packages",
    "usr/local/pem/etc",
    "var/lib",
    "var/log",
)


def create(
    layout: LabLayout,
    options: LabOptions,
    installation: Installation,
    addresses: PlatformAddresses,
    credentials: Credentials,
) -> None:
    """Write the folder ``management-node`` of a lab; the platform must be running already."""
    root = layout.management_node
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    _write_hosts(root / "etc/hosts", installation)
    _write_settings(root / "usr/local/pem/etc", options, addresses, credentials)
    with as_file(files("office365_lab.management_node").joinpath("python_lab")) as library:
        shutil.copytree(
            library,
            root / "usr/lib/python-lab",
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("*.pyc", "__pycache__"),
        )
    (root / "usr/bin/psql").symlink_to(addresses.psql)
    _write_python(root, layout, options)


def _write_hosts(path: Path, installation: Installation) -> None:
    lines = ["127.0.0.1 localhost", *(f"{ip} {name}" for name, ip in installation.names.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_settings(folder: Path, options: LabOptions, addresses: PlatformAddresses, credentials: Credentials) -> None:
    """How poaupdater reaches the Public API (plain HTTP, a user only where the API wants one) and the database."""
    _write_secret_json(
        folder / "openapi.json",
        {
            "host": "127.0.0.1",
            "port": addresses.api_http_port,
            "user": credentials.api_username if options.api_authentication else "",
            "password": credentials.api_password if options.api_authentication else "",
        },
    )
    database = {"host": str(addresses.database_socket_folder), "user": addresses.database_user, "name": "oss"}
    (folder / "database.json").write_text(json.dumps(database), encoding="utf-8")


def _write_secret_json(path: Path, data: dict[str, Any]) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(data), encoding="utf-8")


def _write_python(root: Path, layout: LabLayout, options: LabOptions) -> None:
    """``usr/bin/python``: a real interpreter with the node's library, name resolution and logging around it."""
    environment = {
        "OFFICE365_LAB_NODE": root,
        "OFFICE365_LAB_WIRE_LOG": layout.wire_log,
        "OFFICE365_LAB_FAULTS": layout.faults,
        "OFFICE365_LAB_SCRIPT_SECONDS": options.script_seconds,
        "PYTHONPATH": root / "usr/lib/python-lab",
    }
    exports = "".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in environment.items())
    path = root / "usr/bin/python"
    path.write_text(f'#!/bin/sh\n{exports}exec {shlex.quote(str(find_python()))} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
