# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Values as they come out of templates: ansible-core before 2.19 makes text of every single value."""

from __future__ import annotations


def is_true(value: object) -> bool:
    """Whether a truth value, or the text that a template made of it, is true."""
    return value is True or str(value).strip().lower() in ("true", "yes", "1")
