# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a batch may be so that it takes no longer than wanted: pure. Private; no Ansible import."""

from __future__ import annotations

_GROWTH = 2.0


class BatchSize:
    """Begins with the largest size; follows the time that batches take towards ``seconds``, the target.

    A transaction locks what it writes, so a platform that became slow gets smaller ones at once. A quick answer makes
    the next one at most twice as large, because a single quick answer may be luck.
    """

    def __init__(self, largest: int, seconds: float) -> None:
        self._largest = largest
        self._seconds = seconds
        self.current = largest

    def took(self, count: int, seconds: float) -> None:
        """A batch of ``count`` operations took ``seconds``."""
        if not count:
            return
        fitting = count * self._seconds / seconds if seconds > 0 else self._largest
        grown = min(fitting, self.current * _GROWTH)
        self.current = max(1, min(self._largest, int(grown)))
