"""win_command and win_shell."""

from __future__ import annotations

import datetime

from office365_lab.windows import powershell, programs
from office365_lab.windows.command_line import quote_argument
from office365_lab.windows.errors import ModuleError, WindowsError
from office365_lab.windows.modules.registry import Result, Task, module

_FORMAT = "%Y-%m-%d %H:%M:%S.%f"


@module("ansible.windows.win_command")
def win_command(task: Task) -> Result:
    """Starts a program; the command line is used as it is, ``argv`` is quoted by the rules of the C runtime."""
    line = task.get("cmd") or (task.get("_raw_params") or "").strip()
    if not line:
        line = " ".join(quote_argument(argument) for argument in task.get("argv", default=[]))
    folder = task.get("chdir", default=task.host.environment["USERPROFILE"])
    return _run(task, line, lambda: programs.start(task.host, line, folder))


@module("ansible.windows.win_shell")
def win_shell(task: Task) -> Result:
    """Runs PowerShell text that the lab knows."""
    if task.check:
        return {"skipped": True, "msg": "win_shell does nothing in check mode"}
    text = str(task.need("_raw_params")).strip()
    folder = task.get("chdir", default=task.host.environment["USERPROFILE"])
    return _run(task, text, lambda: powershell.run_text(task.host, text, folder))


def _run(task: Task, line: str, run: powershell.Runner) -> Result:
    disk = task.host.disk
    for option, skip_when in (("creates", True), ("removes", False)):
        path = task.get(option)
        if path is not None and disk.exists(path) is skip_when:
            return {"cmd": line, "rc": 0, "skipped": True, "msg": f"skipped because of {option}: {path}"}
    began = datetime.datetime.now(datetime.UTC)
    try:
        outcome = run()
    except WindowsError as error:
        raise ModuleError(f"{line}: {error}", cmd=line, rc=2) from error
    ended = datetime.datetime.now(datetime.UTC)
    result: Result = {
        "changed": True,
        "cmd": line,
        "rc": outcome.exit_code,
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "start": began.strftime(_FORMAT),
        "end": ended.strftime(_FORMAT),
        "delta": str(ended - began),
    }
    if outcome.exit_code:
        result |= {"failed": True, "msg": "non-zero return code"}
    return result
