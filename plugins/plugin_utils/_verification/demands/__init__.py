# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The demands of the guide: one file each, found in this folder, named after the key that never changes.

Every file has ``STEP``, the word of the step that the demand belongs to (empty: of every procedure), and
``check(evidence) -> answers``.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def keys() -> list[str]:
    """The keys of all demands, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def demand(key: str) -> ModuleType:
    """The module of a demand."""
    return importlib.import_module(f"{__name__}.{key}")
