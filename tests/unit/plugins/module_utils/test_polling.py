# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long to wait before the next look."""

from __future__ import annotations

import pytest
from ansible_collections.odin.office365.plugins.module_utils._polling import poll_pause


@pytest.mark.parametrize(
    ("waited", "longest", "expected"),
    [(0, 5, 0.5), (2.5, 5, 0.5), (10, 5, 2), (25, 5, 5), (3600, 5, 5), (0, 0.1, 0.1), (-7, 5, 0.5)],
)
def test_poll_pause(waited: float, longest: float, expected: float) -> None:
    assert poll_pause(waited, longest) == pytest.approx(expected)


def test_what_ends_is_noticed_within_a_fifth_of_its_time() -> None:
    clock = looks = 0.0
    while clock < 100:
        clock += poll_pause(clock, 60)
        looks += 1
    assert clock < 120
    assert looks < 30
