# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Each instance has the address and the user with which the application calls the Public API."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence

STEP = "public_api_access"
READABLE = ("url", "username")


def check(evidence: Evidence) -> Iterator[Answer]:
    unknown = [name for name in READABLE if not evidence.setting_ids.get(name)]
    if unknown:
        yield not_checkable(
            "instances",
            f"the ids of the settings {' and '.join(unknown)} are not known",
            "Give the package in office365_package or the ids in public_api_access_setting_ids; or look at the "
            "settings of each instance in the Provider Control Panel.",
        )
        return
    for instance in evidence.context.instances:
        yield _answer(evidence, instance["application_instance_id"])


def _answer(evidence: Evidence, number: int) -> Answer:
    """Says which setting is wrong, never what it is."""
    target, settings = f"instance {number}", evidence.settings(number)
    if settings is None:
        return not_checkable(target, "its settings were not read", "Look at them in the Provider Control Panel.")
    wrong = []
    for name in READABLE:
        setting, wanted = evidence.setting_ids[name], evidence.public_api.get(name)
        value = settings.get(setting, "")
        if not value and (wanted or name == "url"):
            wrong.append(f"{name} ({setting}) is not set")
        elif wanted and value != wanted:
            wrong.append(f"{name} ({setting}) is another one than public_api_access_{name}")
    if wrong:
        return failed(
            target,
            f"{'; '.join(wrong)}. The upgraded application cannot call the Public API with it",
            "Set it in the Provider Control Panel, or run the upgrade playbook, which writes what differs.",
        )
    return passed(target, "address and user are set")
