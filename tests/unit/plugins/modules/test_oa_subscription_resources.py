# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oa_subscription_resources."""

from __future__ import annotations

from typing import Any

import pytest
import requests

MODULE = "oa_subscription_resources"
TYPES = {"resource_types": [{"resource_type_id": 77}], "readers": 1}


def expect_list(wire: Any, condition: str, *numbers: int, template: int = 12) -> None:
    rows = [{"subscriptionId": number, "serviceTemplateId": template} for number in numbers]
    wire.rest(f"collections/subscriptions?{condition},sort(+subscriptionId),limit(0,500)", rows)


def expect_subscription(wire: Any, number: int, **types: Any) -> None:
    rows = [{"resource_type_id": int(key[1:]), "limit": limit} for key, limit in types.items()]
    wire.call(
        "pem.getSubscription",
        {"subscription_id": number, "get_resources": True},
        {"st_id": 12, "owner_id": 1000002, "resource_types": rows},
    )


def operation(number: int, **limits: str) -> tuple[str, dict[str, Any]]:
    rows = [{"resource_type_id": int(key[1:]), "limit": limit} for key, limit in limits.items()]
    arguments = {"subscription_id": number, "autoprovide": False, "resource_limits": rows, "parameters": []}
    return "pem.setResourceTypeLimits", arguments


@pytest.mark.parametrize("check", [True, False])
def test_fills_the_gaps_of_a_templates_subscriptions(wire: Any, run: Any, check: bool) -> None:
    wire.token()
    expect_list(wire, "serviceTemplateId=eq=12", 1000001, 1000002, 1000003)
    expect_subscription(wire, 1000001, t5=-1)
    expect_subscription(wire, 1000002, t77="-1")
    expect_subscription(wire, 1000003)
    if not check:
        wire.batch(operation(1000001, t77="-1"), operation(1000003, t77="-1"))
    result = run(MODULE, check=check, diff=True, service_template_ids=[12], **TYPES)
    assert result["changed"] is True
    assert result["counts"] == {"subscriptions": 3, "changed": 2, "unchanged": 1, "failed": 0}
    assert result["rows"][0] == {
        "subscription_id": 1000001,
        "service_template_id": 12,
        "owner_id": 1000002,
        "changed": True,
        "outcome": "changed",
        "resource_types_added": [77],
        "limits_changed": [],
        "message": "",
        "error": None,
    }
    assert [row["subscription_id"] for row in result["rows"]] == [1000001, 1000003]
    assert result["diff"] == {
        "before": {"1000001": {}, "1000003": {}},
        "after": {"1000001": {"77": -1}, "1000003": {"77": -1}},
    }


def test_the_second_run_only_reads(wire: Any, run: Any) -> None:
    expect_subscription(wire, 1000001, t77=-1)
    result = run(MODULE, subscription_ids=[1000001, 1000001], return_unchanged=True, **TYPES)
    assert result["changed"] is False
    assert [row["outcome"] for row in result["rows"]] == ["unchanged"]


def test_a_present_limit_stays_as_it_is(wire: Any, run: Any) -> None:
    expect_subscription(wire, 1000001, t77=10)
    assert run(MODULE, subscription_ids=[1000001], **TYPES)["changed"] is False


@pytest.mark.parametrize("check", [True, False])
def test_a_present_limit_changes_on_demand(wire: Any, run: Any, check: bool) -> None:
    expect_subscription(wire, 1000001, t77=10)
    if not check:
        wire.batch(operation(1000001, t77="-1"))
    result = run(MODULE, check=check, diff=True, subscription_ids=[1000001], update_limits=True, **TYPES)
    assert result["rows"][0]["limits_changed"] == [77]
    assert result["diff"] == {"before": {"1000001": {"77": 10}}, "after": {"1000001": {"77": -1}}}


def test_works_in_portions(wire: Any, run: Any) -> None:
    for portion in ((1, 2), (3,)):
        for number in portion:
            expect_subscription(wire, number)
        wire.batch(*(operation(number, t77="-1") for number in portion))
    assert run(MODULE, subscription_ids=[1, 2, 3], batch_size=2, **TYPES)["counts"]["changed"] == 3


def test_several_templates_are_asked_for_at_once_and_the_answer_is_not_trusted(wire: Any, run: Any) -> None:
    wire.token()
    expect_list(wire, "in(serviceTemplateId,(12,13))", 1, 2, template=99)
    assert run(MODULE, service_template_ids=[12, 13], **TYPES)["counts"]["subscriptions"] == 0


def test_a_refused_batch_is_repeated_one_by_one(wire: Any, run: Any) -> None:
    for number in (1, 2, 3):
        expect_subscription(wire, number)
    operations = [operation(number, t77="-1") for number in (1, 2, 3)]
    wire.batch(*operations, error_message="no", module_id="Common", extype_id=4)
    wire.call(*operations[0])
    wire.refused(*operations[1], error_message="limit is out of bounds", module_id="SaaS", extype_id=7)
    wire.call(*operations[2])
    result = run(MODULE, subscription_ids=[1, 2, 3], **TYPES)
    assert result["failed"] is True
    assert result["msg"].startswith("1 of 3 subscriptions failed, the others are done: 2: ")
    assert [row["outcome"] for row in result["rows"]] == ["changed", "failed", "changed"]
    assert result["rows"][1]["error"] == {"method": "pem.setResourceTypeLimits", "module_id": "SaaS", "extype_id": 7}


def test_a_subscription_that_cannot_be_read_is_a_failure_of_its_own(wire: Any, run: Any) -> None:
    arguments = {"subscription_id": 1, "get_resources": True}
    wire.refused("pem.getSubscription", arguments, error_message="it is gone")
    expect_subscription(wire, 2)
    wire.batch(operation(2, t77="-1"))
    result = run(MODULE, subscription_ids=[1, 2], **TYPES)
    assert [row["outcome"] for row in result["rows"]] == ["failed", "changed"]
    assert "it is gone" in result["rows"][0]["message"]


def lose_batch(wire: Any, *operations: tuple[str, dict[str, Any]]) -> None:
    def fail(_request: Any) -> Any:
        raise requests.exceptions.ConnectionError(ConnectionResetError())

    params = tuple({"operation": name, "parameters": [arguments]} for name, arguments in operations)
    wire.raw("pem.batchRequest", params, fail)


def test_after_a_lost_answer_only_what_is_missing_is_written_again(wire: Any, run: Any) -> None:
    expect_subscription(wire, 1)
    expect_subscription(wire, 2)
    lose_batch(wire, operation(1, t77="-1"), operation(2, t77="-1"))
    expect_subscription(wire, 1, t77=-1)
    expect_subscription(wire, 2)
    wire.batch(operation(2, t77="-1"))
    result = run(MODULE, subscription_ids=[1, 2], **TYPES)
    assert result["counts"]["changed"] == 2


def test_a_second_loss_ends_the_run_and_nothing_is_called_done(wire: Any, run: Any) -> None:
    expect_subscription(wire, 1)
    lose_batch(wire, operation(1, t77="-1"))
    expect_subscription(wire, 1)
    lose_batch(wire, operation(1, t77="-1"))
    result = run(MODULE, subscription_ids=[1], **TYPES)
    assert result["failed"] is True
    assert "Allowed Networks" in result["msg"]
    assert result["rows"][0]["outcome"] == "failed"
    assert result["rows"][0]["message"].startswith("not written, or not known whether it was: ")
