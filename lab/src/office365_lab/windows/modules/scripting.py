"""ansible.windows.win_powershell: answers the scripts that are registered by their marker line."""

from __future__ import annotations

from typing import Any

from office365_lab.windows import powershell
from office365_lab.windows.errors import ModuleError, WindowsError
from office365_lab.windows.modules.registry import Result, Task, module
from office365_lab.windows.param_block import BindingError, bind_named, param_block

_STREAMS = ("output", "error", "warning", "verbose", "debug", "information")


@module("ansible.windows.win_powershell")
def win_powershell(task: Task) -> Result:
    """``result`` and ``changed`` are what the script set in ``$Ansible``; in check mode a script is skipped unless
    it says that it supports it.
    """
    if task.get("executable"):
        raise ModuleError("office365-lab does not imitate the option executable of win_powershell")
    disk = task.host.disk
    result: Result = {"result": {}, "host_out": "", "host_err": "", **{stream: [] for stream in _STREAMS}}
    for option, skip_when in (("creates", True), ("removes", False)):
        path = task.get(option)
        if path is not None and disk.exists(path) is skip_when:
            return {**result, "msg": f"skipped because of {option}: {path}"}
    text = task.get("script") or disk.read(task.need("path")).decode("utf-8-sig")
    block = param_block(text)
    if task.check and not block.should_process:
        return {**result, "changed": True, "msg": "skipped in check mode"}
    try:
        parameters = bind_named(block, _given(task))
        answer = powershell.answer(task.host, text, parameters, check=task.check)
    except (BindingError, WindowsError) as error:
        # what a script throws is in its errors; there is no msg, and $Ansible.Changed is still true
        return {**result, "changed": True, "failed": True, "error": [_error_record(str(error))]}
    return {**result, "changed": answer.changed, "result": answer.result, "output": answer.output}


def _error_record(message: str) -> dict[str, Any]:
    """The members of an error that somebody may read."""
    return {
        "output": f"{message}\r\n",
        "error_details": None,
        "exception": {"message": message, "type": "System.Management.Automation.RuntimeException"},
        "fully_qualified_error_id": message,
    }


def _given(task: Task) -> dict[str, Any]:
    given = dict(task.get("parameters", default={}))
    for secret in task.get("sensitive_parameters", default=[]):
        given[secret["name"]] = secret
    return given
