# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name in Ansible's own process where that makes no difference."""

from __future__ import annotations

from ansible_collections.odin.office365.plugins.modules.oa_info import MODULE
from ansible_collections.odin.office365.plugins.plugin_utils._module_action import ModuleAction


class ActionModule(ModuleAction):
    """``odin.office365.oa_info``"""

    MODULE = MODULE
