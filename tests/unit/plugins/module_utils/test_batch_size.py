# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a batch may be so that it takes no longer than wanted."""

from __future__ import annotations

from ansible_collections.odin.office365.plugins.module_utils._batch_size import BatchSize


def sizes(*batches: tuple[int, float]) -> list[int]:
    """What the size is after each batch of so many operations that took so many seconds; it begins with 50, for 5 s."""
    size = BatchSize(50, 5)
    found = []
    for count, seconds in batches:
        size.took(count, seconds)
        found.append(size.current)
    return found


def test_it_begins_with_the_largest() -> None:
    assert BatchSize(50, 5).current == 50


def test_a_slow_platform_gets_what_it_can_do_in_time_at_once() -> None:
    assert sizes((50, 25), (10, 60)) == [10, 1]


def test_it_grows_again_at_most_twofold_up_to_the_largest() -> None:
    quick = [(count, 0.001) for count in (1, 2, 4, 8, 16, 32, 50)]
    assert sizes((50, 250), *quick) == [1, 2, 4, 8, 16, 32, 50, 50]


def test_what_tells_nothing_changes_nothing() -> None:
    assert sizes((0, 100), (50, 0)) == [50, 50]
