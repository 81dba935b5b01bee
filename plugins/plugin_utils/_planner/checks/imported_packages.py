# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P5, P6: the new package is not imported before its script ran, and no newer one is in the way (facts 1.4, 9.3)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import DONE, Context
from ..findings import BLOCKER, Finding
from ..versions import parse


def check(context: Context) -> Iterator[Finding]:
    target = context.target_version
    for version in context.imported_versions:
        if parse(version) > parse(target):
            yield Finding(
                key="newer_package_imported",
                severity=BLOCKER,
                target=f"package {version}",
                title=f"a package newer than {target} is imported on the platform",
                detail="The platform upgrades instances to the newest imported package only, so they would end at "
                f"{version} instead of {target}.",
                remedy=f"Remove version {version} on the Versions tab of the application, then run again.",
            )
    script = context.release.resource_settings_script
    waiting = context.script_package_version and context.journal_status("resource_settings") != DONE
    if waiting and target in context.imported_versions and not any(map(context.is_upgraded, context.instances)):
        yield Finding(
            key="imported_before_script",
            severity=BLOCKER,
            target=f"package {context.imported_versions[target]['package_version']}",
            title=f"it is imported already, but {script} has not been run by this collection",
            detail="A package imported before the script leaves its upgrade relations unfinished, and no instance can "
            "be upgraded. No instance is upgraded yet, so the guide's recovery is possible.",
            remedy=f"Remove version {target} on the Versions tab of the application (never the application itself), "
            "then run again: the script runs first and the package is imported after it.",
        )
