"""Independent clients judge the listener: pywinrm and pypsrp, basic and ntlm, http and https."""

from __future__ import annotations

import concurrent.futures
import hashlib
from pathlib import Path
from typing import Any

import pypsrp.exceptions
import pytest
import requests
import winrm
import winrm.exceptions
from conftest import Starter
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan
from windows_lab import Running

VARIANTS = (("basic", "http"), ("basic", "https"), ("ntlm", "http"), ("ntlm", "https"))


def address(running: Running, scheme: str, host: str = "iis01") -> str:
    ports = running.addresses
    port = ports.winrm_https_port if scheme == "https" else ports.winrm_http_port
    return f"{scheme}://127.0.0.1:{port}/{host}/wsman"


def authority(running: Running) -> str:
    return str(running.layout.certificates / "ca.pem")


def protocol(running: Running, auth: str = "basic", scheme: str = "http", **more: Any) -> Any:
    given = {
        "username": running.credentials.windows_username,
        "password": running.credentials.windows_password,
        "ca_trust_path": authority(running),
        **more,
    }
    return winrm.Protocol(address(running, scheme, given.pop("host", "iis01")), transport=auth, **given)


def output(client: Any, command: str) -> tuple[bytes, bytes, int]:
    shell = client.open_shell()
    try:
        command_id = client.run_command(shell, command)
        found: tuple[bytes, bytes, int] = client.get_command_output(shell, command_id)
        client.cleanup_command(shell, command_id)
        return found
    finally:
        client.close_shell(shell)


@pytest.mark.parametrize(("auth", "scheme"), VARIANTS)
def test_pywinrm_runs_a_command(running: Running, auth: str, scheme: str) -> None:
    client = protocol(running, auth, scheme)
    assert output(client, "hostname") == (b"IIS01\r\n", b"", 0)
    stdout, stderr, code = output(client, "format C:")
    assert (stdout, code) == (b"", 1) and b"format" in stderr


@pytest.mark.parametrize(("auth", "scheme"), VARIANTS)
def test_pypsrp_runs_a_script(running: Running, auth: str, scheme: str) -> None:
    parts = address(running, scheme).split("/")
    wsman = WSMan(
        "127.0.0.1",
        port=int(parts[2].split(":")[1]),
        path="iis01/wsman",
        ssl=scheme == "https",
        auth=auth,
        username=running.credentials.windows_username,
        password=running.credentials.windows_password,
        cert_validation=authority(running) if scheme == "https" else False,
        encryption="auto" if auth == "ntlm" else "never",
    )
    with wsman, RunspacePool(wsman) as pool:
        for _ in range(2):
            shell = PowerShell(pool)
            shell.add_script("hostname")
            assert list(shell.invoke()) == ["IIS01"]
        shell = PowerShell(pool)
        shell.add_script("Get-Process")
        assert list(shell.invoke()) == []
        assert shell.had_errors and "no stand-in" in str(shell.streams.error[0])


def test_a_wrong_password_is_refused_and_logged(running: Running) -> None:
    for auth in ("basic", "ntlm"):
        with pytest.raises(winrm.exceptions.InvalidCredentialsError):
            output(protocol(running, auth, password="wrong"), "hostname")
    with pytest.raises(winrm.exceptions.InvalidCredentialsError):
        output(protocol(running, username="nobody"), "hostname")
    lines = running.wire("authenticate")
    assert len(lines) == 3 and all(line["outcome"].startswith("error") for line in lines)
    assert running.credentials.windows_password not in running.layout.wire_log.read_text(encoding="utf-8")


def test_an_unknown_host_or_path_is_not_found(running: Running) -> None:
    with pytest.raises(winrm.exceptions.WinRMTransportError) as error:
        output(protocol(running, host="iis99"), "hostname")
    assert error.value.code == 404
    assert requests.post(address(running, "http") + "/more", timeout=5).status_code == 404


def test_an_untrusted_certificate_is_refused_by_the_client(running: Running) -> None:
    client = protocol(running, "basic", "https", ca_trust_path=None)
    with pytest.raises(requests.exceptions.SSLError):
        output(client, "hostname")


def test_a_request_that_is_no_soap_is_a_fault(running: Running) -> None:
    secret = (running.credentials.windows_username, running.credentials.windows_password)
    answer = requests.post(address(running, "http"), data=b"<a/>", auth=secret, timeout=5)
    assert answer.status_code == 500 and "WSManFault" in answer.text


def test_hosts_are_told_apart(start_lab: Starter) -> None:
    running = start_lab(hosts=2, gateways=2)
    assert output(protocol(running, host="iis02"), "hostname")[0] == b"IIS02\r\n"
    shell = protocol(running, host="iis01").open_shell()
    with pytest.raises(winrm.exceptions.WSManFaultError):
        protocol(running, host="iis02").run_command(shell, "hostname")


def test_a_slow_command_is_waited_for(running: Running) -> None:
    running.faults.add("winrm:iis01:raw", "delay", seconds=1.5)
    client = protocol(running, operation_timeout_sec=1, read_timeout_sec=5)
    assert output(client, "hostname")[2] == 0
    assert running.faults.all()[0]["fired"] == 1


def test_fifty_clients_at_once(running: Running) -> None:
    def one(_number: int) -> int:
        return output(protocol(running), "hostname")[2]

    with concurrent.futures.ThreadPoolExecutor(25) as pool:
        assert list(pool.map(one, range(50))) == [0] * 50


def test_shells_are_forgotten_when_they_are_closed(running: Running) -> None:
    client = protocol(running)
    for _ in range(3):
        output(client, "hostname")
    shell = client.open_shell()
    client.close_shell(shell)
    with pytest.raises(winrm.exceptions.WSManFaultError):
        client.run_command(shell, "hostname")


def test_text_without_stand_in_fails_in_pypsrp(running: Running, tmp_path: Path) -> None:
    """pypsrp's own copy script looks much like that of old Ansible, but the lab does not know it."""
    from pypsrp.client import Client

    source = tmp_path / "a.bin"
    source.write_bytes(hashlib.sha256(b"x").digest())
    client = Client(
        "127.0.0.1",
        port=running.addresses.winrm_http_port,
        path="iis01/wsman",
        ssl=False,
        auth="basic",
        encryption="never",
        username=running.credentials.windows_username,
        password=running.credentials.windows_password,
    )
    with client, pytest.raises(pypsrp.exceptions.WinRMError):
        client.copy(str(source), "C:\\a.bin")
    assert not running.host.disk.exists("C:\\a.bin")
