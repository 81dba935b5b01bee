# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Which application instance a service template sells."""

from __future__ import annotations

from collections.abc import Sequence

from .targets import Row


def template_instances(template: Row, instances: Sequence[Row]) -> list[int]:
    """The instances that a service template belongs to, by the resource types that it holds.

    A resource type that several instances share (Tenant Contact Data may be one) tells them apart only where no
    other does.
    """
    held = {row["resource_type_id"] for row in template["resource_types"]}
    of_instance = {
        row["application_instance_id"]: {s["resource_type_id"] for s in row["service_resource_types"]} - {0}
        for row in instances
    }
    everything = [rt for types in of_instance.values() for rt in types]
    shared = {rt for rt in everything if everything.count(rt) > 1}
    own = [name for name, types in of_instance.items() if held & (types - shared)]
    return own or [name for name, types in of_instance.items() if held & types]
