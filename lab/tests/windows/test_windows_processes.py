"""What runs on an endpoint host, and the script that asks for it."""

from __future__ import annotations

import threading
import time
from typing import Any

from conftest import Starter
from office365_lab.windows import powershell, setup_program

SCRIPT = "# odin.office365: running_setup\nparam([string]$Folder)\n$Ansible.Changed = $false\n"
FOLDER = r"C:\ProgramData\odin\O365-Web"


def asked(host: Any, folder: str) -> list[str]:
    answer = powershell.answer(host, SCRIPT, {"Folder": folder}, check=False)
    assert answer.changed is False
    found: list[str] = answer.result["command_lines"]
    return found


def test_a_running_setup_is_seen_by_its_folder(start_lab: Starter) -> None:
    host = start_lab(listen=False, gateways=1, setup_seconds=1.0).host
    host.disk.make_folder(FOLDER)
    assert asked(host, FOLDER) == []
    work = threading.Thread(target=setup_program.run, args=(host, FOLDER, {"GatewaySiteName": "none"}))
    work.start()
    while not host.commands:
        time.sleep(0.01)
    assert asked(host, FOLDER.lower()) == [FOLDER + r"\setup.cmd"]
    assert asked(host, r"C:\elsewhere") == []
    work.join()
    assert asked(host, FOLDER) == []
    (run,) = host.state.get("setup_runs")
    assert run["exit_code"] == 1, "it was given no site"
    assert run["ended"] - run["time"] >= 1.0
