"""The server process of a lab: every part in one process, until it is told to end or its time is over.

Started by :mod:`office365_lab.supervisor` as ``python -m office365_lab.server_process FOLDER STARTER_PID``.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from types import FrameType

from office365_lab import billing, description, inventory, management_node, state, tls
from office365_lab.control import ControlServer
from office365_lab.faults import FaultPlan
from office365_lab.installation import RELEASES, new_credentials, plan_installation
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.packages import build_packages
from office365_lab.platform import Platform
from office365_lab.windows import WindowsLab
from office365_lab.wirelog import WireLog

_log = logging.getLogger(__name__)


def serve(layout: LabLayout, starter: int, end: threading.Event) -> None:
    """Start every part, announce them in ``lab.json``, wait for ``end``, save the last state, stop every part.

    A lab whose starter died before the lab was complete ends at once: nobody knows about it.
    """
    begun = time.monotonic()
    told = {**layout.describe(), "pid": os.getpid()}
    description.write(layout, told)
    options = LabOptions.from_json(told["options"])
    installation, credentials = plan_installation(options), new_credentials()
    wire, faults = WireLog(layout.wire_log, credentials.secrets()), FaultPlan(layout.faults)
    tls.create(layout.certificates)
    build_packages(layout.packages, list(RELEASES))
    billing.create(layout)
    with ExitStack() as parts:
        platform = Platform(options, layout, wire, faults, installation, credentials)
        parts.callback(platform.stop)
        platform_addresses = platform.start()
        windows = WindowsLab(options, layout, wire, faults, installation, credentials)
        parts.callback(windows.stop)
        windows_addresses = windows.start()
        management_node.create(layout, options, installation, platform_addresses, credentials)

        def snapshot() -> state.Snapshot:
            return state.snapshot(layout, platform.state(), windows.state())

        control = ControlServer({"state": snapshot})
        parts.callback(control.stop)
        control.start()
        facts = inventory.LabFacts(layout, options, installation, credentials, platform_addresses, windows_addresses)
        inventory.write(facts)
        if os.getppid() != starter:
            _log.warning("the starter is gone, ending")
            return
        told = description.running(facts, os.getpid(), str(control.path))
        description.write(layout, told)
        _log.info("ready after %.1f s", time.monotonic() - begun)
        if not end.wait(max(0.0, options.max_seconds - (time.monotonic() - begun))):
            _log.info("%.0f s are over, ending", options.max_seconds)
        state.save(state.saved_path(layout), snapshot())
        description.write(layout, {**told, "status": description.ENDED})


def main() -> int:
    """Exit code 0 where the lab ran and ended; a traceback in ``server.log`` otherwise."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    layout, starter, end = LabLayout(sys.argv[1]), int(sys.argv[2]), threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        _log.info("ending because of signal %d", number)
        end.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    serve(layout, starter, end)
    _log.info("ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
