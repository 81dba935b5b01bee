"""Decoding of what Ansible sends: both wire formats and the one-off scripts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from office365_lab.windows import payload
from office365_lab.windows.call import AsyncJob, Call, PayloadError

SOURCE = "#!powershell\n$spec = @{ options = @{} }\n"
STAT = "ansible_collections.ansible.windows.plugins.modules.win_stat.ps1"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def manifest(*actions: dict[str, Any], data: tuple[bytes, ...] = ()) -> bytes:
    scripts = {
        STAT: {"path": "x", "script": encoded("\ufeff" + SOURCE)},
        "Util.psm1": {"path": "y", "script": encoded("function f {}")},
    }
    parts = [b'{"name": "exec_wrapper"}', payload.NULS, json.dumps({"scripts": scripts, "actions": actions}).encode()]
    if data:
        parts += [payload.NULS, *data]
    return b"\r\n".join(parts) + b"\r\n"


def module_action(**arguments: Any) -> dict[str, Any]:
    variables = [{"Name": "complex_args", "Value": arguments}]
    values = {"Script": STAT, "ForModule": True, "Variables": variables, "Environment": {"A": "b"}}
    return {"name": "module_wrapper.ps1", "params": values, "secure_params": {}}


def flat(**members: Any) -> bytes:
    whole = {"module_entry": encoded(SOURCE), "module_args": {}, "actions": [], **members}
    return b"some wrapper text" + payload.NULS + json.dumps(whole).encode()


def test_an_encoded_command_is_unwrapped_however_often_it_was_wrapped() -> None:
    def wrap(text: str) -> str:
        return "PowerShell -NoProfile -EncodedCommand " + base64.b64encode(text.encode("utf-16-le")).decode()

    assert payload.script_of("hostname") is None
    assert payload.script_of(wrap("Größe")) == "Größe"
    assert payload.script_of(wrap(wrap("$x"))) == "$x"


def test_a_module_of_core_219() -> None:
    call = payload.decode("anything", manifest(module_action(path="C:\\", _ansible_check_mode=True)))
    assert call.kind == "module" and call.wire == "2.19+"
    assert call.name == "ansible.windows.win_stat"
    assert call.parameters == {"path": "C:\\"}
    assert call.check is True
    assert call.source == SOURCE
    assert call.utilities == {"Util.psm1": "function f {}"}
    assert call.environment == {"A": "b"}
    assert call.become is None and call.async_job is None


def test_become_and_async_of_core_219_and_no_password() -> None:
    become = {
        "name": "become_wrapper.ps1",
        "params": {"BecomeUser": "SYSTEM", "LogonFlags": "WithProfile"},
        "secure_params": {"BecomePassword": "hidden"},
    }
    job = {"name": "async_wrapper.ps1", "params": {"AsyncDir": "%A%", "AsyncJid": "j1", "StartupTimeout": 5}}
    watch = {"name": "async_watchdog.ps1", "params": {"Timeout": 30}}
    call = payload.decode("", manifest(job, become, watch, module_action()))
    assert call.become == {"user": "SYSTEM", "flags": "WithProfile"}
    assert call.async_job == AsyncJob("j1", "%A%", 30.0)
    assert "hidden" not in repr(call)


@pytest.mark.parametrize(
    ("action", "values", "kind", "arguments"),
    [
        ("winrm_put_file.ps1", {"Path": "C:\\a"}, "put", {"path": "C:\\a"}),
        (
            "psrp_fetch_file.ps1",
            {"Path": "C:\\a", "BufferSize": 10},
            "fetch",
            {"path": "C:\\a", "size": 10, "offset": None},
        ),
        (
            "winrm_fetch_file.ps1",
            {"Path": "C:\\a", "BufferSize": 10, "Offset": 20},
            "fetch",
            {"path": "C:\\a", "size": 10, "offset": 20},
        ),
        ("powershell_mkdtemp.ps1", {"Directory": "%T%", "Name": "n"}, "mkdtemp", {"folder": "%T%", "name": "n"}),
        ("powershell_expand_user.ps1", {"Path": "~"}, "expand_user", {"path": "~"}),
    ],
)
def test_transfers_of_core_219(action: str, values: dict[str, Any], kind: str, arguments: dict[str, Any]) -> None:
    call = payload.decode("", manifest({"name": action, "params": values}, data=(b"QUI=", b"Qw==")))
    assert (call.kind, call.arguments, call.data) == (kind, arguments, (b"QUI=", b"Qw=="))


def test_a_module_of_core_216() -> None:
    stdin = flat(
        module_args={"_ansible_module_name": "win_stat", "path": "C:\\"},
        actions=["async_wrapper", "become_wrapper", "module_powershell_wrapper"],
        become_user="SYSTEM",
        become_password="hidden",
        async_jid="j2",
        async_timeout_sec=9,
        powershell_modules={"Ansible.ModuleUtils.Legacy": encoded("x")},
    )
    call = payload.decode("&exec_wrapper", stdin)
    assert (call.kind, call.wire, call.name) == ("module", "legacy", "ansible.windows.win_stat")
    assert call.parameters == {"path": "C:\\"}
    assert call.become == {"user": "SYSTEM", "flags": ""}
    assert call.async_job == AsyncJob("j2", r"%USERPROFILE%\.ansible_async", 9.0)
    assert call.utilities == {"Ansible.ModuleUtils.Legacy": "x"}
    assert "hidden" not in repr(call)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("ansible.legacy.ping", "ansible.windows.win_ping"),
        ("ansible.builtin.setup", "ansible.windows.setup"),
        ("win_copy", "ansible.windows.win_copy"),
        ("microsoft.iis.website_info", "microsoft.iis.website_info"),
        (STAT.removesuffix(".ps1"), "ansible.windows.win_stat"),
    ],
)
def test_module_names_have_one_form(spelling: str, name: str) -> None:
    assert payload.module_name(spelling) == name


QUOTED = "C:\\it''s"
PLAIN = "C:\\it's"


@pytest.mark.parametrize(
    ("script", "arguments", "expected"),
    [
        (
            "$tmp_path = [System.Environment]::ExpandEnvironmentVariables('%TEMP%')\n"
            "$tmp = New-Item -Type Directory -Path $tmp_path -Name 'ansible-tmp-1'\n",
            [],
            Call(kind="mkdtemp", wire="plain", arguments={"folder": "%TEMP%", "name": "ansible-tmp-1"}),
        ),
        (
            f"Remove-Item '{QUOTED}' -Force -Recurse;",
            [],
            Call(kind="remove", wire="plain", arguments={"path": PLAIN}),
        ),
        (
            "Remove-Item C:\\Temp\\ansible-tmp-1 -Force -Recurse",
            [],
            Call(kind="remove", wire="plain", arguments={"path": "C:\\Temp\\ansible-tmp-1"}),
        ),
        (
            f"$path = '{QUOTED}'\n$fd = [System.IO.File]::Create($path)\n",
            [],
            Call(kind="put", wire="plain", arguments={"path": PLAIN}, data=(b"QUI=",)),
        ),
        (
            f"$path = '{QUOTED}'\n$buffer_size = 10\n$offset = 20\n",
            [],
            Call(kind="fetch", wire="plain", arguments={"path": PLAIN, "size": 10, "offset": 20}),
        ),
        (
            "$path = $MyInvocation.UnboundArguments[0]\n$fd = [System.IO.File]::Create($path)",
            [PLAIN],
            Call(kind="put", wire="plain", arguments={"path": PLAIN}, data=(b"QUI=",)),
        ),
        (
            "[Console]::OutputEncoding = 1; Write-Output 'C:\\x'",
            [],
            Call(kind="expand_user", wire="plain", arguments={"path": "C:\\x"}),
        ),
        (
            "Write-Output ((Get-Location).Path + '\\x')",
            [],
            Call(kind="expand_user", wire="plain", arguments={"path": "~\\x"}),
        ),
        ("Write-Output (Get-Location).Path", [], Call(kind="expand_user", wire="plain", arguments={"path": "~"})),
        ("hostname", [], Call(kind="raw", wire="plain", source="hostname")),
    ],
)
def test_one_off_scripts(script: str, arguments: list[str], expected: Call) -> None:
    assert payload.decode(script, b"QUI=\r\n", arguments) == expected


def test_psrp_fetch_of_core_216_keeps_the_open_file_between_pipelines() -> None:
    session: dict[str, Any] = {}
    opened = payload.decode("$fs = New-Object IO.FileStream", b"", ["C:\\a"], session)
    assert (opened.kind, opened.arguments["size"]) == ("fetch", 0)
    read = payload.decode("$fs.Seek($Offset, 0)", b"", [100, 50], session)
    assert read.arguments == {"path": "C:\\a", "offset": 100, "size": 50}
    assert payload.decode("$fs.Close()", b"", [], session).kind == "noop"
    with pytest.raises(PayloadError):
        payload.decode("$fs.Seek($Offset, 0)", b"", [100, 50], session)


@pytest.mark.parametrize(
    "stdin",
    [
        manifest({"name": "new_wrapper.ps1", "params": {}}, module_action()),
        manifest({"name": "unheard_of.ps1", "params": {}}),
        manifest(),
        b"{}\n" + payload.NULS + b"\nno json\n",
        b"text" + payload.NULS + b"[]",
        flat(actions=["module_powershell_wrapper"]),
    ],
)
def test_what_is_not_understood_never_passes(stdin: bytes) -> None:
    with pytest.raises(PayloadError):
        payload.decode("", stdin)
