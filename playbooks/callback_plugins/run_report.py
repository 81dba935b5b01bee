# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run, for the playbooks in this folder: Ansible loads what lies here without any setting."""

from __future__ import annotations

from ansible_collections.odin.office365.plugins.callback import run_report

# Ansible reads the options from here.
DOCUMENTATION = run_report.DOCUMENTATION


class CallbackModule(run_report.CallbackModule):  # type: ignore[misc]
    """``odin.office365.run_report``, always on."""

    CALLBACK_NEEDS_ENABLED = False
