"""A lab with nothing but its endpoint hosts, and ways to use a host without a network."""

from __future__ import annotations

import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from office365_lab import tls, wirelog
from office365_lab.faults import FaultPlan
from office365_lab.installation import Credentials, Installation, new_credentials, plan_installation
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.windows import WindowsAddresses, WindowsLab
from office365_lab.windows.call import Call
from office365_lab.windows.host import Host
from office365_lab.windows.run_module import run_module
from office365_lab.wirelog import WireLog


@dataclass
class Running:
    """A running lab and everything that a test may ask it for."""

    lab: WindowsLab
    addresses: WindowsAddresses
    layout: LabLayout
    installation: Installation
    credentials: Credentials
    faults: FaultPlan

    @property
    def host(self) -> Host:
        """The first host."""
        return self.lab.hosts["iis01"]

    def wire(self, call: str | None = None) -> list[dict[str, Any]]:
        """Lines of the wire log, of one call or all."""
        return [line for line in wirelog.read(self.layout.wire_log) if call in (None, line["call"])]


COLLECTIONS = Path(sysconfig.get_paths()["purelib"], "ansible_collections")


def call(module: str, /, *, check: bool = False, **parameters: Any) -> Call:
    """A call as ansible-core 2.19 sends it, with the real source of the module."""
    namespace, collection, short = module.split(".")
    plugins = COLLECTIONS / namespace / collection / "plugins"
    return Call(
        kind="module",
        wire="2.19+",
        name=module,
        arguments={**parameters, "_ansible_check_mode": check},
        source=(plugins / "modules" / f"{short}.ps1").read_text(encoding="utf-8-sig"),
        utilities={path.name: path.read_text(encoding="utf-8-sig") for path in plugins.glob("module_utils/*.psm1")},
    )


def run(host: Host, module: str, /, check: bool = False, **parameters: Any) -> dict[str, Any]:
    """The result of a module."""
    return run_module(host, call(module, check=check, **parameters), "127.0.0.1").result


def start(folder: Path, options: LabOptions, *, listen: bool = True) -> Running:
    """Start a lab in ``folder``; without ``listen`` its hosts are there but cannot be reached."""
    layout = LabLayout(folder)
    tls.create(layout.certificates)
    credentials = new_credentials()
    wire, faults = WireLog(layout.wire_log, credentials.secrets()), FaultPlan(layout.faults)
    installation = plan_installation(options)
    lab = WindowsLab(options, layout, wire, faults, installation, credentials)
    if listen:
        addresses = lab.start()
    else:
        lab.reset()
        addresses = WindowsAddresses(0, 0)
    return Running(lab, addresses, layout, installation, credentials, faults)
