"""Folders that others may not write into, closed by the collection's script."""

from __future__ import annotations

from typing import Any

import pytest
from office365_lab.windows.host import Host
from windows_lab import Running, run

# Nobody connects to the hosts here.
pytestmark = pytest.mark.lab_options(listen=False)

SCRIPT = """# odin.office365: close_folders
[CmdletBinding(SupportsShouldProcess)]
param([string[]]$Readable = @(), [string[]]$Private = @())
"""
FOLDER = "C:\\ProgramData\\odin"
INNER = f"{FOLDER}\\inner"
SOMEBODY = "S-1-5-21-1-2-3-1005"
FULL = [{"sid": "S-1-5-32-544", "rights": "FullControl"}, {"sid": "S-1-5-18", "rights": "FullControl"}]
READ = {"sid": "S-1-5-32-545", "rights": "ReadAndExecute"}


def close(host: Host, folders: dict[str, list[str]], *, check: bool = False) -> dict[str, Any]:
    return run(host, "ansible.windows.win_powershell", script=SCRIPT, parameters=folders, check=check)


def failure(result: dict[str, Any]) -> str:
    assert (result["failed"], "msg" in result) == (True, False)
    return str(result["error"][0]["exception"]["message"])


def test_folders_are_made_closed(host: Host, running: Running) -> None:
    told = {"Readable": [FOLDER], "Private": [INNER]}
    expected = [{"path": path, "existed": False, "closed_before": False} for path in (FOLDER, INNER)]
    predicted = close(host, told, check=True)
    assert (predicted["changed"], predicted["result"]["folders"]) == (True, expected)
    assert not host.disk.exists(FOLDER)
    done = close(host, told)
    assert (done["changed"], done["result"]["folders"]) == (True, expected)
    acls = running.lab.state()["iis01"]["acls"]
    assert acls == {
        FOLDER: {"owner": "S-1-5-32-544", "inherits": False, "rules": [*FULL, READ]},
        INNER: {"owner": "S-1-5-32-544", "inherits": False, "rules": FULL},
    }
    again = close(host, told)
    assert again["changed"] is False
    assert [row["closed_before"] for row in again["result"]["folders"]] == [True, True]
    # one that others may read is not private, but a private one is closed
    assert f"{FOLDER} is not empty" in failure(close(host, {"Private": [FOLDER]}))
    assert close(host, {"Readable": [INNER]})["changed"] is False


@pytest.mark.parametrize(
    "changes",
    [{"owner": SOMEBODY}, {"inherits": True}, {"rules": [*FULL, {"sid": SOMEBODY, "rights": "Modify"}]}],
)
def test_an_open_folder_is_made_anew_or_refused(host: Host, running: Running, changes: dict[str, Any]) -> None:
    close(host, {"Private": [FOLDER]})
    host.state.change(lambda state: state["acls"][FOLDER].update(changes))
    host.disk.write(f"{FOLDER}\\setup.cmd", b"of somebody else")
    for check in (True, False):
        assert f"{FOLDER} is not empty" in failure(close(host, {"Private": [FOLDER]}, check=check))
    assert host.disk.read(f"{FOLDER}\\setup.cmd") == b"of somebody else"
    host.disk.remove(f"{FOLDER}\\setup.cmd")
    assert close(host, {"Private": [FOLDER]}, check=True)["changed"] is True
    assert running.lab.state()["iis01"]["acls"][FOLDER] != {"owner": "S-1-5-32-544", "inherits": False, "rules": FULL}
    found = close(host, {"Private": [FOLDER]})
    assert found["result"]["folders"] == [{"path": FOLDER, "existed": True, "closed_before": False}]
    assert running.lab.state()["iis01"]["acls"][FOLDER]["rules"] == FULL
    assert close(host, {"Private": [FOLDER]})["changed"] is False


def test_rules_go_with_their_folder(host: Host, running: Running) -> None:
    close(host, {"Private": [INNER]})
    # as .NET does it, for all folders that it makes
    assert set(running.lab.state()["iis01"]["acls"]) == {FOLDER, INNER}
    host.disk.remove(FOLDER)
    assert running.lab.state()["iis01"]["acls"] == {}


def test_files_and_drives_are_refused(host: Host) -> None:
    host.disk.write("C:\\ProgramData\\file", b"")
    assert "not a folder" in failure(close(host, {"Private": ["C:\\ProgramData\\file"]}))
    for drive in ("C:\\", "c:/", "C:\\.", "C:\\ProgramData\\.."):
        assert "is a whole drive" in failure(close(host, {"Readable": [drive]}))
