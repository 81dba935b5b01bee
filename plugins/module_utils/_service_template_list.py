# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service templates of all accounts as the APS controller lists them (oa-api.md 3). Private; no Ansible import."""

from __future__ import annotations

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._values import rows, whole_number

#: The oldest version of the type that is documented; newer ones implement it
SERVICE_TEMPLATE_TYPE = "http://parallels.com/aps/types/pa/serviceTemplate/1.2"


def collect(oa: OaClient, aps: ApsClient, service_template_type: str) -> dict[str, Any]:
    """Everything that ``aps_service_template_info`` returns.

    What the members of ``appIDs`` are is not documented: numbers of applications and APS ids are both understood, and
    come out as numbers. Raises ``RestError`` where the controller does not know the type.
    """
    applications = [
        {
            "application_id": whole_number(row.get("application_id")) or 0,
            "aps_application_id": str(row.get("aps_application_id") or ""),
            "name": str(row.get("name") or ""),
        }
        for row in rows(oa.call("pem.APS.getApplications"))
    ]
    numbers = {row["aps_application_id"]: str(row["application_id"]) for row in applications}
    templates: dict[int, dict[str, Any]] = {}
    for entry in aps.items("resources", f"implementing({service_template_type})"):
        number = whole_number(entry.get("serviceTemplateId"))
        if number is not None:
            ids = [numbers.get(str(value), str(value)) for value in entry.get("appIDs") or []]
            name = str(entry.get("name") or "")
            templates[number] = {"service_template_id": number, "name": name, "application_ids": ids}
    return {"service_templates": [row for _number, row in sorted(templates.items())], "applications": applications}
