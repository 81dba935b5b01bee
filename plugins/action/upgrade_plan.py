# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands facts and choices to the planner; runs on the controller and touches nothing."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.odin.office365.plugins.plugin_utils._planner.catalog import CatalogError, Release
from ansible_collections.odin.office365.plugins.plugin_utils._planner.context import Context
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import Planner, plan_lines


class ActionModule(ActionBase):  # type: ignore[misc]
    """``odin.office365.upgrade_plan``"""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        _spec, arguments = self.validate_argument_spec(
            argument_spec={
                "release": {"type": "dict", "required": True},
                "scenario": {"type": "str", "required": True},
                "facts": {"type": "dict", "required": True},
                "choices": {"type": "dict", "default": {}},
            }
        )
        try:
            release = Release.from_data(arguments["release"])
        except CatalogError as error:
            raise AnsibleActionFail(f"The release catalog cannot be used: {error}. Correct the file.") from error
        planner = Planner(Context(release, arguments["scenario"], arguments["facts"], arguments["choices"]))
        try:
            findings = planner.findings()
            plan = planner.plan()
        except ValueError as error:
            raise AnsibleActionFail(f"The plan cannot be made: {error}. Nothing was changed. Correct it.") from error
        lines = [line for finding in findings for line in finding.lines()]
        result.update(
            changed=False,
            plan=plan,
            lines=plan_lines(plan),
            findings=[{**vars(finding)} for finding in findings],
            finding_lines=lines,
            finding_text="\n".join(lines),
            blockers=[finding.key for finding in findings if finding.stops],
        )
        return result
