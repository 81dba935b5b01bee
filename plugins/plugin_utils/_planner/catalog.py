# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""A release of the catalog as typed data; ``roles/plan/files/releases/README.md`` explains its members."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .ranges import VersionRange, VersionSet

FULL = "full"
OVERVIEW_ONLY = "overview_only"
NO_PROCEDURE = "no_procedure"
STATES = (FULL, OVERVIEW_ONLY, NO_PROCEDURE)


class CatalogError(ValueError):
    """An entry of the catalog cannot be understood; the text says what is wrong."""


@dataclasses.dataclass(frozen=True)
class PlatformRange:
    """Platform versions that the release accepts.

    ``hotfixes`` (KB numbers or names) must be installed; on one version only where ``hotfixes_only_for`` names it.
    """

    versions: VersionRange
    hotfixes: tuple[str, ...] = ()
    hotfixes_only_for: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> PlatformRange:
        members = dict(data)
        hotfixes = tuple(map(str, members.pop("hotfixes", ())))
        only_for = str(members.pop("hotfixes_only_for", ""))
        return cls(VersionRange.from_data(members), hotfixes, only_for)

    def hotfixes_for(self, version: str) -> tuple[str, ...]:
        """The hotfixes that a version of this range needs."""
        return self.hotfixes if self.hotfixes_only_for in ("", version) else ()

    def __str__(self) -> str:
        if not self.hotfixes:
            return str(self.versions)
        who = f"{self.hotfixes_only_for} needs" if self.hotfixes_only_for else "with"
        return f"{self.versions} ({who} hotfix {' and '.join(self.hotfixes)})"


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of a procedure: its id in the guide, the word of its tag, its title.

    ``irreversible``: nothing brings back the state before it. ``mandatory``: the guide does not leave it to the reader.
    """

    id: str
    word: str
    title: str
    irreversible: bool = False
    mandatory: bool = True


@dataclasses.dataclass(frozen=True)
class Procedure:
    """One upgrade procedure of the guide."""

    id: str
    scenarios: tuple[str, ...]
    accepted: VersionSet
    title: str
    steps: tuple[Step, ...]

    @property
    def words(self) -> frozenset[str]:
        """The words of its steps."""
        return frozenset(step.word for step in self.steps)


@dataclasses.dataclass(frozen=True)
class ScriptSource:
    """The package that a script is taken from, for a range of installed versions."""

    installed: VersionRange
    package: str


@dataclasses.dataclass(frozen=True)
class Script:
    """A script of the vendor; without ``sources`` it comes from the package of the release."""

    name: str
    sources: tuple[ScriptSource, ...] = ()

    def package_for(self, version: str) -> str:
        """The package version that it comes from; empty where it comes from that of the release."""
        return next((row.package for row in self.sources if version in row.installed), "")


@dataclasses.dataclass(frozen=True)
class Notice:
    """What is said with every plan of the release, from a platform version on.

    ``checked_by`` is a check that makes it superfluous where it had all that it needs.
    """

    key: str
    target: str
    title: str
    detail: str
    remedy: str
    platform_minimum: str = ""
    checked_by: str = ""


@dataclasses.dataclass(frozen=True)
class Release:
    """One release of the application and everything that differs from other releases."""

    release: str
    state: str
    paths_article: str
    application_id: str
    application_name: str
    package_prefix: str
    platforms: tuple[PlatformRange, ...]
    scripts: Mapping[str, Script]
    resource_types: Mapping[str, Any]
    new_offers: tuple[str, ...]
    failed_import_tasks: str
    notices: tuple[Notice, ...]
    procedures: tuple[Procedure, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Release:
        """Build a release from the catalog's YAML. Raises :class:`CatalogError` for an entry that is incomplete."""
        try:
            return cls._from_data(data)
        except KeyError as error:
            raise CatalogError(f"the entry of release {data.get('release')} has no member {error}") from error
        except (TypeError, AttributeError, ValueError) as error:
            raise CatalogError(f"the entry of release {data.get('release')} is wrong: {error}") from error

    @classmethod
    def _from_data(cls, data: Mapping[str, Any]) -> Release:
        state = data["state"]
        if state not in STATES:
            raise ValueError(f"state {state!r} is none of {', '.join(STATES)}")
        return cls(
            release=str(data["release"]),
            state=state,
            paths_article=data["paths_article"],
            application_id=data["application"]["id"],
            application_name=data["application"]["name"],
            package_prefix=data["application"]["package_prefix"],
            platforms=tuple(PlatformRange.from_data(row) for row in data["platform"]["accepted"]),
            scripts={word: _script(row) for word, row in data.get("scripts", {}).items()},
            resource_types=data.get("resource_types", {}),
            new_offers=tuple(data.get("new_offers", ())),
            failed_import_tasks=data.get("failed_import", {}).get("tasks", ""),
            notices=tuple(Notice(**row) for row in data.get("warnings", ())),
            procedures=tuple(_procedure(name, row) for name, row in data["procedures"].items()),
        )

    def procedure(self, scenario: str, version: str) -> Procedure | None:
        """The procedure for an installed version, or ``None`` where the guide has none."""
        return next((p for p in self.procedures if scenario in p.scenarios and version in p.accepted), None)

    def accepted_text(self, scenario: str) -> str:
        """The versions that can be upgraded in a scenario, for messages."""
        return ", ".join(str(p.accepted) for p in self.procedures if scenario in p.scenarios) or "no version"

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Every scenario that the release has a procedure for."""
        return tuple(dict.fromkeys(name for procedure in self.procedures for name in procedure.scenarios))

    def script(self, word: str) -> str:
        """The name of a step's script; empty where it has none."""
        return self.scripts[word].name if word in self.scripts else ""


def _script(row: Mapping[str, Any]) -> Script:
    sources = (
        ScriptSource(VersionRange.from_data(source["installed"]), str(source["package"]))
        for source in row.get("packages", ())
    )
    return Script(row["name"], tuple(sources))


def _procedure(name: str, row: Mapping[str, Any]) -> Procedure:
    return Procedure(
        id=name,
        scenarios=tuple(row["scenarios"]),
        accepted=VersionSet.from_data(row["from"]),
        title=row["title"],
        steps=tuple(Step(**step) for step in row["steps"]),
    )
