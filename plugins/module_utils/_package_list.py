# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that the platform has imported (``GET /aps/2/packages``, oa-api.md 6.3). Private; no Ansible import."""

from __future__ import annotations

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._errors import RefusedError
from ansible_collections.odin.office365.plugins.module_utils._versions import is_version, sort_key

#: Only packages that can be used
ACTIVE = "active()"


def imported_versions(aps: ApsClient, application: str, condition: str = "") -> list[str]:
    """The package versions (``version-release``) of an application, oldest first, each once.

    ``condition`` is an RQL expression that they fulfil, such as :data:`ACTIVE`.
    """
    found = {
        f"{entry.get('version')}-{entry.get('release')}"
        for entry in aps.items("packages", condition)
        if entry.get("id") == application and entry.get("version")
    }
    return sorted(found, key=sort_key)


def only_version(versions: list[str], wanted: str) -> str | None:
    """The one imported version that is ``wanted``, None where there is none; among several the user has to choose."""
    matching = [version for version in versions if is_version(version, wanted)]
    if len(matching) > 1:
        raise RefusedError(
            f"Version {wanted} stands for several imported packages: {', '.join(matching)}. Name one of them with its "
            "release."
        )
    return matching[0] if matching else None
