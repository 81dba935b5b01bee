# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Sets of versions as the catalog writes them: closed lists, ranges, and several of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from .versions import at_least, in_series, parse


@dataclasses.dataclass(frozen=True)
class VersionRange:
    """A closed list of versions, or a series (``16.6``) with bounds; empty means open, ``above`` is excluded itself."""

    series: str = ""
    minimum: str = ""
    maximum: str = ""
    above: str = ""
    versions: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> VersionRange:
        """Build a range from the catalog's YAML. Raises ``TypeError`` for a member that a range does not have."""
        return cls(**{**data, "versions": tuple(data.get("versions", ()))})

    def __contains__(self, version: object) -> bool:
        if not isinstance(version, str):
            return False
        number = parse(version)
        if self.versions and number not in map(parse, self.versions):
            return False
        if self.series and not in_series(version, self.series):
            return False
        if self.minimum and not at_least(version, self.minimum):
            return False
        if self.above and number <= parse(self.above):
            return False
        return not self.maximum or number <= parse(self.maximum)

    def __str__(self) -> str:
        if self.versions:
            return "exactly " + " or ".join(self.versions)
        if self.minimum and self.minimum == self.maximum:
            return f"exactly {self.minimum}"
        text = f"{self.minimum} or later" if self.minimum else f"above {self.above}" if self.above else "any"
        if self.series:
            text += f" {self.series}.x"
        return text + (f" up to {self.maximum}" if self.maximum else "")


@dataclasses.dataclass(frozen=True)
class VersionSet:
    """Every version that one of some ranges holds."""

    ranges: tuple[VersionRange, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> VersionSet:
        """Build a set from one range or a list of ranges. Raises ``TypeError`` as :class:`VersionRange` does."""
        rows = [data] if isinstance(data, Mapping) else data
        return cls(tuple(VersionRange.from_data(row) for row in rows))

    def __contains__(self, version: object) -> bool:
        return any(version in area for area in self.ranges)

    def __str__(self) -> str:
        return " or ".join(map(str, self.ranges))
