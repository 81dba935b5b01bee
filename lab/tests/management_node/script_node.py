"""The running lab as its management node sees it."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

from office365_lab import supervisor
from office365_lab.layout import LabLayout
from office365_lab.management_node import interpreter
from office365_lab.packages.import_scripts import RESOURCE_SETTINGS_SCRIPT

PYTHONS = sorted({interpreter.find_python(), Path(sys.executable)})


class Node:
    """The running lab as its management node sees it."""

    def __init__(self, folder: Path, python: Path) -> None:
        self.folder = folder
        self.layout = LabLayout(folder)
        told = self.layout.describe()
        self.packages: dict[str, str] = told["packages"]
        login = f"{told['credentials']['api_username']}:{told['credentials']['api_password']}"
        self.api: Any = ServerProxy(f"http://{login}@127.0.0.1:{told['ports']['api_http']}/RPC2")
        wrapper = self.layout.management_node / "usr/bin/python"
        self.python = wrapper.with_name("python-of-test")
        self.python.write_text(wrapper.read_text().replace(str(interpreter.find_python()), str(python)))
        self.python.chmod(0o755)

    def unpack(self, version: str) -> Path:
        """The unpacked O365-Import.zip in the unpacked package."""
        package = self.layout.management_node / "root" / version
        with zipfile.ZipFile(self.packages[version]) as archive:
            archive.extractall(package)
        scripts = package / "O365-Import"
        with zipfile.ZipFile(package / "O365-Import.zip") as archive:
            archive.extractall(scripts)
        return scripts

    def run(self, folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script from its folder; its exit code is not judged."""
        command = [str(self.python), script, *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)

    def ok(self, folder: Path, script: str, *arguments: str) -> str:
        """Run a script, which must succeed; what it printed."""
        done = self.run(folder, script, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def state(self) -> dict[str, Any]:
        """The state snapshot."""
        return supervisor.current_state(self.folder)

    def call(self, method: str, **arguments: Any) -> Any:
        """A call of the Public API that must succeed."""
        answer = getattr(self.api, method)(arguments)
        assert answer["status"] == 0, answer
        return answer.get("result")

    def wait(self, condition: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until the state is as wanted."""
        deadline = time.monotonic() + 20
        while not condition(self.state()):
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.05)

    def deactivate(self) -> None:
        """Deactivate every Office 365 template."""
        for template in self.state()["service_templates"]:
            if template["active"] and template["instance_ids"]:
                self.call("pem.deactivateST", st_id=template["id"])

    def upgrade(self) -> None:
        """Convert the settings, import 16.8.4, upgrade every instance."""
        self.ok(self.unpack("16.6.4"), RESOURCE_SETTINGS_SCRIPT)
        self.call("pem.APS.importPackage", package_url=f"file://{self.packages['16.8.4']}")
        self.wait(lambda state: any(p["version"] == "16.8.4-34" and p["relations"] == "ok" for p in state["packages"]))
        for instance in self.state()["instances"]:
            self.call("pem.APS.upgradeApplicationInstance", application_instance_id=instance["id"])
        self.wait(lambda state: {i["package_version"] for i in state["instances"]} == {"16.8.4-34"})
        self.wait(lambda state: {i["status"] for i in state["instances"]} == {"Ready"})
