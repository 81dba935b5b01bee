# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands facts and choices to the planner; runs on the controller and changes nothing of the installation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.odin.office365.plugins.plugin_utils._plan_files import write_plan
from ansible_collections.odin.office365.plugins.plugin_utils._planner.context import Context
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import Planner, plan_lines
from ansible_collections.odin.office365.plugins.plugin_utils._planner_action import PlannerAction


class ActionModule(PlannerAction):
    """``odin.office365.upgrade_plan``"""

    FACTS = {"required": True}
    MORE_OPTIONS = {"report_folder": {"type": "str", "default": ""}}
    REFUSAL = "The plan cannot be made: {}. Nothing was changed. Correct it."

    def judge(self, context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
        planner = Planner(context)
        findings = planner.findings()
        plan = planner.plan()
        lines = [line for finding in findings for line in finding.lines()]
        result = {
            "plan": plan,
            "lines": plan_lines(plan),
            "findings": [{**vars(finding)} for finding in findings],
            "finding_lines": lines,
            "finding_text": "\n".join(lines),
            "blockers": [finding.key for finding in findings if finding.stops],
        }
        folder = arguments["report_folder"]
        return {**result, "files": write_plan(folder, result) if folder else ""}
