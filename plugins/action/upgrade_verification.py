# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands what the systems say to the verification; runs on the controller and changes nothing of the installation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.odin.office365.plugins.plugin_utils._planner.context import Context
from ansible_collections.odin.office365.plugins.plugin_utils._planner_action import PlannerAction
from ansible_collections.odin.office365.plugins.plugin_utils._verification.evidence import Evidence
from ansible_collections.odin.office365.plugins.plugin_utils._verification.verification import unread, verification
from ansible_collections.odin.office365.plugins.plugin_utils._verification_file import write_verification


class ActionModule(PlannerAction):
    """``odin.office365.upgrade_verification``"""

    FACTS = {"default": {}}
    MORE_OPTIONS = {
        "problem": {"type": "str", "default": ""},
        "report_folder": {"type": "str", "default": ""},
    }
    REFUSAL = "Nothing can be verified: {}. Correct it."

    def judge(self, context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
        found = unread(arguments["problem"]) if arguments["problem"] else verification(Evidence(context))
        folder = arguments["report_folder"]
        if not folder:
            return {**found, "file": ""}
        try:
            return {**found, "file": write_verification(folder, context.release.release, context.scenario, found)}
        except OSError as error:
            # the upgrade is done, and what was seen is printed all the same
            problem = f"The file of the verification cannot be written to {folder}: {error.strerror or error}."
            return {**found, "file": "", "warnings": [problem]}
