# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The resource-settings script has run."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, not_checkable, passed
from ..evidence import Evidence

STEP = "resource_settings"


def check(evidence: Evidence) -> Iterator[Answer]:
    script = evidence.context.release.script("resource_settings")
    done = [row for row in evidence.context.instances if evidence.context.is_upgraded(row)]
    claim = evidence.claim("resource_settings", of_whole_installation=True)
    if done:
        # The package takes in no instance before the script has run (guide, the failure that it describes).
        yield passed(script, f"{len(done)} instance(s) are upgraded, which the platform refuses before the script ran")
    else:
        yield not_checkable(
            script,
            f"no instance is upgraded, which would show that it ran. {claim}",
            "Look into its log on the management node, or ask who upgraded the installation.",
        )
