"""A whole lab in one process: platform, endpoint hosts, management node, Billing files, packages, inventory."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from typing import Any

from office365_lab import billing, description, inventory, management_node, operator_input, state, tls
from office365_lab.control import ControlServer
from office365_lab.csp_agent import application
from office365_lab.csp_agent.linux_host import HOST, LinuxAgent
from office365_lab.faults import FaultPlan
from office365_lab.installation import RELEASES, new_credentials, plan_installation
from office365_lab.inventory import LabFacts
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.packages import build_packages
from office365_lab.platform import Platform
from office365_lab.windows import WindowsLab
from office365_lab.wirelog import WireLog


class Lab:
    """A lab that is started once and stopped once; it can be brought back to its start state in between."""

    def __init__(self, layout: LabLayout, options: LabOptions) -> None:
        self._layout = layout
        self._options = options
        self._installation = plan_installation(options)
        self._credentials = new_credentials(options.password_suffix)
        self._faults = FaultPlan(layout.faults)
        wire = WireLog(layout.wire_log, self._credentials.secrets())
        parts = (options, layout, wire, self._faults, self._installation, self._credentials)
        self._platform = Platform(*parts)
        self._windows = WindowsLab(*parts)
        self._linux_agent = LinuxAgent(layout, self._faults) if options.has_csp_agent else None
        self._facts: LabFacts | None = None
        self._running = ExitStack()

    def start(self) -> dict[str, Any]:
        """Start every part and return the lab's description; when one does not start, the others are stopped."""
        tls.create(self._layout.certificates)
        build_packages(self._layout.packages, list(RELEASES))
        with ExitStack() as parts:
            parts.callback(self._platform.stop)
            platform = self._platform.start()
            parts.callback(self._windows.stop)
            windows = self._windows.start()
            csp_agent_url = ""
            if self._linux_agent is not None:
                parts.callback(self._linux_agent.stop)
                csp_agent_url = self._linux_agent.start()
            control = ControlServer({"state": self.state, "reset": self.reset})
            parts.callback(control.stop)
            control.start()
            self._facts = LabFacts(
                self._layout,
                self._options,
                self._installation,
                self._credentials,
                platform,
                windows,
                csp_agent_url,
            )
            inventory.write(self._facts)
            self._write_files()
            self._running = parts.pop_all()
        return description.running(self._facts, os.getpid(), str(control.path))

    def stop(self) -> None:
        """Stop every part. Does nothing where the lab is not running."""
        self._running.close()

    def state(self) -> state.Snapshot:
        """The state snapshot."""
        agents = self._windows.csp_agents()
        if self._linux_agent is not None:
            agents[HOST] = self._linux_agent.state()
        return state.snapshot(self._layout, self._platform.state(), self._windows.state(), agents)

    def reset(self) -> None:
        """Back to the start state: same addresses and passwords, no faults, an empty wire log, no reports."""
        self._platform.reset()
        self._windows.reset()
        build_packages(self._layout.packages, list(RELEASES))
        self._write_files()
        shutil.rmtree(inventory.report_folder(self._layout), ignore_errors=True)
        self._faults.clear()
        self._layout.wire_log.unlink(missing_ok=True)

    def _write_files(self) -> None:
        """The files of the management node and of Billing, and nothing else in their folders."""
        if self._facts is None:
            raise RuntimeError("the lab is not running")
        layout = self._layout
        for folder in (layout.management_node, layout.billing, billing.server(layout), billing.operator_files(layout)):
            shutil.rmtree(folder, ignore_errors=True)
        billing.create(layout)
        if self._linux_agent is not None:
            application.create_new_war(layout)
            self._linux_agent.create()
        if self._options.scenario == "csp":
            operator_input.create(layout, self._installation)
        management_node.create(layout, self._options, self._installation, self._facts.platform, self._credentials)
