# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oa_subscription_resources_info."""

from __future__ import annotations

from typing import Any

from ansible_collections.odin.office365.tests.unit.plugins.modules.test_oa_subscription_resources import (
    expect_list,
    expect_subscription,
)

MODULE = "oa_subscription_resources_info"
WANTED = {"service_template_ids": [12], "resource_type_ids": [77, 78]}


def test_counts_what_is_missing_and_names_the_first(wire: Any, run: Any) -> None:
    wire.token()
    expect_list(wire, "serviceTemplateId=eq=12", 1, 2, 3, 4)
    expect_subscription(wire, 1, t77=-1)
    expect_subscription(wire, 2, t78=5)
    expect_subscription(wire, 3)
    expect_subscription(wire, 4, t77=-1, t78="-1")
    assert run(MODULE, requirements=[WANTED], readers=1, shown=1) == {
        "changed": False,
        "requirements": [
            {
                "service_template_ids": [12],
                "subscriptions": 4,
                "fulfilled": False,
                "lacking": [
                    {"resource_type_id": 77, "count": 2, "subscription_ids": [2]},
                    {"resource_type_id": 78, "count": 2, "subscription_ids": [1]},
                ],
                "unreadable": {"count": 0, "first": []},
            }
        ],
    }


def test_every_requirement_has_its_row(wire: Any, run: Any) -> None:
    wire.token()
    expect_list(wire, "serviceTemplateId=eq=13", template=13)
    expect_list(wire, "serviceTemplateId=eq=12", 1)
    expect_subscription(wire, 1, t77=-1, t78=-1)
    other = {"service_template_ids": [13], "resource_type_ids": [80]}
    rows = run(MODULE, requirements=[other, WANTED], readers=1)["requirements"]
    assert [(row["service_template_ids"], row["subscriptions"]) for row in rows] == [([13], 0), ([12], 1)]
    assert [part["count"] for row in rows for part in row["lacking"]] == [0, 0, 0]
    assert [row["fulfilled"] for row in rows] == [True, True]


def test_a_subscription_that_cannot_be_read_lacks_nothing_and_is_told(wire: Any, run: Any) -> None:
    wire.token()
    expect_list(wire, "serviceTemplateId=eq=12", 1)
    wire.refused("pem.getSubscription", {"subscription_id": 1, "get_resources": True}, error_message="it is gone")
    (row,) = run(MODULE, requirements=[WANTED], readers=1)["requirements"]
    assert [part["count"] for part in row["lacking"]] == [0, 0]
    assert row["unreadable"]["count"] == 1
    assert row["fulfilled"] is False
    assert row["unreadable"]["first"][0]["subscription_id"] == 1
    assert "it is gone" in row["unreadable"]["first"][0]["message"]
