"""setup.cmd from the command line to its effect: awkward names, checks, faults, iisreset."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Starter
from office365_lab.installation import Site
from office365_lab.packages import build_packages
from office365_lab.windows import certificates, iis, programs
from office365_lab.windows.errors import ModuleError
from office365_lab.windows.host import Host, HostGoneError
from office365_lab.windows.programs import NoSuchProgramError, Outcome
from office365_lab.windows.state import State
from test_windows_command_line import quoted
from windows_lab import Running, run

# Nobody connects to the hosts here.
pytestmark = pytest.mark.lab_options(listen=False)

FOLDER = "C:\\stage 1\\web"


@pytest.fixture(scope="module")
def web_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The members of O365-Web.zip of 16.8.4."""
    folder = tmp_path_factory.mktemp("packages")
    (package,) = build_packages(folder, ["16.8.4"])
    with zipfile.ZipFile(package) as outer:
        (folder / "web.zip").write_bytes(outer.read("O365-Web.zip"))
    with zipfile.ZipFile(folder / "web.zip") as inner:
        return {name: inner.read(name) for name in inner.namelist() if not name.endswith("/")}


def stage(host: Host, web_files: dict[str, bytes], *, blocked: bool = False) -> None:
    for name, content in web_files.items():
        path = FOLDER + "\\" + name.replace("/", "\\")
        host.disk.make_folder(path.rsplit("\\", 1)[0])
        host.disk.write(path, content, blocked=blocked)


def site(running: Running, number: int = 1) -> Site:
    return next(item for item in running.installation.hosts[0].sites if item.instance_number == number)


def line(running: Running, number: int = 1, /, **changes: str | None) -> str:
    """The line as the collection writes it; ``changes`` replace parameters, None leaves one out."""
    mine = site(running, number)
    values: dict[str, str | None] = {
        "GatewaySiteName": mine.name,
        "GatewayAppName": mine.application,
        "GatewayIPAddress": mine.ip,
        "GatewaySiteCertSubject": mine.certificate_subject,
        "Force": "",
        **changes,
    }
    words = [
        f"-{name}" if value == "" else f"-{name} {quoted(value)}" for name, value in values.items() if value is not None
    ]
    return f'cmd.exe /d /e:on /v:off /s /c ""{FOLDER}\\setup.cmd" {" ".join(words)}"'


def start(running: Running, text: str) -> Outcome:
    return programs.start(running.host, text, "C:\\")


def application(running: Running, name: str) -> dict[str, Any]:
    found = running.lab.state()["iis01"]["applications"]
    return next(item for item in found if item["name"] == name)


def test_a_gateway_is_upgraded_and_its_settings_stay(running: Running, web_files: dict[str, bytes]) -> None:
    stage(running.host, web_files)
    config = site(running).physical_path + "\\Web.config"
    running.host.disk.write(config, b"mine")
    outcome = start(running, line(running))
    assert outcome.exit_code == 0, outcome
    upgraded = application(running, "Office365GatewayApplication01")
    assert upgraded["version"] == "16.8.4.0"
    assert "App_Data/sitelog" in upgraded["files"] and "Settings.config" in upgraded["files"]
    assert running.host.disk.read(config) == b"mine"
    assert application(running, "Office365GatewayApplication02")["version"] == "16.6.4.0"
    assert application(running, "Office365DispatcherApplication")["version"] == "16.6.4.0"
    (recorded,) = running.host.state.get("setup_runs")
    assert recorded["exit_code"] == 0
    assert recorded["arguments"] == {
        "GatewaySiteName": "Office 365 Gateway 01",
        "GatewayAppName": "Office365GatewayApplication01",
        "GatewayIPAddress": "10.20.1.11",
        "GatewaySiteCertSubject": "office365gateway01.hosting.local",
        "Force": True,
    }
    assert b"INFO" in running.host.disk.read(FOLDER + "\\setup.log")


def test_the_dispatcher_goes_along(running: Running, web_files: dict[str, bytes]) -> None:
    stage(running.host, web_files)
    running.host.disk.write("C:\\ms.cer", b"x")
    outcome = start(
        running,
        line(
            running,
            DispatcherSiteName="Office 365 Dispatcher 01",
            DispatcherAppName="Office365DispatcherApplication",
            DispatcherIPAddress="10.20.1.250",
            MSCertPath="C:\\ms.cer",
        ),
    )
    assert outcome.exit_code == 0, outcome
    assert application(running, "Office365DispatcherApplication")["version"] == "16.8.4.0"


