# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What the systems say, beside what the planner's context makes of it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

from .._planner.catalog import Procedure, Release
from .._planner.context import DONE, Context, entry_status
from .._planner.targets import Row, SiteTarget
from .._planner.versions import parse, without_release


@dataclasses.dataclass(frozen=True)
class Origin:
    """The version that the upgrade started from (empty: nobody knows), and how that is known."""

    version: str
    source: str


@dataclasses.dataclass(frozen=True)
class Evidence:
    """The planner's context and what was read for the verification only.

    That is the member ``verification`` of the facts; what is missing in it was not read.
    """

    context: Context

    @property
    def release(self) -> Release:
        return self.context.release

    @property
    def _read(self) -> Row:
        row: Row = self.context.facts.get("verification", {})
        return row

    # -- which demands there are -------------------------------------------------------------------------------

    @cached_property
    def origin(self) -> Origin:
        """Where the upgrade started: the operator's word, the journal, or what the platform still has.

        Raises ``ValueError`` where the operator's word is no version that a procedure starts from.
        """
        context = self.context
        told = str(context.choices.get("from_version") or "")
        if told:
            self._check_told(told)
            return Origin(told, "the operator says")
        remembered = context.step_entry("run").get("detail", {}).get("from_version")
        if remembered:
            return Origin(str(remembered), "the journal says")
        left = [without_release(row["package_version"]) for row in context.instances if not context.is_upgraded(row)]
        if left:
            return Origin(min(left, key=parse), "an instance that is not upgraded shows")
        imported = [version for version in context.imported_versions if self._procedure_from(version)]
        if imported:
            return Origin(max(imported, key=parse), "the newest older package that is imported shows")
        return Origin("", "nothing shows")

    @cached_property
    def procedure(self) -> Procedure:
        """The guide's procedure; the longest one of the scenario where nobody knows. Raises ``ValueError``."""
        found = self._procedure_from(self.origin.version) if self.origin.version else None
        if found is not None:
            return found
        mine = [row for row in self.release.procedures if self.context.scenario in row.scenarios]
        if not mine:
            raise ValueError(
                f"release {self.release.release} has no procedure for the scenario {self.context.scenario!r}"
            )
        return max(mine, key=lambda row: len(row.steps))

    def _check_told(self, version: str) -> None:
        with contextlib.suppress(ValueError):
            if self._procedure_from(version) is not None:
                return
        raise ValueError(
            f"office365_from_version is {version!r}, but no procedure of release {self.release.release} for the "
            f"scenario {self.context.scenario!r} starts from there. It can be "
            f"{self.release.accepted_text(self.context.scenario)}"
        )

    def _procedure_from(self, version: str) -> Procedure | None:
        return self.release.procedure(self.context.scenario, version)

    def step_id(self, word: str) -> str:
        """The guide's id of a step; empty where the procedure does not have it."""
        return next((step.id for step in self.procedure.steps if step.word == word), "")

    # -- what the journal says, which proves nothing -----------------------------------------------------------

    def claim(self, key: str, *, of_whole_installation: bool = False) -> str:
        """What the journal says of an action, as a sentence."""
        context = self.context
        entry = context.journal_entry(key) if of_whole_installation else context.step_entry(key)
        if not entry:
            return "The journal of this collection does not know of it"
        what = "that it was done" if entry_status(entry) == DONE else "that it was begun, not that it ended"
        detail = entry.get("detail") or {}
        outcome = f" (outcome: {detail['outcome']})" if detail.get("outcome") else ""
        return f"The journal claims {what}{outcome}, {entry.get('time') or 'at an unknown time'}"

    # -- endpoint hosts ----------------------------------------------------------------------------------------

    @property
    def sites(self) -> Sequence[SiteTarget]:
        """Every gateway and dispatcher site that was found."""
        return [gateway.target for gateway in self.context.gateways] + list(self.context.dispatchers.values())

    def host(self, name: str) -> Row:
        """What was read on an endpoint host for the verification."""
        row: Row = self._read.get("hosts", {}).get(name) or {}
        return row

    def csp_agent_call(self, name: str) -> Row:
        """The answer of the check URL: ``url`` (empty: none was given) and ``problem``."""
        row: Row = self._read.get("csp_agents", {}).get(name) or {}
        return row

    # -- platform ----------------------------------------------------------------------------------------------

    @property
    def target_packages(self) -> Sequence[Row]:
        """The imported packages of the version that is the goal."""
        rows: Sequence[Row] = self.context.facts.get("imported_packages", ())
        return [row for row in rows if without_release(row["package_version"]) == self.context.target_version]

    @property
    def setting_ids(self) -> Mapping[str, str]:
        """Ids of the settings ``url``, ``username`` and ``password``; an empty one is not known."""
        found: Mapping[str, str] = self._read.get("setting_ids") or {}
        return found

    @property
    def public_api(self) -> Row:
        """``url`` and ``username`` that the settings must have, where the operator gave them."""
        row: Row = self._read.get("public_api", {})
        return row

    def settings(self, instance_id: int) -> Mapping[str, str] | None:
        """The settings of an instance, secrets masked; ``None`` where they were not read."""
        rows: Sequence[Row] = self._read.get("instances") or ()
        return next((row["settings"] for row in rows if row["application_instance_id"] == instance_id), None)

    @property
    def resource_types(self) -> Sequence[Row]:
        """The resource types of the classes that matter; none where they were not read."""
        return self._read.get("resource_types") or ()

    @property
    def subscriptions(self) -> Sequence[Row]:
        """Rows of ``oa_subscription_resources_info``, one for each of :func:`.resources.demanded`."""
        rows: Sequence[Row] = self._read.get("subscriptions") or ()
        return rows

    # -- Billing -----------------------------------------------------------------------------------------------

    def files(self, word: str) -> Mapping[str, Row]:
        """By Billing server: ``destinations``, SHA-256 of what was ``given`` and is ``there``, and ``problem``."""
        return {name: row[word] for name, row in self._read.get("billing_hosts", {}).items() if word in row}
