# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What is known of the release is enough to upgrade to it; steps that no playbook does are done by hand."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog import NO_PROCEDURE, OVERVIEW_ONLY
from ..context import Context
from ..findings import BLOCKER, WARNING, Finding


def check(context: Context) -> Iterator[Finding]:
    release = context.release
    if release.state == NO_PROCEDURE:
        yield Finding(
            key="release_without_procedure",
            severity=BLOCKER,
            target=f"release {release.release}",
            title="nothing is known of the procedure of this release",
            detail="The upgrade cannot be undone, so nothing is guessed.",
            remedy="Get the vendor's upgrade document of this release and write a file of the catalog after it "
            "(plan_catalog_file).",
            link=release.paths_article,
        )
    elif release.state == OVERVIEW_ONLY:
        yield Finding(
            key="release_overview_only",
            severity=WARNING,
            target=f"release {release.release}",
            title="only the list of its steps is known, not how each is done",
            detail="What the playbooks do in a step is what the step of that name needs in other releases.",
            remedy="Compare every step with the vendor's document before you confirm.",
            link=release.paths_article,
        )
    for step in context.procedure.steps if context.procedure else ():
        if context.is_by_hand(step):
            yield Finding(
                key="step_by_hand",
                severity=BLOCKER,
                target=step.id,
                title=f"no playbook does this step ({step.word}): {step.title}",
                detail="A step that is left out leaves the installation between two releases.",
                remedy=f"Do it by hand after the vendor's document, then add {step.word} to office365_confirmed_steps. "
                "No playbook can stop for it: where it comes after steps of the playbook, do this upgrade by hand.",
            )
