"""Run one module on a host: spec, planned faults, stand-in, and its line in the wire log."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import Any

from office365_lab.windows import argspec
from office365_lab.windows.call import Call
from office365_lab.windows.errors import ModuleError, NotEmulatedError, WindowsError
from office365_lab.windows.host import Host
from office365_lab.windows.stand_ins import Result, Task, find
from office365_lab.wirelog import MASK


@dataclass(frozen=True)
class ModuleRun:
    """``answer_lost``: a planned fault wants the connection to drop instead of giving the result."""

    result: Result
    exit_code: int
    answer_lost: bool = False


def run_module(host: Host, call: Call, client: str, job_id: str | None = None) -> ModuleRun:
    """Run the module of ``call``; ``job_id`` names the background job that does it.

    Raises ``HostGoneError`` where the host goes down meanwhile.
    """
    boots, began = host.boots, time.monotonic()
    place = f"module:{call.name}"
    if (delay := host.fault(place, "delay")) is not None:
        host.pause(float(delay["seconds"]), boots)
    shown: dict[str, Any] = call.parameters
    try:
        spec = argspec.spec_of(call.source, call.utilities)
        if spec is not None:
            parameters = argspec.bind(spec, call.name, call.parameters, host.environment)
            shown = argspec.shown(spec, parameters)
        result = _planned_failure(host, place) or _perform(host, call, parameters if spec else call.parameters, spec)
        if spec is not None:
            result.setdefault("invocation", {"module_args": shown})
    except ModuleError as error:
        result = {"changed": False, "failed": True, "msg": error.message, **error.more}
    except WindowsError as error:
        result = {"changed": False, "failed": True, "msg": f"{call.name}: {error}", "exception": str(error)}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError) as error:
        traceback.print_exc()
        result = {"changed": False, "failed": True, "msg": f"office365-lab has a fault of its own: {error!r}"}
    host.require_boot(boots)
    exit_code = 1 if result.get("failed") else 0
    changed = bool(result.get("changed"))
    host.log(
        call.name,
        client=client,
        write=changed and not call.check,
        arguments=dict.fromkeys(shown, MASK) if call.no_log else shown,
        outcome=f"error: {_why(result)}" if exit_code else "ok",
        seconds=time.monotonic() - began,
        check=call.check,
        rc=result.get("rc", exit_code),
        changed=changed,
        become=call.become,
        environment=sorted(call.environment),
        wire=call.wire,
        **({"async_job": job_id} if job_id else {}),
    )
    if (late := host.fault(place, "late")) is not None:
        host.pause(float(late["seconds"]), boots)
    return ModuleRun(result, exit_code, answer_lost=host.fault(place, "drop") is not None)


def _why(result: Result) -> str:
    """For the wire log; win_powershell tells what a script throws in its errors only."""
    thrown = [error["exception"]["message"] for error in result.get("error", ()) if "msg" not in result]
    return "; ".join(thrown) or str(result.get("msg"))


def _planned_failure(host: Host, place: str) -> Result | None:
    fault = host.fault(place, "fail")
    if fault is None:
        return None
    return {"changed": False, "failed": True, "msg": str(fault.get("message", "planned fault"))}


def _perform(host: Host, call: Call, parameters: dict[str, Any], spec: argspec.Spec | None) -> Result:
    stand_in = find(call.name)
    if stand_in is None:
        raise NotEmulatedError(f"the module {call.name}")
    if call.check and spec is not None and not spec.supports_check_mode:
        return {"changed": False, "skipped": True, "msg": f"{call.name} does nothing in check mode"}
    return {"changed": False, **stand_in(Task(host, call, parameters))}