@pytest.mark.parametrize(
    "name",
    ["A B", "it's", 'say "hi"', "A&B", "100%", "%PATH%", "a^b", "(x)", "Hey!", "é ü", "日本", "a;b=c", "50%%", "`$x"],
)
def test_awkward_site_names_arrive(start_lab: Starter, web_files: dict[str, bytes], name: str) -> None:
    running = start_lab(listen=False, gateways=1, site_names=(name,), setup_seconds=0)
    stage(running.host, web_files)
    outcome = start(running, line(running))
    assert outcome.exit_code == 0, outcome
    assert running.host.state.get("setup_runs")[0]["arguments"]["GatewaySiteName"] == name
    assert application(running, "Office365GatewayApplication01")["version"] == "16.8.4.0"


@pytest.mark.parametrize("name", ["A&B", "A B", "A>B", "A^B", "%PATH%"])
def test_naive_quoting_is_seen_to_break(start_lab: Starter, web_files: dict[str, bytes], name: str) -> None:
    running = start_lab(listen=False, gateways=1, site_names=(name,), setup_seconds=0)
    stage(running.host, web_files)
    mine = site(running)
    naive = (
        f'cmd.exe /c "{FOLDER}\\setup.cmd" -GatewaySiteName {name} -GatewayAppName {mine.application}'
        f" -GatewayIPAddress {mine.ip} -GatewaySiteCertSubject {mine.certificate_subject} -Force"
    )
    assert start(running, naive).exit_code != 0
    assert application(running, "Office365GatewayApplication01")["version"] == "16.6.4.0"


def test_windows_itself_starts_batch_files_with_cmd(running: Running, web_files: dict[str, bytes]) -> None:
    stage(running.host, web_files)
    mine = site(running)
    result = run(
        running.host,
        "ansible.windows.win_command",
        argv=[
            FOLDER + "\\setup.cmd",
            "-GatewaySiteName",
            mine.name,
            "-GatewayAppName",
            mine.application,
            "-GatewayIPAddress",
            mine.ip,
            "-GatewaySiteCertSubject",
            mine.certificate_subject,
            "-Force",
        ],
    )
    assert result["rc"] == 0 and result["changed"], result
    assert application(running, "Office365GatewayApplication01")["version"] == "16.8.4.0"


def no_certificate(state: State) -> None:
    state["certificates"] = [item for item in state["certificates"] if "gateway01" not in item["subject"]]


def expired(state: State) -> None:
    no_certificate(state)
    state["certificates"].append(certificates.make("office365gateway01.hosting.local", days=-1))


def no_key(state: State) -> None:
    no_certificate(state)
    state["certificates"].append(certificates.make("office365gateway01.hosting.local", has_private_key=False))


def no_sysadmin(state: State) -> None:
    state["sql_logins"][0]["sysadmin"] = False


@pytest.mark.parametrize(
    ("changes", "change_state", "why"),
    [
        ({"GatewaySiteName": "Other"}, None, "no site Other"),
        ({"GatewayAppName": "Other"}, None, "no application Other"),
        ({"GatewayIPAddress": "10.20.1.12"}, None, "not bound to 10.20.1.12"),
        ({"GatewaySiteCertSubject": "other.local"}, None, "other.local"),
        ({"MSCertPath": "C:\\none.cer"}, None, "C:\\\\none.cer"),
        ({"Force": None}, None, "-Force"),
        ({"GatewayIPAddress": None}, None, "-GatewayIPAddress"),
        ({"Gateway": "x"}, None, "may be any of"),
        ({"Unheard": "x"}, None, "-Unheard"),
        ({"DispatcherSiteName": "Office 365 Dispatcher 01"}, None, "belong together"),
        ({}, no_certificate, "no valid certificate"),
        ({}, expired, "no valid certificate"),
        ({}, no_key, "no valid certificate"),
        ({}, no_sysadmin, "sysadmin"),
    ],
)
def test_checks_of_the_setup(
    running: Running,
    web_files: dict[str, bytes],
    changes: dict[str, str | None],
    change_state: Callable[[State], None] | None,
    why: str,
) -> None:
    stage(running.host, web_files)
    if change_state is not None:
        running.host.state.change(change_state)
    outcome = start(running, line(running, **changes))
    assert outcome.exit_code == 1
    assert why.replace("\\\\", "\\") in outcome.stderr
    assert application(running, "Office365GatewayApplication01")["version"] == "16.6.4.0"


def test_blocked_files_do_not_run_and_blocked_assemblies_do_not_load(
    running: Running, web_files: dict[str, bytes]
) -> None:
    stage(running.host, web_files, blocked=True)
    outcome = start(running, line(running))
    assert outcome.exit_code == 1 and "blocked" in outcome.stderr
    running.host.disk.unblock(FOLDER + "\\setup.cmd")
    outcome = start(running, line(running))
    assert outcome.exit_code == 1 and "setup.ps1" in outcome.stderr
    running.host.disk.unblock(FOLDER + "\\setup.ps1")
    assert start(running, line(running)).exit_code == 0
    answer = uri(running)
    assert answer["failed"] and answer["status_code"] == 500


