# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What preflight has to say: one row per finding, with a key that never changes."""

from __future__ import annotations

import dataclasses

BLOCKER = "blocker"
WARNING = "warning"
INFO = "info"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One finding.

    ``key`` names the kind for ever (users accept findings by it), ``target`` what it is about, ``title`` what
    happened, ``detail`` why it matters, ``remedy`` what to do next, ``link`` where to read more (may be empty).
    """

    key: str
    severity: str
    target: str
    title: str
    detail: str
    remedy: str
    link: str = ""

    def lines(self) -> list[str]:
        """The finding as text for the person at the keyboard."""
        text = [f"{self.severity.upper()} {self.key}: {self.target}: {self.title}", f"  Why it matters: {self.detail}"]
        text.append(f"  What to do: {self.remedy}")
        if self.link:
            text.append(f"  See: {self.link}")
        return text
