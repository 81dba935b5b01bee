"""The Linux host ``cspagent01``: a folder of the lab that is its root, a unit, and the address that it answers.

Commands find the host's ``systemctl`` through PATH, which the host's ``python3`` sets. Modules run as the user of the
lab on real files, so nothing outside the folder is touched by a role that keeps to the paths of the inventory.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from office365_lab.csp_agent import application, unit
from office365_lab.faults import FaultPlan
from office365_lab.layout import LabLayout
from office365_lab.server import LOOPBACK, LabServer

HOST = "cspagent01"
_FOLDERS = ("etc/systemd/system", "usr/bin", "var/lib", "var/log")
_UNIT_FILE = "[Unit]\nDescription=CSP agent\n\n[Service]\nExecStart=/opt/csp-agent/bin/run\n"


@dataclass(frozen=True)
class LinuxPaths:
    """Where the host is in the folder of the lab."""

    layout: LabLayout

    @property
    def root(self) -> Path:
        """The folder that is the host's root."""
        return self.layout.root / "linux-hosts" / HOST

    @property
    def webapps(self) -> Path:
        """The folder of the war."""
        return self.root / "opt/csp-agent/webapps"

    @property
    def unit(self) -> Path:
        """The state of the unit: outside the root, because it is no file of the host."""
        return self.layout.root / "linux-hosts" / f"{HOST}-unit.json"

    @property
    def python(self) -> Path:
        """The interpreter that Ansible uses."""
        return self.root / "usr/bin/python3"


class LinuxAgent:
    """The host as one part of the lab."""

    def __init__(self, layout: LabLayout, faults: FaultPlan) -> None:
        self._paths = LinuxPaths(layout)
        self._faults = faults
        self._server: LabServer | None = None

    def start(self) -> str:
        """Answer the application's address; returns that address."""
        self._server = LabServer(_handler(self._paths, self._faults)).start()
        return f"http://{LOOPBACK}:{self._server.port}{application.REQUEST_PATH}"

    def stop(self) -> None:
        """Free the port."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def create(self) -> None:
        """Make the host's files and the unit anew."""
        root = self._paths.root
        shutil.rmtree(root, ignore_errors=True)
        for folder in _FOLDERS:
            (root / folder).mkdir(parents=True)
        (root / "etc/systemd/system/csp-agent.service").write_text(_UNIT_FILE, encoding="utf-8")
        loaded = application.install(self._paths.webapps)
        unit.write(self._paths.unit, unit.first(loaded))
        self._write_command("usr/bin/python3", "module_run")
        self._write_command("usr/bin/systemctl", "systemctl")

    def state(self) -> dict[str, Any]:
        """What is there now."""
        found = unit.read(self._paths.unit)
        return {
            "platform": "linux",
            "service": unit.NAME,
            "service_state": "running" if found["state"] == "active" else "stopped",
            "starts": found["starts"],
            "running_version": found["loaded"]["version"] if found["state"] == "active" else None,
            **application.account(self._paths.webapps),
        }

    def _write_command(self, name: str, module: str) -> None:
        environment = {"OFFICE365_LAB": self._paths.layout.root}
        exports = "".join(f"export {key}={shlex.quote(str(value))}\n" for key, value in environment.items())
        search = f"export PATH={shlex.quote(str(self._paths.root / 'usr/bin'))}:$PATH\n"
        path = self._paths.root / name
        start = f'exec {shlex.quote(sys.executable)} -m office365_lab.csp_agent.{module} "$@"\n'
        path.write_text(f"#!/bin/sh\n{exports}{search}{start}", encoding="utf-8")
        path.chmod(0o755)


def _handler(paths: LinuxPaths, faults: FaultPlan) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers as the application would; while the unit is down, the connection is closed without an answer."""

        def do_GET(self) -> None:
            """One request."""
            found = unit.read(paths.unit)
            if found["state"] != "active":
                self.close_connection = True
                return
            status = 404
            if self.path == application.REQUEST_PATH:
                status = application.status(paths.webapps, found["loaded"])
                if faults.take(application.CHANNEL, HOST, f"GET {self.path}", "http_503") is not None:
                    status = 503
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Requests of a check change nothing, so they are not in the wire log."""

    return Handler
