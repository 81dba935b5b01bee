# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What a command said, for a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def command_output(result: Mapping[str, Any]) -> str:
    """``stdout``, ``stderr`` and ``msg`` of a task's result in lines of their own, without what is empty."""
    texts = (str(result.get(name) or "").strip() for name in ("stdout", "stderr", "msg"))
    return "\n".join(text for text in texts if text)
