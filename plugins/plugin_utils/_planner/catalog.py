# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""A release of the catalog (``roles/plan/files/releases/<version>.yml``) as typed data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .versions import at_least, in_series, parse


@dataclasses.dataclass(frozen=True)
class VersionRange:
    """A set of versions: a series (``16.6``) and/or a lowest and a highest member; empty text means open."""

    series: str = ""
    minimum: str = ""
    maximum: str = ""

    def __contains__(self, version: object) -> bool:
        if not isinstance(version, str):
            return False
        if self.series and not in_series(version, self.series):
            return False
        if self.minimum and not at_least(version, self.minimum):
            return False
        return not self.maximum or parse(version) <= parse(self.maximum)

    def __str__(self) -> str:
        if self.minimum and self.minimum == self.maximum:
            return f"exactly {self.minimum}"
        text = f"{self.minimum} or later" if self.minimum else "any"
        if self.series:
            text += f" {self.series}.x"
        return text + (f" up to {self.maximum}" if self.maximum else "")


@dataclasses.dataclass(frozen=True)
class PlatformRange:
    """Platform versions that the release accepts; ``hotfix`` is a KB number that the lowest version needs."""

    versions: VersionRange
    hotfix: str = ""

    def __str__(self) -> str:
        return f"{self.versions}" + (f" ({self.versions.minimum} needs hotfix {self.hotfix})" if self.hotfix else "")


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of a procedure: its id in the guide, the word of its tag, its title."""

    id: str
    word: str
    title: str
    irreversible: bool = False


@dataclasses.dataclass(frozen=True)
class Procedure:
    """One upgrade procedure of the guide."""

    id: str
    scenario: str
    accepted: VersionRange
    title: str
    steps: tuple[Step, ...]


@dataclasses.dataclass(frozen=True)
class ScriptSource:
    """The package that the resource-settings script is taken from, for a range of installed versions."""

    installed: VersionRange
    package: str


@dataclasses.dataclass(frozen=True)
class Release:
    """One release of the application and everything that differs from other releases."""

    release: str
    paths_article: str
    application_id: str
    application_name: str
    platforms: tuple[PlatformRange, ...]
    resource_settings_script: str
    resource_settings_sources: tuple[ScriptSource, ...]
    procedures: tuple[Procedure, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Release:
        """Build a release from the catalog's YAML. Raises ``KeyError`` or ``TypeError`` for an incomplete entry."""
        script = data.get("resource_settings") or {"script": "", "packages": []}
        return cls(
            release=str(data["release"]),
            paths_article=data["paths_article"],
            application_id=data["application"]["id"],
            application_name=data["application"]["name"],
            platforms=tuple(
                PlatformRange(VersionRange(row["series"], row["minimum"]), row.get("hotfix", ""))
                for row in data["platform"]["accepted"]
            ),
            resource_settings_script=script["script"],
            resource_settings_sources=tuple(
                ScriptSource(
                    VersionRange("", row["installed_minimum"], row.get("installed_maximum", "")), row["package"]
                )
                for row in script["packages"]
            ),
            procedures=tuple(
                Procedure(
                    id=name,
                    scenario=row["scenario"],
                    accepted=VersionRange(**row["from"]),
                    title=row["title"],
                    steps=tuple(Step(**step) for step in row["steps"]),
                )
                for name, row in data["procedures"].items()
            ),
        )

    def procedure(self, scenario: str, version: str) -> Procedure | None:
        """The procedure for an installed version, or ``None`` where the guide has none."""
        return next((p for p in self.procedures if p.scenario == scenario and version in p.accepted), None)

    def accepted_text(self, scenario: str) -> str:
        """The versions that can be upgraded in a scenario, for messages."""
        return ", ".join(str(p.accepted) for p in self.procedures if p.scenario == scenario)

    def script_package(self, version: str) -> str:
        """The package version that the resource-settings script comes from; empty where the procedure has none."""
        return next((row.package for row in self.resource_settings_sources if version in row.installed), "")
