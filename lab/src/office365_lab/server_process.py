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
from types import FrameType

from office365_lab import description, state
from office365_lab.lab import Lab
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions

_log = logging.getLogger(__name__)


def serve(layout: LabLayout, starter: int, end: threading.Event) -> None:
    """Start the lab, announce it in ``lab.json``, wait for ``end``, save the last state, stop the lab.

    A lab whose starter died before the lab was complete ends at once: nobody knows about it.
    """
    begun = time.monotonic()
    told = {**layout.describe(), "pid": os.getpid()}
    description.write(layout, told)
    options = LabOptions.from_json(told["options"])
    lab = Lab(layout, options)
    try:
        told = lab.start()
        if os.getppid() != starter:
            _log.warning("the starter is gone, ending")
            return
        description.write(layout, told)
        _log.info("ready after %.1f s", time.monotonic() - begun)
        if not end.wait(max(0.0, options.max_seconds - (time.monotonic() - begun))):
            _log.info("%.0f s are over, ending", options.max_seconds)
        state.save(state.saved_path(layout), lab.state())
        description.write(layout, {**told, "status": description.ENDED})
    finally:
        lab.stop()


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