def uri(running: Running) -> dict[str, Any]:
    url = "https://office365gateway01.hosting.local/Office365GatewayApplication01/aps/"
    return run(running.host, "ansible.windows.win_uri", url=url, status_code=[403])


def test_a_locked_file_fails_the_setup(running: Running, web_files: dict[str, bytes]) -> None:
    stage(running.host, web_files)
    locked = site(running).physical_path + "\\bin\\Office365.Gateway.dll"
    running.host.state.change(lambda state: state["locked"].append(locked))
    outcome = start(running, line(running))
    assert outcome.exit_code == 1 and "Office365.Gateway.dll" in outcome.stderr


def test_a_planned_failure(running: Running, web_files: dict[str, bytes]) -> None:
    stage(running.host, web_files)
    running.faults.add("setup:iis01:setup.cmd Office 365 Gateway 02", "fail", message="SQL is away")
    assert start(running, line(running, 1)).exit_code == 0
    outcome = start(running, line(running, 2))
    assert (outcome.exit_code, outcome.stderr) == (1, "SQL is away\r\n")
    assert start(running, line(running, 2)).exit_code == 0
    assert running.faults.all()[0]["fired"] == 1
    assert [item["exit_code"] for item in running.host.state.get("setup_runs")] == [0, 1, 0]


def test_a_silent_failure_leaves_a_gateway_that_iisreset_does_not_mend(
    running: Running, web_files: dict[str, bytes]
) -> None:
    stage(running.host, web_files)
    running.faults.add("setup:", "silent")
    assert start(running, line(running)).exit_code == 0
    assert start(running, "iisreset").exit_code == 0
    answer = uri(running)
    assert answer["failed"] and answer["status_code"] == 503


def test_a_restart_cuts_the_setup_off(running: Running, web_files: dict[str, bytes]) -> None:
    stage(running.host, web_files)
    running.faults.add("setup:", "reboot", seconds=0.3)
    with pytest.raises(HostGoneError):
        start(running, line(running))
    reachable = [running.host.reachable]
    time.sleep(0.35)
    reachable.append(running.host.reachable)
    assert reachable == [False, True]
    assert running.host.state.get("setup_runs") == []
    assert application(running, "Office365GatewayApplication01")["version"] == "16.6.4.0"


def test_a_hanging_setup_ends_with_the_lab(running: Running, web_files: dict[str, bytes]) -> None:
    stage(running.host, web_files)
    running.faults.add("setup:", "hang", seconds=0.3)
    began = time.monotonic()
    assert start(running, line(running)).exit_code == 0
    assert time.monotonic() - began >= 0.3


def test_iisreset_starts_what_was_stopped_and_counts(running: Running) -> None:
    running.host.state.change(lambda state: iis.set_state(state["iis"]["sites"], "Office 365 Gateway 01", iis.STOPPED))
    assert "failed" in uri(running)
    assert start(running, "iisreset /restart").exit_code == 0
    assert uri(running)["status_code"] == 403
    assert running.host.state.get("iisreset_runs") == 1


def test_programs_that_are_not_there(running: Running) -> None:
    with pytest.raises(NoSuchProgramError):
        start(running, "format C:")
    with pytest.raises(NoSuchProgramError):
        start(running, "C:\\nowhere.cmd")
    with pytest.raises(ModuleError, match="no stand-in"):
        start(running, "powershell.exe -Command Get-Process")
    assert start(running, "cmd.exe /c format C:").exit_code == 9009


def test_batch_files_echo_redirect_and_exit(running: Running) -> None:
    disk = running.host.disk
    lines = ("@echo off", "rem no", ":: no", "echo %1 and %~2> out.txt", "hostname", "exit /b 7", "echo never")
    disk.make_folder("C:\\b")
    disk.write("C:\\b\\x.cmd", "\r\n".join(lines).encode())
    outcome = programs.start(running.host, 'cmd /c "x.cmd one "two 2""', "C:\\b")
    assert (outcome.exit_code, outcome.stdout) == (7, "IIS01\r\n")
    assert disk.read("C:\\b\\out.txt") == b"one and two 2\r\n"
    assert programs.start(running.host, "cmd /c nothing & echo after", "C:\\b").stdout == "after\r\n"
    assert programs.start(running.host, "cmd /c nothing && echo after", "C:\\b").stdout == ""
    assert programs.start(running.host, "cmd /c hostname < none.txt", "C:\\b").exit_code == 1
