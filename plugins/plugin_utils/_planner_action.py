# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What the action plugins share that judge facts by a release; they run on the controller and touch nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ._planner.catalog import CatalogError, Release
from ._planner.context import Context


class PlannerAction(ActionBase):  # type: ignore[misc]
    """``FACTS`` and ``MORE_OPTIONS`` complete the argument spec; ``REFUSAL`` has ``{}`` for what cannot be judged."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    FACTS: ClassVar[dict[str, Any]]
    MORE_OPTIONS: ClassVar[dict[str, Any]] = {}
    REFUSAL: ClassVar[str]

    def judge(self, context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The result without ``changed``. Raises ``ValueError`` where something of the operator cannot be right."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        _spec, arguments = self.validate_argument_spec(
            argument_spec={
                "release": {"type": "dict", "required": True},
                "scenario": {"type": "str", "required": True},
                "facts": {"type": "dict", **self.FACTS},
                "choices": {"type": "dict", "default": {}},
                **self.MORE_OPTIONS,
            }
        )
        try:
            release = Release.from_data(arguments["release"])
        except CatalogError as error:
            raise AnsibleActionFail(f"The release catalog cannot be used: {error}. Correct the file.") from None
        context = Context(release, arguments["scenario"], arguments["facts"], arguments["choices"])
        try:
            found = self.judge(context, arguments)
        except ValueError as error:
            # Ansible would write the cause behind the message, which tells it already
            raise AnsibleActionFail(self.REFUSAL.format(error)) from None
        result.update(changed=False, **found)
        return result
