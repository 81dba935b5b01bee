# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The checks of preflight: one file each, found in this folder; every file has ``check(context) -> findings``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..findings import Finding

if TYPE_CHECKING:
    from ..context import Context


def names() -> list[str]:
    """The names of all checks, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def every_finding(context: Context) -> Iterator[Finding]:
    """The findings of all checks."""
    for name in names():
        yield from importlib.import_module(f"{__name__}.{name}").check(context)
