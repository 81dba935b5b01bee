"""``systemctl`` of the Linux host: the commands of the unit ``csp-agent`` that Ansible's module needs.

Anything else fails. Started by the file ``usr/bin/systemctl`` of the host, which says where the lab is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from office365_lab.csp_agent import unit
from office365_lab.csp_agent.linux_host import HOST, LinuxPaths
from office365_lab.faults import FaultPlan
from office365_lab.layout import LabLayout
from office365_lab.wirelog import WireLog

_CHANNEL = "service"
_UNKNOWN_UNIT = 5  # exit code of the real systemctl


def main(arguments: list[str]) -> int:
    """Carry out one command; the exit code."""
    layout = LabLayout(Path(os.environ["OFFICE365_LAB"]))
    if len(arguments) != 2 or arguments[0] not in ("show", "start", "stop"):
        print(f"office365-lab has no stand-in for systemctl {' '.join(arguments)}", file=sys.stderr)
        return 1
    command, name = arguments[0], arguments[1].removesuffix(".service")
    known = name == unit.NAME
    paths = LinuxPaths(layout)
    if command == "show":
        state = unit.read(paths.unit)["state"] if known else "inactive"
        print(_properties(name, state, known=known))
        return 0
    if not known:
        print(f"Failed to {command} {name}.service: Unit {name}.service not found.", file=sys.stderr)
        return _UNKNOWN_UNIT
    return _switch(command, layout, paths)


def _properties(name: str, state: str, *, known: bool) -> str:
    sub_state = {"active": "running", "inactive": "dead"}.get(state, state)
    properties = {
        "Type": "simple",
        "Id": f"{name}.service",
        "LoadState": "loaded" if known else "not-found",
        "ActiveState": state,
        "SubState": sub_state,
        "UnitFileState": "enabled" if known else "",
    }
    return "\n".join(f"{key}={value}" for key, value in properties.items())


def _switch(command: str, layout: LabLayout, paths: LinuxPaths) -> int:
    before = unit.read(paths.unit)
    fault = FaultPlan(layout.faults).take(_CHANNEL, HOST, f"{command} {unit.NAME}", "fail")
    if fault is not None:
        outcome = str(fault.get("message", f"Job for {unit.NAME}.service failed. (planned fault)"))
        if command == "start":
            unit.stop(paths.unit, "failed")
        print(outcome, file=sys.stderr)
    elif command == "start":
        unit.start(paths.unit, paths.webapps)
    else:
        unit.stop(paths.unit)
    WireLog(layout.wire_log).append(
        "linux",
        f"systemctl {command} {unit.NAME}",
        host=HOST,
        write=unit.read(paths.unit) != before,
        outcome="ok" if fault is None else f"error: {outcome}",
    )
    return 0 if fault is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
