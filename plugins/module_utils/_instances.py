# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading application instances (oa-api.md 6.1). Private to this collection; no Ansible import."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.odin.office365.plugins.module_utils._errors import RefusedError
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._values import in_parallel, rows, shown, whole_number
from ansible_collections.odin.office365.plugins.module_utils._versions import without_release

DEFAULT_APPLICATION = "http://www.parallels.com/Office365"
READY = "Ready"


def application_id(oa: OaClient, application: str) -> int | None:
    """The platform's number of an application, given its APS id; None where the platform has no such application."""
    found = rows(oa.call("pem.APS.getApplications", aps_application_id=application))
    numbers = [number for number in (whole_number(row.get("application_id")) for row in found) if number is not None]
    if len(numbers) > 1:
        raise RefusedError(f"The platform lists {len(numbers)} applications with the id {application}: {numbers}.")
    return numbers[0] if numbers else None


def instance_list(oa: OaClient, number: int) -> list[dict[str, Any]]:
    """``application_instance_id`` and ``application_resource_id`` of each instance, sorted by the first."""
    found = rows(oa.call("pem.APS.getApplicationInstances", app_id=number))
    return sorted(
        (
            {
                "application_instance_id": whole_number(row.get("application_instance_id")) or 0,
                "application_resource_id": str(row.get("application_resource_id") or ""),
            }
            for row in found
        ),
        key=lambda row: row["application_instance_id"],
    )


def instance_state(oa: OaClient, instance_id: int) -> dict[str, Any]:
    """Ids of instance and application, ``package_version``, ``version`` (without release), ``status``, ``url``."""
    answer = oa.call("pem.APS.getApplicationInstance", application_instance_id=instance_id) or {}
    package_version = str(answer.get("package_version") or "")
    return {
        "application_instance_id": instance_id,
        "application_id": whole_number(answer.get("application_id")),
        "package_version": package_version,
        "version": without_release(package_version),
        "status": str(answer.get("status") or ""),
        "url": str(answer.get("url") or ""),
    }


def instance_settings(oa: OaClient, instance_id: int) -> dict[str, str]:
    """The settings of an instance as the platform gives them; passwords may be empty or masked."""
    found = rows(oa.call("pem.APS.getApplicationInstanceSettings", application_instance_id=instance_id))
    return {str(row.get("name")): "" if row.get("value") is None else str(row["value"]) for row in found}


def service_resource_types(oa: OaClient, instance_id: int, service_id: str = "") -> list[dict[str, Any]]:
    """``service_id`` and ``resource_type_id`` (0 where there is none) of one or of all services of an instance."""
    found = rows(
        oa.call(
            "pem.APS.getApplicationInstanceServiceResourceTypes",
            application_instance_id=instance_id,
            service_id=service_id,
        )
    )
    return [
        {
            "service_id": str(row.get("service_id") or ""),
            "resource_type_id": whole_number(row.get("service_resource_type_id")) or 0,
        }
        for row in found
    ]


def endpoint_parts(url: str) -> dict[str, Any]:
    """Host name and application of an endpoint URI ``https://<host>/<application>/aps/`` (procedure-facts.md 1.3).

    Members: ``valid``, ``hostname``, ``application`` (both empty where not valid) and ``reason`` (empty where valid).
    """
    try:
        parts = urlsplit(url.strip())
        # a port that is no number raises, too
        hostname = parts.hostname if parts.hostname and parts.port != 0 else ""
    except ValueError:
        return _invalid("it is no URL")
    path = [unquote(part) for part in parts.path.split("/") if part]
    if not url.strip():
        return _invalid("it is empty")
    if parts.scheme != "https":
        return _invalid("it does not start with https://")
    if not hostname:
        return _invalid("it names no host")
    if len(path) != len(("application", "aps")) or path[1].lower() != "aps":
        return _invalid("its path is not /<application>/aps/")
    return {"valid": True, "hostname": hostname, "application": path[0], "reason": ""}


def collect(oa: OaClient, *, application: str, instance_ids: list[int], settings: bool, readers: int) -> dict[str, Any]:
    """Everything that ``oa_application_instance_info`` returns."""
    number = application_id(oa, application)
    found = [] if number is None else instance_list(oa, number)
    if instance_ids:
        found = [row for row in found if row["application_instance_id"] in instance_ids]

    def details(row: dict[str, Any]) -> dict[str, Any]:
        instance_id = row["application_instance_id"]
        state = instance_state(oa, instance_id)
        values = instance_settings(oa, instance_id) if settings else {}
        return {
            "application_instance_id": instance_id,
            "application_resource_id": row["application_resource_id"],
            "package_version": state["package_version"],
            "version": state["version"],
            "status": state["status"],
            "url": state["url"],
            "endpoint": endpoint_parts(state["url"]),
            "settings": {name: shown(name, value) for name, value in values.items()},
            "service_resource_types": service_resource_types(oa, instance_id),
        }

    return {"application_id": number, "instances": in_parallel(details, found, readers)}


def _invalid(reason: str) -> dict[str, Any]:
    return {"valid": False, "hostname": "", "application": "", "reason": reason}
