# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The package is the one with which the upgrade was begun: one installation never gets parts of two."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context, site_key
from ..findings import BLOCKER, Finding


def check(context: Context) -> Iterator[Finding]:
    begun = str(context.step_entry("run").get("detail", {}).get("package_sha256") or "")
    now = str(context.package.get("sha256") or "")
    if not begun or not now or begun == now or not _is_under_way(context):
        return
    yield Finding(
        key="package_changed_since",
        severity=BLOCKER,
        target=context.package["path"],
        title=f"its SHA-256 is {now}, but the upgrade was begun with a package of {begun}",
        detail="Endpoint, platform and management node would get parts of two packages, and nobody could say which.",
        remedy="Put the file with which the upgrade was begun back to this path. If it was a wrong one, ask the vendor "
        "how to go on.",
    )


def _is_under_way(context: Context) -> bool:
    """Whether a part of the package is in use, and not every instance has it already."""
    touched = any(context.journal_entry(site_key(gateway)) for gateway in context.gateways)
    return (touched or context.target_version in context.imported_versions) and not context.all_upgraded
