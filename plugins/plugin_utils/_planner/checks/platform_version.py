# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P1: the platform's version and hotfix are in the set that the release accepts (facts 1.1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, WARNING, Finding


def check(context: Context) -> Iterator[Finding]:
    platform = context.facts["platform"]
    version = str(platform["version"])
    release = context.release
    if not release.platforms:
        yield Finding(
            key="platform_requirement_unknown",
            severity=WARNING,
            target="platform",
            title=f"which platforms application {release.release} supports is not known; this one is {version}",
            detail="An application on a platform that it does not support cannot be brought back.",
            remedy="Look it up in the release notes of the application before you confirm.",
            link=release.paths_article,
        )
        return
    row = next((row for row in release.platforms if version in row.versions), None)
    if row is None:
        yield Finding(
            key="platform_version_not_supported",
            severity=BLOCKER,
            target="platform",
            title=f"Odin Automation {version} is not supported by application {release.release}",
            detail=f"The release requires {' or '.join(map(str, release.platforms))}.",
            remedy="Upgrade the platform first, or choose the release that fits it.",
            link=release.paths_article,
        )
        return
    installed = " ".join(map(str, platform["hotfixes"])).lower()
    for hotfix in row.hotfixes_for(version):
        if hotfix.lower() not in installed:
            yield Finding(
                key="platform_hotfix_missing",
                severity=WARNING,
                target="platform",
                title=f"hotfix {hotfix} was not found among the builds that the platform reports",
                detail=f"Odin Automation {version} is supported only with this hotfix; whether every platform reports "
                "its hotfixes is not known.",
                remedy=f"Look for it in the table hotfixes of the database oss before you go on ({hotfix}).",
            )
