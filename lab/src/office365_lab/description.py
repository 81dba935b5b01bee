"""``lab.json``: what a lab says of itself, written by its starter and then by its server process."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from office365_lab.installation import RELEASES
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.packages.builder import package_file_name

if TYPE_CHECKING:
    from office365_lab.inventory import LabFacts

FORMAT = 1
STARTING = "starting"
RUNNING = "running"
ENDED = "ended"


def starting(options: LabOptions) -> dict[str, Any]:
    """The description before the server process has started."""
    return {"format": FORMAT, "status": STARTING, "pid": None, "options": options.to_json()}


def running(facts: LabFacts, pid: int, control_socket: str) -> dict[str, Any]:
    """The description of a lab that answers; ports are of 127.0.0.1."""
    platform, windows = facts.platform, facts.windows
    return {
        "format": FORMAT,
        "status": RUNNING,
        "pid": pid,
        "options": facts.options.to_json(),
        "ports": {
            "api_http": platform.api_http_port,
            "api_https": platform.api_https_port,
            "aps": platform.aps_port,
            "winrm_http": windows.winrm_http_port,
            "winrm_https": windows.winrm_https_port,
            "billing_http": platform.billing_http_port,
            "billing_https": platform.billing_https_port,
        },
        "urls": {
            "public_api": f"http://127.0.0.1:{platform.api_http_port}/RPC2",
            "public_api_tls": f"https://127.0.0.1:{platform.api_https_port}/RPC2",
            "aps": f"https://127.0.0.1:{platform.aps_port}/",
            "billing": f"http://127.0.0.1:{platform.billing_http_port}/RPC2",
            "billing_tls": f"https://127.0.0.1:{platform.billing_https_port}/RPC2",
        },
        "database": {
            "psql": str(platform.psql),
            "host": str(platform.database_socket_folder),
            "user": platform.database_user,
            "name": "oss",
        },
        "credentials": dataclasses.asdict(facts.credentials),
        "control_socket": control_socket,
        "inventory": str(facts.layout.inventory),
        "packages": {version: str(facts.layout.packages / package_file_name(version)) for version in RELEASES},
    }


def write(layout: LabLayout, data: dict[str, Any]) -> None:
    """Replace ``lab.json`` (0600, it holds passwords) in one step."""
    fresh = layout.lab_json.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(data, indent=1), encoding="utf-8")
    fresh.replace(layout.lab_json)
