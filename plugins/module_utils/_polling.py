# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""How long to wait before the next look at something that takes an unknown time."""

from __future__ import annotations

_SHARE = 5
_SHORTEST = 0.5


def poll_pause(waited: float, longest: float) -> float:
    """Seconds until the next look, after ``waited`` seconds: a fifth of them, within half a second and ``longest``.

    What takes long is asked seldom, and what is quick is not waited for much longer than it takes: customers are
    locked out meanwhile.
    """
    return min(longest, max(_SHORTEST, waited / _SHARE))
