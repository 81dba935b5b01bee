# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Modules that only ask an API, run in Ansible's own process where it makes no difference but time.

A module costs the start of a Python process with its imports, about 0.25 s of one processor; nothing of it is needed
where the task runs on the controller anyway. The collections for network devices do the same (``import_modules``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action.normal import ActionModule as UsualAction
from ansible_collections.odin.office365.plugins.module_utils._http import REQUESTS_MISSING
from ansible_collections.odin.office365.plugins.module_utils._oa_module import ApiModule, Call


class ModuleAction(UsualAction):  # type: ignore[misc]
    """The action of ``MODULE``: in this process, or as a module on its host."""

    MODULE: ClassVar[ApiModule]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the module, the same either way."""
        if not self._is_of_this_process(task_vars or {}):
            result: dict[str, Any] = super().run(tmp, task_vars)
            return result
        module = self.MODULE
        checked = ArgumentSpecValidator(module.argument_spec, **module.rules).validate(_plain(self._task.args))
        options = checked.validated_parameters
        call = Call(options, check_mode=bool(self._task.check_mode), diff=bool(self._task.diff))
        found = self._refusal(checked) if checked.error_messages else module.result(call)
        return _without_secrets({**found, "invocation": {"module_args": options}}, checked)

    def _is_of_this_process(self, variables: Mapping[str, Any]) -> bool:
        """Whether a module would run on the controller, as the same user, with this Python and this environment."""
        connection = self._connection
        return bool(
            connection.transport == "local"
            and connection.become is None
            and not self._task.async_val
            and not any(self._task.environment or ())
            and self._interpreter(variables) in ("", sys.executable)
            and REQUESTS_MISSING is None
        )

    def _interpreter(self, variables: Mapping[str, Any]) -> str:
        """The Python that is asked for on the host of the task; empty where Ansible is to choose one."""
        if self._task.delegate_to:
            variables = variables.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        asked = str(self._templar.template(variables.get("ansible_python_interpreter", "")) or "")
        return "" if asked.startswith("auto") else asked

    def _refusal(self, checked: ValidationResult) -> dict[str, Any]:
        """What a module says of options that it cannot take."""
        reason = checked.error_messages[0]
        if isinstance(checked.errors[0], UnsupportedError):
            reason = f"Unsupported parameters for ({self._task.action}) module: {reason}"
        return {"failed": True, "msg": reason}


def _plain(value: Any) -> Any:
    """The value without what Ansible adds to text (trust, vault), as a module gets it."""
    if isinstance(value, Mapping):
        return {_text(name): _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    # the XML-RPC client takes no subclasses
    return next((kind(value) for kind in (int, float) if isinstance(value, kind)), _text(value))


def _text(value: Any) -> str:
    """The text itself: what ``str`` makes of Ansible's own kinds may be of such a kind again (ansible-core 2.16)."""
    return str.__str__(str(value))


def _without_secrets(result: dict[str, Any], checked: ValidationResult) -> dict[str, Any]:
    """The result as it leaves a module: of the shape that JSON gives it, and without values of secret options."""
    shaped = json.loads(json.dumps(result))
    # AnsibleModule does so, too: changed and failed are no secrets, even where a password is the word True
    kept = {name: value for name, value in shaped.items() if value is None or isinstance(value, bool)}
    masked: dict[str, Any] = remove_values(shaped, checked._no_log_values)
    return {**masked, **kept}
