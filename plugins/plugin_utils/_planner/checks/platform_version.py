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
    wanted = " or ".join(str(row) for row in context.release.platforms)
    row = next((row for row in context.release.platforms if version in row.versions), None)
    if row is None:
        yield Finding(
            key="platform_version_not_supported",
            severity=BLOCKER,
            target="platform",
            title=f"Odin Automation {version} is not supported by application {context.release.release}",
            detail=f"The release requires {wanted}.",
            remedy="Upgrade the platform first, or choose the release that fits it.",
            link=context.release.paths_article,
        )
    elif row.hotfix and version == row.versions.minimum and row.hotfix not in map(str, platform["hotfixes"]):
        yield Finding(
            key="platform_hotfix_missing",
            severity=WARNING,
            target="platform",
            title=f"hotfix {row.hotfix} was not found among the builds that the platform reports",
            detail=f"Odin Automation {version} is supported only with this hotfix; whether the API reports hotfixes on "
            "every platform is not known.",
            remedy="Check the table hotfixes of the database oss for KB" + row.hotfix + " before you go on.",
        )
