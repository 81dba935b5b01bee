"""win_acl and win_acl_inheritance for files and folders.

The state knows what was set on a path, not what a path inherits: ``acls`` maps a path to ``inherits`` and to its own
``rules``. Rights are those names of .NET's FileSystemRights that stand for a whole role.
"""

from __future__ import annotations

from typing import Any

from office365_lab.windows import paths
from office365_lab.windows.errors import ModuleError, NotEmulatedError
from office365_lab.windows.modules.registry import Result, Task, module
from office365_lab.windows.state import State

_ACCOUNTS = {
    "administrators": "S-1-5-32-544",
    "builtin\\administrators": "S-1-5-32-544",
    "system": "S-1-5-18",
    "nt authority\\system": "S-1-5-18",
    "users": "S-1-5-32-545",
    "builtin\\users": "S-1-5-32-545",
}
_RIGHTS = {name.lower(): name for name in ("FullControl", "Modify", "ReadAndExecute", "Read", "Write")}
_FOLDER_INHERIT = "ContainerInherit, ObjectInherit"
_Acl = dict[str, Any]


@module("ansible.windows.win_acl")
def win_acl(task: Task) -> Result:
    """Adds or removes a rule of a path. The module does nothing in check mode."""
    if task.check:
        return {"skipped": True, "msg": "win_acl does nothing in check mode"}
    path = _existing(task)
    rule = {
        "sid": _sid(task.need("user")),
        "rights": _rights(task.need("rights")),
        "type": _choice(task, "type", None, ("allow", "deny")),
        "inherit": _inherit(task, path),
        "propagation": task.get("propagation", default="None"),
    }
    wanted = _choice(task, "state", "present", ("absent", "present")) == "present"

    def change(state: State) -> bool:
        rules = _acl(state, path)["rules"]
        if (rule in rules) is wanted:
            return False
        rules.append(rule) if wanted else rules.remove(rule)
        return True

    return {"changed": task.host.state.change(change)}


@module("ansible.windows.win_acl_inheritance")
def win_acl_inheritance(task: Task) -> Result:
    """Cuts a path off from the rules of its folder (``absent``), or connects it again."""
    if task.flag("reorganize"):
        raise NotEmulatedError("the option reorganize of win_acl_inheritance")
    path, wanted = _existing(task), task.need("state") == "present"
    if task.check:
        known = task.host.state.get("acls").get(path)
        return {"changed": (known is None or known["inherits"]) is not wanted}

    def change(state: State) -> bool:
        acl = _acl(state, path)
        changed = acl["inherits"] is not wanted
        acl["inherits"] = wanted
        return changed

    return {"changed": task.host.state.change(change)}


def _existing(task: Task) -> str:
    path = paths.expand(str(task.need("path")), task.host.environment)
    if not task.host.disk.exists(path):
        raise ModuleError(f"{task.call.name}: there is no {path}")
    return task.host.disk.true_path(path)


def _acl(state: State, path: str) -> _Acl:
    acl: _Acl = state["acls"].setdefault(path, {"inherits": True, "rules": []})
    return acl


def _sid(user: str) -> str:
    if user in _ACCOUNTS.values():
        return user
    if user.lower() not in _ACCOUNTS:
        raise ModuleError(f"win_acl: the host knows no user or group {user}")
    return _ACCOUNTS[user.lower()]


def _rights(text: str) -> str:
    if text.lower() not in _RIGHTS:
        raise NotEmulatedError(f"the rights {text} of win_acl")
    return _RIGHTS[text.lower()]


def _choice(task: Task, name: str, default: str | None, choices: tuple[str, ...]) -> str:
    value = str(task.get(name, default=default) or task.need(name))
    if value not in choices:
        raise ModuleError(f"win_acl: {name} must be one of {', '.join(choices)}, not {value}")
    return value


def _inherit(task: Task, path: str) -> str:
    return "None" if task.host.disk.is_file(path) else str(task.get("inherit", default=_FOLDER_INHERIT))
