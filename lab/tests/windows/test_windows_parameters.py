"""Parameters: the param() block of a script and the argument spec of a module."""

from __future__ import annotations

from typing import Any

import pytest
from office365_lab.windows import argspec
from office365_lab.windows.argspec import HIDDEN
from office365_lab.windows.errors import ModuleError, NotEmulatedError
from office365_lab.windows.param_block import BindingError, bind_arguments, bind_named, param_block
from office365_lab.windows.powershell_text import UNKNOWN, table
from windows_lab import COLLECTIONS, call

SCRIPT = """# a comment with param( in it
<# and another #>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory = $true)] [Alias('Site', 'S')]
    [string]$GatewaySiteName,
    [Parameter(Mandatory = $false)]
    [ValidateSet('a', 'b')]
    [string] $GatewayAppName = $(if ($x) { 'a' } else { 'b' }),
    [string[]]$Path = @('x', 'y'),
    [switch]$Force
)
"""


def test_a_param_block_is_read() -> None:
    block = param_block(SCRIPT)
    assert block.advanced and block.should_process and block.positional
    assert [(item.name, item.type, item.mandatory, item.has_default) for item in block.parameters] == [
        ("GatewaySiteName", "string", True, False),
        ("GatewayAppName", "string", False, True),
        ("Path", "string[]", False, True),
        ("Force", "switch", False, False),
    ]
    assert block.parameters[0].aliases == ("Site", "S")


def test_a_script_without_block_takes_nothing_by_name() -> None:
    block = param_block("Write-Output 'param'")
    assert block.parameters == () and not block.advanced and not block.should_process
    assert bind_arguments(block, ["loose"]) == {}


@pytest.mark.parametrize(
    ("arguments", "bound"),
    [
        (["-GatewaySiteName", "x y", "-Force"], {"GatewaySiteName": "x y", "Force": True}),
        (["-gatewaysitename:x", "-force:$false"], {"GatewaySiteName": "x", "Force": False}),
        (["-Site", "x", "-GatewayA", "a"], {"GatewaySiteName": "x", "GatewayAppName": "a"}),
        (["x", "a"], {"GatewaySiteName": "x", "GatewayAppName": "a"}),
        (["-S", "-1"], {"GatewaySiteName": "-1"}),
    ],
)
def test_arguments_are_bound(arguments: list[str], bound: dict[str, Any]) -> None:
    assert bind_arguments(param_block(SCRIPT), arguments) == bound


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "GatewaySiteName"),
        (["-GatewaySiteName", ""], "GatewaySiteName"),
        (["-GatewaySiteName"], "no value"),
        (["-GatewaySiteName", "-Force"], "no value"),
        (["-Gateway", "x"], "may be any of"),
        (["-Nothing", "x"], "no parameter -Nothing"),
        (["-S", "x", "-S", "y"], "twice"),
        (["a", "b", "c", "d"], "'d'"),
    ],
)
def test_arguments_that_powershell_refuses(arguments: list[str], why: str) -> None:
    with pytest.raises(BindingError, match=why):
        bind_arguments(param_block(SCRIPT), arguments)


def test_named_values_keep_their_types_and_must_be_known() -> None:
    bound = bind_named(param_block(SCRIPT), {"gatewaysitename": "x", "Path": ["a"]})
    assert bound == {"GatewaySiteName": "x", "Path": ["a"]}
    with pytest.raises(BindingError):
        bind_named(param_block(SCRIPT), {"GatewaySiteName": "x", "Pfad": []})


def test_a_table_is_read_without_evaluating_anything() -> None:
    text = """@{ # comment
        a = "x""y"; 'b c' = @{ d = $TRUE; e = $null }
        list = 'p', 'q'
        groups = @(
            , @('a', 'b')
            , @('c')
        )
        number = -3
        cast = [int]'4'
        computed = (Get-Date).Year
        piped = $things | ForEach-Object { $_.Name }
        after = 1
    } trailing"""
    assert table(text) == {
        "a": 'x"y',
        "b c": {"d": True, "e": None},
        "list": ["p", "q"],
        "groups": [["a", "b"], ["c"]],
        "number": -3,
        "cast": "4",
        "computed": UNKNOWN,
        "piped": UNKNOWN,
        "after": 1,
    }


