# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules in Ansible's own process: the same result as a module, and a module wherever it would make a difference."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.action.normal import ActionModule as UsualAction
from ansible_collections.odin.office365.plugins.module_utils import _oa_module
from ansible_collections.odin.office365.plugins.plugin_utils import _module_action
from ansible_collections.odin.office365.tests.unit.plugins.running import LOGIN, run_module
from ansible_collections.odin.office365.tests.unit.plugins.wire import API_URL, PASSWORD

COLLECTION = "ansible_collections.odin.office365.plugins"
FOLDER = Path(_oa_module.__file__).parent.parent
REPORT = {"reports": [{"name": "BuildHistory", "value": ""}]}
METHOD = "pem.statistics.getStatisticsReport"
ON_ITS_HOST = {"ran": "on its host"}


def itself(value: Any) -> Any:
    return value


class Text(str):
    """Text that Ansible has added something to; ansible-core 2.16 does not let ``str`` take it away."""

    __str__ = itself


class Number(int):
    """A number that Ansible has added something to."""


class Vaulted:
    """Text that is decrypted when it is wanted (ansible-core 2.16)."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def act(name: str, options: dict[str, Any], variables: dict[str, Any] | None = None, **task: Any) -> dict[str, Any]:
    """What the action answers; members of ``task`` that begin with ``connection_`` are the connection's."""
    connection = {"transport": "local", "become": None}
    connection.update(
        {key.removeprefix("connection_"): task.pop(key) for key in list(task) if key.startswith("connection_")}
    )
    settings = {"check_mode": False, "diff": False, "async_val": 0, "environment": [], "delegate_to": None, **task}
    action = importlib.import_module(f"{COLLECTION}.action.{name}").ActionModule(
        task=SimpleNamespace(action=f"odin.office365.{name}", args=options, **settings),
        connection=SimpleNamespace(**connection),
        play_context=None,
        loader=None,
        templar=SimpleNamespace(
            template=lambda value: {"{{ ansible_playbook_python }}": sys.executable}.get(value, value)
        ),
        shared_loader_obj=None,
    )
    result: dict[str, Any] = action.run(task_vars=variables or {})
    return result


@pytest.fixture
def on_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Ansible does with a module is not tried here."""
    monkeypatch.setattr(UsualAction, "run", lambda *_arguments: ON_ITS_HOST)


def expect_report(wire: Any, text: str = "") -> None:
    wire.call(METHOD, REPORT, [{"name": "BuildHistory", "value": text}])


def test_every_module_that_only_asks_an_api_has_its_action() -> None:
    modules = {path.stem for path in (FOLDER / "modules").glob("*.py") if "\nMODULE = " in path.read_text("utf-8")}
    assert len(modules) == 13
    for name in modules:
        action = importlib.import_module(f"{COLLECTION}.action.{name}").ActionModule
        assert issubclass(action, _module_action.ModuleAction)
        assert action.MODULE is importlib.import_module(f"{COLLECTION}.modules.{name}").MODULE


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("oa_info", {**LOGIN, "signatures": []}),
        ("oa_info", {**LOGIN, "read_timeout": "0"}),
        ("oa_info", {**LOGIN, "read_timeout": "soon"}),
        ("oa_info", {**LOGIN, "colour": "red"}),
        ("oa_info", {"api_url": API_URL, "api_password": PASSWORD}),
        ("oa_package", {**LOGIN, "version": "1", "state": PASSWORD}),
        (
            "oa_application_instance",
            {**LOGIN, "instance_ids": [1], "secret_settings": [{"name": "A", "value": ["x"], "b": 1}]},
        ),
        (
            "oa_subscription_resources",
            {**LOGIN, "resource_types": [], "service_template_ids": [1], "subscription_ids": [1]},
        ),
    ],
)
def test_the_result_is_that_of_the_module(wire: Any, name: str, options: dict[str, Any]) -> None:
    if "signatures" in options:
        expect_report(wire)
        expect_report(wire)
    by_module = run_module(name, {**options, "_ansible_module_name": f"odin.office365.{name}"}, keep_invocation=True)
    by_action = act(name, options)
    assert by_action == by_module
    assert PASSWORD not in str(by_action)
    assert bool(by_action.get("failed")) is ("signatures" not in options)


def test_what_ansible_added_to_values_does_not_reach_the_wire(wire: Any) -> None:
    expect_report(wire)
    wire.refused("pem.getMethodSignature", {"method_name": "a"})
    options: dict[str, Any] = {Text(name): Text(value) for name, value in LOGIN.items()}
    options |= {"api_password": Vaulted(PASSWORD), "read_timeout": Number(7), "signatures": (Text("a"),)}
    assert act("oa_info", options)["signatures"] == {"a": None}
    assert wire.options["timeout"][1] == 7.0


def test_secrets_are_masked_and_changed_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"changed": True, "rows": [{"text": "True is the password", "limit": None}]}
    monkeypatch.setattr(_oa_module.ApiModule, "result", lambda *_arguments: answer)
    result = act("oa_info", {**LOGIN, "api_password": "True"})
    assert result["changed"] is True
    assert result["rows"] == [{"text": "******** is the password", "limit": None}]
    assert result["invocation"]["module_args"]["api_password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_check_mode_and_diff_are_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[_oa_module.Call] = []

    def result(_module: _oa_module.ApiModule, call: _oa_module.Call) -> dict[str, Any]:
        calls.append(call)
        return {"changed": False}

    monkeypatch.setattr(_oa_module.ApiModule, "result", result)
    act("oa_info", LOGIN, check_mode=True, diff=False)
    act("oa_info", LOGIN, check_mode=False, diff=True)
    assert [(call.check_mode, call.diff) for call in calls] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    "task",
    [
        {"connection_transport": "ssh"},
        {"connection_become": object()},
        {"async_val": 60},
        {"environment": [{}, {"https_proxy": "http://proxy.example.com"}]},
        {"variables": {"ansible_python_interpreter": "/usr/bin/python3"}},
        {
            "delegate_to": "mn01",
            "variables": {"ansible_delegated_vars": {"mn01": {"ansible_python_interpreter": "/usr/bin/python3"}}},
        },
    ],
)
def test_it_runs_as_a_module_where_that_makes_a_difference(on_its_host: None, task: dict[str, Any]) -> None:
    assert act("oa_info", LOGIN, **task) == ON_ITS_HOST


def test_without_requests_it_runs_as_a_module(on_its_host: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module_action, "REQUESTS_MISSING", ImportError("requests"))
    assert act("oa_info", LOGIN) == ON_ITS_HOST


@pytest.mark.parametrize(
    "task",
    [
        {"environment": [{}]},
        {"variables": {"ansible_python_interpreter": "auto_silent"}},
        {"variables": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}},
        {
            "delegate_to": "localhost",
            "variables": {
                "ansible_python_interpreter": "/usr/bin/python3",
                "ansible_delegated_vars": {"localhost": {"ansible_python_interpreter": sys.executable}},
            },
        },
    ],
)
def test_it_runs_in_this_process_where_it_makes_none(wire: Any, on_its_host: None, task: dict[str, Any]) -> None:
    expect_report(wire)
    assert act("oa_info", LOGIN, **task)["changed"] is False
