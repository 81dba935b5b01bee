# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a run, and the small filters of the roles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from ansible_collections.odin.office365.plugins.filter.upgrade import FilterModule
from ansible_collections.odin.office365.plugins.plugin_utils._command_output import command_output
from ansible_collections.odin.office365.plugins.plugin_utils._service_templates import (
    by_resource_type,
    named_resource_types,
    subscription_requirements,
    without_resource_types,
)
from ansible_collections.odin.office365.plugins.plugin_utils._summary import upgrade_summary
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import facts, planner


def observed(**changes: Any) -> dict[str, Any]:
    files = [{"name": "Gateway.dll", "file_version": "16.8.4.0", "sha256": "x"}]
    return {
        "instances": [{"application_instance_id": 1001, "package_version": "16.8.4-34"}],
        "assemblies": {
            "iis01": {"result": {"folders": [{"path": "C:\\Gateway 1\\bin", "files": files}]}},
            "iis02": {"skipped": True},
        },
        "stopped_at": "2026-11-23T10:00:00+00:00",
        "started_at": "2026-11-23T10:01:30.500000+00:00",
        "results": {},
        "notes": ["read this"],
        "check_mode": False,
        **changes,
    }


def test_versions_before_and_after() -> None:
    summary = upgrade_summary(planner(facts()).plan(), observed())
    assert summary["upgrade"] == "16.6.4 to 16.8.4"
    assert summary["instances"] == [
        {"application_instance_id": 1001, "before": "16.6.4-20", "after": "16.8.4-34"},
        {"application_instance_id": 1002, "before": "16.6.4-20", "after": "unknown"},
    ]
    assert [(row["site"], row["before"], row["after"]) for row in summary["gateway_sites"]] == [
        ("Gateway 1", "16.6.4.0", "16.8.4.0"),
        ("Gateway 2", "16.6.4.0", "unknown"),
    ]
    assert summary["provisioning_stopped_seconds"] == 90.5
    assert "Changed: nothing" in summary["lines"]


def test_a_run_that_stopped_nothing_and_changed_nothing() -> None:
    summary = upgrade_summary(planner(facts()).plan(), observed(stopped_at="", started_at="", check_mode=True))
    assert summary["provisioning_stopped_seconds"] is None
    assert summary["lines"][0].endswith("(check mode: nothing was changed)")
    assert summary["lines"][-2:] == ["Note: read this", "Provisioning was not stopped"]


def test_a_clock_that_was_set_back_gives_no_length_of_the_outage() -> None:
    summary = upgrade_summary(planner(facts()).plan(), observed(started_at="2026-11-23T09:00:00+00:00"))
    assert "the clock was set back in between" in summary["lines"][-1]


@pytest.mark.parametrize(
    ("words", "pending", "told"),
    [
        (["tenant_contact_data"], ["tenant_contact_data", "start_provisioning"], True),
        (["tenant_contact_data"], ["start_provisioning"], True),
        (["tenant_contact_data"], [], False),
        (["endpoint"], ["start_provisioning"], False),
    ],
)
def test_the_half_of_contact_data_in_billing_is_left_to_the_operator(
    words: list[str], pending: list[str], told: bool
) -> None:
    path = Path(__file__).parents[4] / "playbooks" / "vars" / "summary.yml"
    text = yaml.safe_load(path.read_text(encoding="utf-8"))["office365_billing_half_note"]
    note = jinja2.Template(text).render(
        office365_words=words,
        office365_pending=pending,
        office365_step_ids=dict.fromkeys(words, "A10"),
        office365_plan={"resource_types": {"tenant_contact_data": {"name": "Contact Data"}}},
    )
    assert note == "" or "Billing" in note
    assert note.startswith("A10 is done in Operations only") == told


def test_changes_are_counted() -> None:
    changed, same = {"changed": True}, {"changed": False}
    results = {
        "stop_provisioning": {"rows": [changed, changed, same]},
        "contact_data_templates": {"results": [{"rows": [changed]}, {"skipped": True}, {"rows": [changed]}]},
        "endpoint": 2,
        "files": 0,
        "csp_agents": 2,
        "offers": 8,
        "removed_package": {"changed": True},
        "package": {"changed": True},
    }
    assert upgrade_summary(planner(facts()).plan(), observed(results=results))["changes"] == [
        "2 service template(s) deactivated",
        "Tenant Contact Data in 2 service template(s)",
        "setup.cmd run for 2 gateway site(s)",
        "csp-agent-war upgraded on 2 host(s)",
        "8 new offer(s) created",
        "package removed that was imported too early",
        "package imported",
    ]


TYPES = [
    {"resource_type_id": 5, "name": "Office 365 Tenant"},
    {"resource_type_id": 6, "name": "O365INST2: Office 365 Tenant"},
    {"resource_type_id": 7, "name": "Office 365 Tenant Contact Data"},
]


def test_resource_types_are_known_with_and_without_the_prefix_of_an_instance() -> None:
    assert named_resource_types(TYPES, ["Office 365 Tenant", "none"]) == [5, 6]


def test_subscriptions_must_have_what_their_template_has_of_these_names() -> None:
    templates = [
        {"service_template_id": 1, "resource_types": TYPES},
        {"service_template_id": 2, "resource_types": TYPES[2:]},
    ]
    assert subscription_requirements(templates, ["Office 365 Tenant"]) == [
        {"service_template_ids": [1], "resource_type_ids": [5, 6]},
        {"service_template_ids": [2], "resource_type_ids": []},
    ]


def test_templates_that_lack_a_type() -> None:
    templates = [
        {"service_template_id": 1, "resource_types": TYPES[:1]},
        {"service_template_id": 2, "resource_types": TYPES},
    ]
    lacking = without_resource_types(templates, ["Office 365 Tenant", "Office 365 Tenant Contact Data"])
    assert [row["service_template_id"] for row in lacking] == [1]


def test_templates_are_grouped_by_the_type_that_they_need() -> None:
    templates = [
        {"service_template_id": 1, "instance_ids": [1001, 1002]},
        {"service_template_id": 2, "instance_ids": [1002]},
    ]
    assert by_resource_type(templates, {"1001": 77, "1002": 78}) == [
        {"resource_type_id": 77, "service_template_ids": [1]},
        {"resource_type_id": 78, "service_template_ids": [1, 2]},
    ]
    assert by_resource_type(templates, {"1001": 77, "1002": 77}) == [
        {"resource_type_id": 77, "service_template_ids": [1, 2]}
    ]


def test_what_a_command_said() -> None:
    assert command_output({"stdout": " a\n", "stderr": "", "msg": "non-zero"}) == "a\nnon-zero"
    assert command_output({"rc": 1, "stdout": None}) == ""


def test_every_filter_can_be_called() -> None:
    assert all(callable(function) for function in FilterModule().filters().values())
