# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Which offers exist: each has a resource type that is named after it (facts 6.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._service_templates import without_prefix

_PRODUCT = "office 365 "


def offers_by_name(names: Sequence[str], resource_types: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The offers that exist and those that are missing, as ``{"existing": [name], "missing": [name]}``.

    ``resource_types``: rows of ``oa_resource_type_info``. The name of a type may carry an instance's prefix, which
    ends with a colon, and the product's name in front; case and spaces do not count.
    """
    known = {_plain(str(row["name"])) for row in resource_types}
    return {
        "existing": [name for name in names if _plain(name) in known],
        "missing": [name for name in names if _plain(name) not in known],
    }


def _plain(name: str) -> str:
    text = " ".join(without_prefix(name).lower().split())
    return text.removeprefix(_PRODUCT)
