# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that the roles use; the logic is in ``plugin_utils``, each filter is documented beside this file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.odin.office365.plugins.plugin_utils import _run_owner
from ansible_collections.odin.office365.plugins.plugin_utils._command_output import command_output
from ansible_collections.odin.office365.plugins.plugin_utils._failure_text import failure_text
from ansible_collections.odin.office365.plugins.plugin_utils._offers import offers_by_name
from ansible_collections.odin.office365.plugins.plugin_utils._planner import assemblies, targets
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import plan_differences
from ansible_collections.odin.office365.plugins.plugin_utils._service_templates import (
    by_resource_type,
    subscription_requirements,
    without_resource_types,
)
from ansible_collections.odin.office365.plugins.plugin_utils._summary import upgrade_summary
from ansible_collections.odin.office365.plugins.plugin_utils._war_contents import war_contents


class FilterModule:
    """Makes the filters known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "command_output": command_output,
            "failure_text": failure_text,
            "assembly_fingerprint": assemblies.fingerprint,
            "assembly_version": assemblies.shown_version,
            "gateway_url": targets.gateway_url,
            "site_problems": targets.site_problems,
            "templates_by_resource_type": by_resource_type,
            "subscription_requirements": subscription_requirements,
            "templates_without": without_resource_types,
            "offers_by_name": offers_by_name,
            "upgrade_summary": upgrade_summary,
            "plan_differences": plan_differences,
            "run_is_dead": _run_owner.is_dead,
            "run_age": _run_owner.age,
            "war_contents": war_contents,
        }
