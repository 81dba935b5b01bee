# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a plan."""

from __future__ import annotations

from typing import Any

from ansible_collections.odin.office365.plugins.plugin_utils._pages import plan_page
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import facts, planner
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.page_reader import Reader


def page(**changes: Any) -> str:
    found = facts()
    found.update(changes)
    planned = planner(found, accepted_findings=[{"key": "brand_data", "reason": "no brands here"}])
    rows = [vars(row) for row in planned.findings()]
    return plan_page({"made": "2026-11-24T20:00:00Z", "plan": planned.plan(), "findings": rows})


def test_tells_everything_of_the_plan() -> None:
    read = Reader(page())
    assert read.open == []
    for text in (
        "16.6.4 to 16.8.4",
        "there is no way back from this upgrade",
        "Accepted: no brands here",
        "point of no return",
        "site 'Gateway 1' on iis01",
        "10.20.2.11",
        "stopped, active again at the end",
        "dispatcher: upgraded together with the gateways",
    ):
        assert text in read.text, text


def test_needs_nothing_from_the_network() -> None:
    read = Reader(page())
    assert {"script", "link", "img", "iframe"}.isdisjoint(read.tags)
    assert [value for name, value in read.attributes if name in ("src", "href")] == []
    assert "url(" not in page()
    assert "@import" not in page()


def test_names_are_data_whatever_they_look_like() -> None:
    evil = '<script>alert(1)</script> {{ 7*7 }} & "quoted"'
    found = facts()
    found["service_templates"][0]["name"] = evil
    text = page(service_templates=found["service_templates"])
    assert "<script>" not in text
    assert evil in Reader(text).text
