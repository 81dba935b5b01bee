# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Which resource types a service template and its subscriptions must have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .._plain_text import shortened
from .._planner.targets import Row
from .._service_templates import without_prefix
from .answers import Answer, failed, not_checkable, passed
from .evidence import Evidence

CONTACT_DATA = "tenant_contact_data"
COUNTERS = "tenant_counters"


def contact_data_ids(evidence: Evidence, template: Row) -> set[int]:
    """The resource types of Tenant Contact Data of a template's instances; empty where one has none."""
    ids = {contact_data_id(evidence, number) for number in template["instance_ids"]}
    return set() if 0 in ids else ids


def contact_data_id(evidence: Evidence, instance_id: int) -> int:
    """The resource type of one instance, as the operator names it or the platform lists it; 0 where there is none."""
    named = evidence.context.choices.get("contact_data_ids") or {}
    told = named.get(str(instance_id)) or named.get(instance_id)
    if told:
        return int(told)
    service = evidence.release.resource_types[CONTACT_DATA]["service"]
    instance = next(row for row in evidence.context.instances if row["application_instance_id"] == instance_id)
    ids = [row["resource_type_id"] for row in instance["service_resource_types"] if row["service_id"] == service]
    return next((int(number) for number in ids if number), 0)


def counter_ids(evidence: Evidence) -> dict[int, set[int]]:
    """Service template -> the counters that templates of the same instances hold; a counter is known by its name."""
    names = set(counter_names(evidence))
    templates = evidence.context.service_templates
    of_instance: dict[int, set[int]] = {}
    for template in templates:
        held = {
            row["resource_type_id"] for row in template["resource_types"] if without_prefix(str(row["name"])) in names
        }
        for number in template["instance_ids"]:
            of_instance.setdefault(number, set()).update(held)
    return {
        template["service_template_id"]: set().union(*(of_instance[number] for number in template["instance_ids"]))
        for template in templates
    }


def counter_names(evidence: Evidence) -> Sequence[str]:
    names: Sequence[str] = evidence.release.resource_types[COUNTERS]["names"]
    return names


def demanded(evidence: Evidence) -> list[dict[str, Any]]:
    """What is to be asked about subscriptions: templates with the same resource types in one row."""
    words = evidence.procedure.words
    counters = counter_ids(evidence) if COUNTERS in words else {}
    groups: dict[tuple[int, ...], list[int]] = {}
    for template in evidence.context.service_templates:
        ids = set(counters.get(template["service_template_id"], ()))
        if CONTACT_DATA in words:
            ids |= contact_data_ids(evidence, template)
        if ids:
            groups.setdefault(tuple(sorted(ids)), []).append(template["service_template_id"])
    return [
        {"service_template_ids": templates, "resource_type_ids": list(types)} for types, templates in groups.items()
    ]


def template_name(template: Row) -> str:
    return f"service template {template['service_template_id']} ({template['name']})"


def subscription_answers(evidence: Evidence, wanted: dict[int, set[int]], what: str, remedy: str) -> Iterator[Answer]:
    """``wanted``: service template -> resource types that its subscriptions must have; none where there is no type."""
    without = [f"service template {number}" for number, ids in wanted.items() if not ids]
    if without:
        yield failed(
            f"subscriptions of {shortened(without)}",
            f"none can have {what}, because no such resource type is known for their service templates",
            remedy,
        )
    read: set[int] = set()
    for row in evidence.subscriptions:
        templates = [number for number in row["service_template_ids"] if wanted.get(number)]
        read.update(templates)
        if templates:
            yield from _answers(row, templates, set().union(*(wanted[number] for number in templates)), what, remedy)
    left = [f"service template {number}" for number, ids in wanted.items() if ids and number not in read]
    if left:
        yield not_checkable(f"subscriptions of {shortened(left)}", "they were not read", "Run verify again.")


def _answers(row: Row, templates: Sequence[int], ids: set[int], what: str, remedy: str) -> Iterator[Answer]:
    target = f"subscriptions of service template {shortened([str(number) for number in templates])}"
    lacking = [part for part in row["lacking"] if part["resource_type_id"] in ids and part["count"]]
    for part in lacking:
        yield failed(
            target,
            f"{part['count']} of {row['subscriptions']} lack {what} (resource type {part['resource_type_id']}), the "
            f"first: {', '.join(map(str, part['subscription_ids']))}",
            remedy,
        )
    unreadable = row["unreadable"]
    if unreadable["count"]:
        first = unreadable["first"][0]
        yield not_checkable(
            target,
            f"{unreadable['count']} of {row['subscriptions']} could not be read, the first: "
            f"{first['subscription_id']} ({first['message']})",
            "Look at the resources of these subscriptions in the Provider Control Panel.",
        )
    if not lacking and not unreadable["count"]:
        yield passed(target, f"all {row['subscriptions']} have {what}")
