# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Each instance has the password with which the application calls the Public API."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, not_checkable, passed
from ..evidence import Evidence

STEP = "public_api_access"


def check(evidence: Evidence) -> Iterator[Answer]:
    setting = evidence.setting_ids.get("password", "")
    for instance in evidence.context.instances:
        number = instance["application_instance_id"]
        if (evidence.settings(number) or {}).get(setting):
            yield passed(f"instance {number}", "a password is set; whether it is right cannot be read")
        else:
            # many platforms never give a password back
            yield not_checkable(
                f"instance {number}",
                "the platform gives no password back, set or not",
                "Set it once more in the Provider Control Panel if orders fail with a refused login.",
            )
