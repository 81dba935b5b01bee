# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long provisioning will be stopped."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._planner.estimate import (
    MEANING,
    estimate,
    estimate_line,
)
from ansible_collections.odin.office365.plugins.plugin_utils._planner.plan import plan_differences, plan_lines
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import facts, planner

POWERS = {name: 10**number for number, name in enumerate(MEANING)}


def sized(hosts: dict[str, int], instances: int) -> dict[str, Any]:
    plan: dict[str, Any] = planner(facts()).plan()
    plan["endpoint_hosts"] = {
        name: {"gateway_sites": [{"pending": True}] * sites + [{"pending": False}]} for name, sites in hosts.items()
    }
    plan["endpoint_batches"] = [list(hosts)]
    plan["instances"] = [{"pending": True}] * instances
    return plan


def test_batches_count_one_after_another() -> None:
    plan = sized({"iis01": 2, "iis02": 5, "iis03": 1}, 1)
    plan["endpoint_batches"] = [["iis03"], ["iis01", "iis02"]]
    durations = {**dict.fromkeys(POWERS, 0), "setup": 100, "iisreset": 1}
    assert estimate(plan, durations, parallel=1)["seconds"] == 100 * (1 + 5) + 2


@pytest.mark.parametrize(("forks", "sites", "rounds"), [(0, 5, 1), (3, 5, 1), (2, 5 + 1, 2), (1, 2 + 5 + 1, 3)])
def test_hosts_wait_for_a_fork(forks: int, sites: int, rounds: int) -> None:
    durations = {**dict.fromkeys(POWERS, 0), "setup": 100, "iisreset": 1}
    found = estimate(sized({"iis01": 2, "iis02": 5, "iis03": 1}, 1), durations, 1, forks)
    assert found["seconds"] == 100 * sites + rounds


def test_hosts_count_side_by_side_and_sites_one_after_another() -> None:
    found = estimate(sized({"iis01": 2, "iis02": 5, "iis03": 1}, 3), POWERS, parallel=1)
    assert found["slowest_host"] == "iis02"
    # one digit for each duration, csp_agent last: procedure A has none
    assert found["seconds"] == 1111_3_1_1_1_5_0
    assert found["missing"] == []


@pytest.mark.parametrize(("instances", "parallel", "rounds"), [(0, 1, 0), (1, 4, 1), (5, 4, 2), (6, 4, 3), (3, 0, 3)])
def test_the_first_instance_goes_alone(instances: int, parallel: int, rounds: int) -> None:
    durations = {**dict.fromkeys(MEANING, 0), "instance": 1}
    assert estimate(sized({"iis01": 1}, instances), durations, parallel)["seconds"] == rounds


def test_what_is_not_known_is_not_guessed() -> None:
    plan = planner(facts(), durations={"setup": 60, "import": 1}).plan()
    found = plan["estimate"]
    assert found["seconds"] is None
    assert found["missing"][:2] == ["iisreset", "resource_settings"]
    assert "setup" not in found["missing"]
    assert "Outage: no estimate, because office365_durations does not tell iisreset" in "\n".join(plan_lines(plan))


def test_the_estimate_stands_in_the_plan_and_changes_no_id() -> None:
    without, with_it = planner(facts()).plan(), planner(facts(), durations=dict.fromkeys(MEANING, "60")).plan()
    assert without["id"] == with_it["id"]
    assert plan_differences(without, with_it) == []
    assert estimate_line(with_it["estimate"]) == (
        "Outage: about 10 min, by office365_durations; the slowest endpoint host is iis01"
    )


@pytest.mark.parametrize(
    ("durations", "message"),
    [
        ({"steup": 1}, "has no member 'steup'; it has csp_agent, setup"),
        ({"setup": "soon"}, "setup \\(setup.cmd for one gateway site\\) is 'soon', not a number of seconds"),
        ({"setup": -1}, "is -1, not"),
        ({"setup": "nan"}, "is 'nan', not"),
    ],
)
def test_bad_durations(durations: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        planner(facts(), durations=durations).plan()
