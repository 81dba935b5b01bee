# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Questions about service templates and the resource types that they hold.

Templates are rows of ``oa_service_template_info`` (``service_template_id``, ``resource_types``), partly with the
planner's ``instance_ids``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def without_prefix(name: str) -> str:
    """The name of a resource type; those of further instances carry a prefix that ends with a colon (facts 4.1)."""
    return name.rpartition(":")[2].strip()


def named_resource_types(resource_types: Sequence[Row], names: Sequence[str]) -> list[int]:
    """Numbers of the resource types with these names, with or without an instance's prefix."""
    return [
        int(row["resource_type_id"])
        for name in names
        for row in resource_types
        if without_prefix(str(row["name"])) == name
    ]


def subscription_requirements(templates: Sequence[Row], names: Sequence[str]) -> list[dict[str, list[int]]]:
    """That the subscriptions of each template have its resource types of these names.

    Rows with ``service_template_ids`` and ``resource_type_ids``, as ``oa_subscription_resources_info`` takes them.
    """
    return [
        {
            "service_template_ids": [template["service_template_id"]],
            "resource_type_ids": named_resource_types(template["resource_types"], names),
        }
        for template in templates
    ]


def without_resource_types(templates: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """The templates that lack a resource type of one of these names."""
    return [
        template
        for template in templates
        if any(not named_resource_types(template["resource_types"], [name]) for name in names)
    ]


def by_resource_type(templates: Sequence[Row], of_instance: Mapping[str, int]) -> list[dict[str, Any]]:
    """Which templates need which resource type: rows with ``resource_type_id`` and ``service_template_ids``.

    ``of_instance``: the resource type of each application instance; the instances' ids are the keys, as text.
    """
    types = {str(instance): int(number) for instance, number in of_instance.items()}
    groups: dict[int, list[int]] = {}
    for template in templates:
        for instance in template["instance_ids"]:
            resource_type = types[str(instance)]
            group = groups.setdefault(resource_type, [])
            if template["service_template_id"] not in group:
                group.append(template["service_template_id"])
    return [{"resource_type_id": number, "service_template_ids": ids} for number, ids in sorted(groups.items())]