def test_every_module_of_the_windows_collections_has_a_readable_spec() -> None:
    folders = (("ansible", "windows"), ("community", "windows"), ("microsoft", "iis"))
    sources = [path for folder in folders for path in COLLECTIONS.joinpath(*folder, "plugins/modules").glob("*.ps1")]
    shared = COLLECTIONS.glob("*/*/plugins/module_utils/*.psm1")
    utilities = {path.name: path.read_text(encoding="utf-8-sig") for path in shared}
    new_style = [path for path in sources if argspec.spec_of(path.read_text(encoding="utf-8-sig"), utilities)]
    assert len(sources) > 100
    assert len(new_style) > 70


def bound(module: str, /, **given: Any) -> dict[str, Any]:
    what = call(module, **given)
    spec = argspec.spec_of(what.source, what.utilities)
    assert spec is not None
    return argspec.bind(spec, module, given, {"TEMP": "C:\\T"})


def test_aliases_defaults_and_types() -> None:
    values = bound("ansible.windows.win_uri", url="http://x", method="POST", dest="%TEMP%\\a", status_code="200, 404")
    assert values["url_method"] == "POST" and "method" not in values
    assert values["dest"] == "C:\\T\\a"
    assert values["status_code"] == [200, 404]
    assert values["url_timeout"] == 30
    assert values["validate_certs"] is True


@pytest.mark.parametrize(
    ("module", "given", "why"),
    [
        ("ansible.windows.win_stat", {"path": "C:\\", "chekcsum": True}, "chekcsum"),
        ("ansible.windows.win_stat", {}, "path is required"),
        ("ansible.windows.win_stat", {"path": "C:\\", "checksum_algorithm": "crc"}, "must be one of"),
        ("ansible.windows.win_stat", {"path": "C:\\", "get_size": "maybe"}, "true or false"),
        ("ansible.windows.win_uri", {"url": "http://x", "url_timeout": "soon"}, "number"),
        ("ansible.windows.win_command", {}, "one of _raw_params, argv, cmd"),
        ("ansible.windows.win_command", {"cmd": "a", "argv": ["b"]}, "only one of"),
        ("microsoft.iis.website", {"name": "x", "bindings": {"add": [{"porrt": 1}]}}, "porrt"),
        ("microsoft.iis.website", {"name": {"a": 1}}, "must be a text"),
        (
            "ansible.windows.win_powershell",
            {"script": "x", "sensitive_parameters": [{"name": "a", "username": "u"}]},
            "belong together",
        ),
    ],
)
def test_what_the_spec_does_not_allow(module: str, given: dict[str, Any], why: str) -> None:
    with pytest.raises(ModuleError, match=why):
        bound(module, **given)


def test_secrets_are_hidden_where_parameters_are_shown() -> None:
    what = call("ansible.windows.win_powershell")
    spec = argspec.spec_of(what.source, {})
    assert spec is not None
    values = {"script": "x", "sensitive_parameters": [{"name": "a", "value": "s3cret"}]}
    shown = argspec.shown(spec, argspec.bind(spec, "win_powershell", values, {}))
    assert shown["sensitive_parameters"][0]["value"] == HIDDEN
    assert shown["sensitive_parameters"][0]["name"] == "a"


def test_a_spec_that_cannot_be_read_fails_loudly() -> None:
    with pytest.raises(NotEmulatedError):
        argspec.spec_of("$spec = @{ options = @{", {})


def test_a_module_in_the_old_style_has_no_spec() -> None:
    assert argspec.spec_of(call("ansible.windows.win_copy").source, {}) is None
