# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The steps that playbooks of this collection do, by their words; any other step of a release is done by hand."""

from __future__ import annotations

# Steps that change what customers' orders would use: they run while provisioning is stopped.
WINDOW_STEPS = (
    "csp_agent",
    "endpoint",
    "resource_settings",
    "application",
    "autoconf",
    "tenant_counters",
    "tenant_contact_data",
)

KNOWN_WORDS = frozenset(
    {
        *WINDOW_STEPS,
        "collect",
        "public_api_access",
        "stop_provisioning",
        "store_customizations",
        "trial_checker",
        "start_provisioning",
        "new_offers",
    }
)
