# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P2: the guide has a procedure for the installed version, and all instances are at the same version."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, Finding
from ..versions import without_release


def check(context: Context) -> Iterator[Finding]:
    release = context.release
    if not context.facts.get("application_id"):
        yield Finding(
            key="application_not_found",
            severity=BLOCKER,
            target=release.application_id,
            title="the platform has no application with this APS id",
            detail="There is nothing to upgrade, or the Public API of another installation was called.",
            remedy="Check oa_api_url; Services > Applications of the Provider Control Panel lists the applications.",
        )
        return
    if not context.all_instances:
        wanted = context.choices.get("instance_ids")
        yield Finding(
            key="instance_not_found",
            severity=BLOCKER,
            target=f"application {context.facts['application_id']}",
            title="no application instance was found" + (f" with the ids {wanted}" if wanted else ""),
            detail="The gateways to upgrade are found through the application's instances.",
            remedy="Check office365_instance_ids against the Instances tab of the application.",
        )
        return
    canary = context.canary_instance
    if canary and canary not in {int(row["application_instance_id"]) for row in context.instances}:
        yield Finding(
            key="canary_instance_unknown",
            severity=BLOCKER,
            target=f"instance {canary}",
            title="application_canary_instance_id names it, but it is not among the instances that are upgraded",
            detail="It is to be upgraded before all others, so that a failure reaches one instance only.",
            remedy="Name one of the instances of this upgrade, or leave the variable out: then the first one goes "
            "first.",
        )
    accepted = release.accepted_text(context.scenario)
    begun = bool(context.step_entry("run"))
    allowed = {context.from_version, context.target_version} if begun else {context.from_version}
    for instance in context.instances:
        version = without_release(instance["package_version"])
        target = f"instance {instance['application_instance_id']}"
        if version == context.target_version and not begun:
            yield Finding(
                key="upgraded_elsewhere",
                severity=BLOCKER,
                target=target,
                title=f"it is at {version} already, but this collection has no journal of that upgrade",
                detail="Which of the guide's steps were done cannot be seen from outside; a second run of some of them "
                "does damage.",
                remedy="If it was upgraded by hand, nothing is left to do here. If this collection did it, restore "
                f"{context.journal_folder} on the management node; the folder of the reports has a copy of what was "
                "written from this controller.",
            )
        elif version != context.target_version and release.procedure(context.scenario, version) is None:
            yield Finding(
                key="version_not_supported",
                severity=BLOCKER,
                target=target,
                title=f"version {version} cannot be upgraded to {release.release} ({context.scenario} scenario)",
                detail=f"The guide has procedures for {accepted} only, and there is no way back from an upgrade.",
                remedy="Upgrade along the allowed upgrade paths first.",
                link=release.paths_article,
            )
        elif version not in allowed:
            yield Finding(
                key="versions_differ",
                severity=BLOCKER,
                target=target,
                title=f"it is at {version}, another instance at {context.from_version}",
                detail="All instances share one platform and one import of the package; a procedure fits one version.",
                remedy="Bring all instances to the same version first, along the allowed upgrade paths.",
                link=release.paths_article,
            )
