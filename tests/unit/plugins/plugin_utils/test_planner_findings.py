# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that the operator knows and goes on with."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._planner.findings import (
    BLOCKER,
    INFO,
    WARNING,
    Finding,
)
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import facts, planner

DISK = {"key": "disk_space", "target": "iis01", "reason": "the disk grows by itself"}


def findings(*accepted: Any, **changes: Any) -> list[Finding]:
    """What stands in the way on an installation with two full disks and without poaupdater."""
    found = facts()
    for name in ("iis01", "iis02"):
        found["endpoint_hosts"][name]["host_facts"]["free_bytes"] = 0
    found["management_node"]["poaupdater"] = False
    found.update(changes)
    return planner(found, accepted_findings=list(accepted)).findings()


def stopping(rows: list[Finding]) -> list[str]:
    return [f"{row.key} {row.target}" for row in rows if row.stops]


def test_without_a_word_of_the_operator_every_blocker_stops() -> None:
    assert stopping(findings()) == ["disk_space iis01", "disk_space iis02"]


def test_a_blocker_is_accepted_by_its_target_and_with_a_reason() -> None:
    rows = findings(DISK)
    assert stopping(rows) == ["disk_space iis02"]
    (accepted,) = [row for row in rows if row.accepted]
    assert accepted.lines()[1:] == ["  Accepted: the disk grows by itself"]
    assert accepted.severity == BLOCKER
    assert rows[-1] == accepted


@pytest.mark.parametrize("word", [{"target": ""}, {"target": "iis03"}, {"reason": " "}, {"key": "disk"}])
def test_a_blocker_is_not_accepted_by_less(word: dict[str, str]) -> None:
    assert stopping(findings({**DISK, **word})) == ["disk_space iis01", "disk_space iis02"]


def test_a_warning_is_accepted_by_its_key() -> None:
    (row,) = [row for row in findings({"key": "poaupdater_missing"}) if row.key == "poaupdater_missing"]
    assert row.accepted == "known to the operator"


def test_what_leaves_nothing_to_upgrade_cannot_be_accepted() -> None:
    word = {"key": "instance_not_found", "target": "application 5", "reason": "never mind"}
    assert "instance_not_found application 5" in stopping(findings(word, instances=[]))


@pytest.mark.parametrize(
    ("word", "severity", "title"),
    [
        (
            {"target": "iis03"},
            WARNING,
            "a blocker is accepted by its target and with a reason; the targets are: iis01, iis02",
        ),
        (
            {"reason": ""},
            WARNING,
            "a blocker is accepted by its target and with a reason; the targets are: iis01, iis02",
        ),
        ({"key": "disk"}, INFO, "this run has no such finding"),
        ({"key": "instance_not_found"}, WARNING, "such a finding cannot be accepted"),
    ],
)
def test_an_acceptance_that_does_not_count_is_a_finding(word: dict[str, str], severity: str, title: str) -> None:
    rows = findings({**DISK, **word}, **({"instances": []} if "key" in word else {}))
    (said,) = [row for row in rows if row.key == "acceptance_without_effect"]
    assert (said.severity, said.title) == (severity, title)
    assert said.target == f"{word.get('key', 'disk_space')} {word.get('target', 'iis01')}"


def test_every_blocker_says_whether_it_can_be_accepted() -> None:
    disk = findings()[0]
    (lost,) = [row for row in findings(instances=[]) if row.key == "instance_not_found"]
    row = '{"key": "disk_space", "target": "iis01", "reason": "<why>"}'
    assert disk.lines()[-1] == f"  To go on all the same: add {row} to office365_accepted_findings."
    assert lost.lines()[-1] == "  To go on all the same: impossible, this finding cannot be accepted."


def test_an_address_that_only_the_platform_reaches_can_be_accepted() -> None:
    at_url = {"url": "http://files/x.zip", "secret": False, "error": "refused", "sha256": ""}
    word = {"key": "package_url_unreadable", "target": "office365_package_url", "reason": "only the platform may"}
    (row,) = [row for row in findings(word, package_at_url=at_url) if row.key == word["key"]]
    assert row.accepted == word["reason"]


@pytest.mark.parametrize("row", ["disk_space", {"target": "iis01"}, {"key": "disk_space", "because": "x"}])
def test_a_row_that_is_none_is_refused(row: Any) -> None:
    with pytest.raises(ValueError, match="in office365_accepted_findings is no row with key"):
        findings(row)
