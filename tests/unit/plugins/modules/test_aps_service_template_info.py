# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aps_service_template_info."""

from __future__ import annotations

from typing import Any

APPLICATIONS = [
    {"application_id": "5", "aps_application_id": "http://www.parallels.com/Office365", "name": "Office365"},
    {"application_id": 9, "aps_application_id": "http://example.com/Azure", "name": "Azure"},
]
TYPE = "http://parallels.com/aps/types/pa/serviceTemplate/1.2"
LIST = f"resources?implementing({TYPE}),limit(0,500)"


def test_lists_the_templates_of_all_accounts_with_their_applications(wire: Any, run: Any) -> None:
    wire.call("pem.APS.getApplications", {}, APPLICATIONS)
    wire.token()
    templates = [
        {"serviceTemplateId": 14, "name": "Both", "appIDs": ["5", "http://example.com/Azure", "unheard-of"]},
        {"serviceTemplateId": "11", "name": "Mail", "appIDs": [5]},
        {"name": "without a number", "appIDs": [5]},
        {"serviceTemplateId": 12},
    ]
    wire.rest(LIST, templates)
    result = run("aps_service_template_info")
    assert result["changed"] is False
    assert result["service_templates"] == [
        {"service_template_id": 11, "name": "Mail", "application_ids": ["5"]},
        {"service_template_id": 12, "name": "", "application_ids": []},
        {"service_template_id": 14, "name": "Both", "application_ids": ["5", "9", "unheard-of"]},
    ]
    assert [row["application_id"] for row in result["applications"]] == [5, 9]


def test_a_controller_that_does_not_know_the_type_is_an_error(wire: Any, run: Any) -> None:
    wire.call("pem.APS.getApplications", {}, APPLICATIONS)
    wire.token()
    wire.rest(LIST, {"message": "no such type"}, status=404)
    result = run("aps_service_template_info")
    assert result["failed"] is True
    assert "no such type" in result["msg"]
