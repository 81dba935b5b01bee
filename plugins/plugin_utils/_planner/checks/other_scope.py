# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What an upgrade of other instances, or of the other scenario, has stopped is not forgotten (facts 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from ..._plain_text import shortened
from ..context import STARTED, Context, entry_status
from ..findings import BLOCKER, WARNING, Finding

_SUFFIX = "-provisioning"


def check(context: Context) -> Iterator[Finding]:
    inactive = {row["service_template_id"] for row in context.service_templates if not row["active"]}
    for key, entry in context.management_node.get("journal", {}).items():
        scope = key[: -len(_SUFFIX)]
        if not key.endswith(_SUFFIX) or scope == context.scope or entry_status(entry) != STARTED:
            continue
        stopped = entry.get("detail", {}).get("service_template_ids", ())
        mine = sorted(inactive.intersection(stopped))
        yield Finding(
            key="provisioning_stopped_by_other_upgrade",
            severity=BLOCKER if mine else WARNING,
            target=f"upgrade {scope}",
            title="it has stopped provisioning and has not started it again: service templates "
            + shortened([str(number) for number in mine or stopped]),
            detail="This run is about other instances and would not activate them at its end.",
            remedy="Go on with that upgrade first, with the variables that it was begun with (its name is scenario and "
            "office365_instance_ids). If it is not to be finished, activate the templates (General tab), then change "
            f"its status to 'done' in {context.journal_folder}/{key}.json.",
        )
