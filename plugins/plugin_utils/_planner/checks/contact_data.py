# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Resource types of Tenant Contact Data that were created by hand are named for every instance, by their ids."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding

_WORD = "tenant_contact_data"


def check(context: Context) -> Iterator[Finding]:
    told = {str(name): value for name, value in context.choices.get("contact_data_types", {}).items()}
    if not told or _WORD not in context.words:
        return
    problems = [f"{name} has {value!r}, which is no id" for name, value in told.items() if not _is_id(value)]
    numbers = [str(row["application_instance_id"]) for row in context.instances]
    missing = [number for number in numbers if number not in told]
    if missing:
        problems.append(f"it names none for {', '.join(missing)}")
    if problems:
        yield Finding(
            key="contact_data_types_unusable",
            severity=BLOCKER,
            target="tenant_contact_data_resource_type_ids",
            title="; ".join(problems),
            detail="Where the variable is set, it is the only source of these ids, and the step would stop with "
            "provisioning stopped.",
            remedy=f"Give the id of the resource type for each of {', '.join(numbers)}, or leave the variable out: "
            "then they are found or created.",
        )


def _is_id(value: object) -> bool:
    return not isinstance(value, bool) and str(value).strip().isdecimal()
