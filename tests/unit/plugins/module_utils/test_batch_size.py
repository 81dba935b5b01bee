# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a batch may be so that it takes no longer than wanted."""

from __future__ import annotations

from ansible_collections.odin.office365.plugins.module_utils._batch_size import BatchSize


def test_it_begins_with_the_largest() -> None:
    assert BatchSize(50, 5).current == 50


def test_a_slow_platform_gets_what_it_can_do_in_time_at_once() -> None:
    size = BatchSize(50, 5)
    size.took(50, 25)
    assert size.current == 10
    size.took(10, 60)
    assert size.current == 1


def test_it_grows_again_at_most_twofold_up_to_the_largest() -> None:
    size = BatchSize(50, 5)
    size.took(50, 250)
    grown = []
    for _batch in range(7):
        size.took(size.current, 0.001)
        grown.append(size.current)
    assert grown == [2, 4, 8, 16, 32, 50, 50]


def test_what_tells_nothing_changes_nothing() -> None:
    size = BatchSize(50, 5)
    size.took(0, 100)
    assert size.current == 50
    size.took(50, 0)
    assert size.current == 50
