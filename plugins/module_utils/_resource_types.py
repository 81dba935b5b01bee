# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource types (oa-api.md 4). Private to this collection; no Ansible import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._errors import RefusedError
from ansible_collections.odin.office365.plugins.module_utils._instances import service_resource_types
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._values import parameter_text, rows, whole_number

#: The class whose types an application instance can be asked for
SERVICE_CLASS = "rc.saas.service"


@dataclass(frozen=True)
class Wanted:
    """What the user asked for."""

    name: str
    resource_class: str
    description: str | None
    activation_parameters: dict[str, Any]
    attributes: list[str]
    application_instance_ids: list[int]

    @property
    def service_id(self) -> str:
        """The service that the type stands for; empty for other classes."""
        return str(self.activation_parameters.get("service_id") or "") if self.resource_class == SERVICE_CLASS else ""


def types_of_class(oa: OaClient, resource_class: str) -> list[dict[str, Any]]:
    """``resource_type_id``, ``name``, ``resource_class`` of every type of a class, sorted by id."""
    found = rows(oa.call("pem.getResourceTypesByClass", resclass_name=resource_class))
    return sorted(
        (
            {
                "resource_type_id": whole_number(row.get("resource_type_id")) or 0,
                "name": str(row.get("resource_type_name") or row.get("name") or ""),
                "resource_class": resource_class,
            }
            for row in found
        ),
        key=lambda row: row["resource_type_id"],
    )


def collect(oa: OaClient, resource_classes: list[str]) -> dict[str, Any]:
    """Everything that ``oa_resource_type_info`` returns."""
    return {"resource_types": [row for name in dict.fromkeys(resource_classes) for row in types_of_class(oa, name)]}


def present(oa: OaClient, wanted: Wanted) -> dict[str, Any]:
    """Create the type where it is missing; the result of ``oa_resource_type``."""
    per_instance = _per_instance(oa, wanted)
    if per_instance:
        missing = any(row["resource_type_id"] == 0 for row in per_instance)
        known = [row["resource_type_id"] for row in per_instance if row["resource_type_id"]]
    else:
        known = _by_name(oa, wanted)
        missing = not known
    if not missing:
        return _result(wanted, False, known[0], per_instance, before=wanted.name, after=wanted.name)
    unlisted = _unlisted(oa, wanted) if per_instance else None
    if unlisted is not None:
        per_instance = _completed(per_instance, unlisted)
        return _result(wanted, False, unlisted, per_instance, before=wanted.name, after=wanted.name)
    created = _create(oa, wanted)
    if created is not None:
        per_instance = _completed(_per_instance(oa, wanted), created)
    return _result(wanted, True, created, per_instance, before=None, after=wanted.name)


def absent(oa: OaClient, wanted: Wanted) -> dict[str, Any]:
    """Remove the one type with this name and class."""
    found = _by_name(oa, wanted)
    if len(found) > 1:
        raise RefusedError(
            f"Nothing was removed: {len(found)} resource types of class {wanted.resource_class} are named "
            f"{wanted.name!r} ({', '.join(map(str, found))}). Remove the right one in the provider control panel."
        )
    if not found:
        return _result(wanted, False, None, [], before=None, after=None)
    oa.call("pem.removeResourceType", rt_id=found[0])
    return _result(wanted, True, found[0], [], before=wanted.name, after=None)


def _per_instance(oa: OaClient, wanted: Wanted) -> list[dict[str, Any]]:
    if not wanted.service_id:
        return []
    return [
        {"application_instance_id": instance_id, "resource_type_id": _service_type(oa, instance_id, wanted.service_id)}
        for instance_id in dict.fromkeys(wanted.application_instance_ids)
    ]


def _completed(per_instance: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """A service may be listed only later: then the type that was made for it is the one that it will get."""
    return [{**row, "resource_type_id": row["resource_type_id"] or number} for row in per_instance]


def _unlisted(oa: OaClient, wanted: Wanted) -> int | None:
    """The type that an earlier run made and the platform does not list as the service's yet: a second one would stay.

    No call tells the service of a type, so one that is listed for another service is all that can be told apart.
    """
    found = _by_name(oa, wanted)
    if found:
        others = {
            row["resource_type_id"]
            for instance_id in dict.fromkeys(wanted.application_instance_ids)
            for row in service_resource_types(oa, instance_id)
            if row["service_id"] != wanted.service_id
        }
        found = [number for number in found if number not in others]
    if len(found) > 1:
        raise RefusedError(
            f"Nothing was created: {len(found)} resource types of class {wanted.resource_class} are named "
            f"{wanted.name!r} ({', '.join(map(str, found))}), and the platform does not say which of them is the one "
            f"of the service {wanted.service_id} for every instance. Remove the others in the provider control panel; "
            "or, in the role tenant_contact_data, name the right one in tenant_contact_data_resource_type_ids."
        )
    return found[0] if found else None


def _service_type(oa: OaClient, instance_id: int, service_id: str) -> int:
    """The type of one service of an instance, 0 where it has none."""
    found = [row for row in service_resource_types(oa, instance_id, service_id) if row["service_id"] == service_id]
    return next((row["resource_type_id"] for row in found if row["resource_type_id"]), 0)


def _by_name(oa: OaClient, wanted: Wanted) -> list[int]:
    found = types_of_class(oa, wanted.resource_class)
    return [row["resource_type_id"] for row in found if row["name"] == wanted.name]


def _create(oa: OaClient, wanted: Wanted) -> int | None:
    """The new id; None in check mode."""
    answer = oa.call(
        "pem.addResourceType",
        resclass_name=wanted.resource_class,
        name=wanted.name,
        descr=wanted.description,
        attrs=wanted.attributes or None,
        act_params=[
            {"var_name": name, "var_value": parameter_text(value)}
            for name, value in wanted.activation_parameters.items()
        ],
    )
    return whole_number((answer or {}).get("resource_type_id"))


def _result(
    wanted: Wanted,
    changed: bool,
    number: int | None,
    per_instance: list[dict[str, Any]],
    *,
    before: str | None,
    after: str | None,
) -> dict[str, Any]:
    def state(name: str | None) -> dict[str, Any]:
        return {} if name is None else {"name": name, "resource_class": wanted.resource_class}

    return {
        "changed": changed,
        "resource_type_id": number,
        "resource_type_ids": per_instance,
        "name": wanted.name,
        "resource_class": wanted.resource_class,
        "diff": {"before": state(before), "after": state(after)},
    }
