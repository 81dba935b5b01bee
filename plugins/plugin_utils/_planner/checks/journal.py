# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The journal and the systems agree: what the journal calls done is as the run left it (design 7)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import DONE, STARTED, Context, site_key
from ..findings import BLOCKER, WARNING, Finding


def check(context: Context) -> Iterator[Finding]:
    for gateway in context.gateways:
        entry = context.journal_entry(site_key(gateway))
        target = gateway.target
        if entry.get("status") == DONE and entry["detail"]["fingerprint"] != target.fingerprint_before:
            yield Finding(
                key="endpoint_changed_since",
                severity=BLOCKER,
                target=f"site {target.site!r} on {target.endpoint_host}",
                title="its assemblies are not the ones that setup.cmd of this upgrade left",
                detail="The journal says that the site is upgraded; the site says otherwise. Going on would mix "
                "versions.",
                remedy="Find out who changed the site. To run setup.cmd for it again, change its status to "
                f"{STARTED!r} in {context.management_node.get('journal_folder', 'the journal')}/"
                f"{site_key(gateway)}.json, then run the same command again.",
            )
    if context.script_confirmed:
        yield _confirmed_outcome(context)
    elif context.script_outcome_unknown and not _was_not_run(context):
        yield _unknown_outcome(context)


def _was_not_run(context: Context) -> bool:
    """Whether the operator's word is enough for a first run: an upgraded instance cannot be where there was none."""
    said = context.choices.get("resource_settings_outcome") == "not_run"
    return said and context.journal_status("resource_settings") == STARTED


def _confirmed_outcome(context: Context) -> Finding:
    return Finding(
        key="script_confirmed",
        severity=WARNING,
        target=context.resource_settings_script,
        title="this run does not run it: resource_settings_outcome says that it completed on this installation",
        detail="Without the script the import of the package fails; the journal keeps your word, so that it is never "
        "run.",
        remedy="Leave the variable out, of inventories and files of variables too, if nobody ran the script here.",
    )


def _unknown_outcome(context: Context) -> Finding:
    if context.journal_status("resource_settings") == STARTED:
        title = "an earlier run started it and ended before it knew the outcome"
        remedy = (
            "Read its log (path in the journal entry resource_settings.json) and look at the platform. Then run again "
            "with resource_settings_outcome=completed if it did its work, or resource_settings_outcome=not_run if it "
            "changed nothing."
        )
    else:
        title = f"an instance is at {context.target_version} already, but this collection did not run the script"
        remedy = (
            "Find out who upgraded the instance, and whether the script was run before. If it was, run again with "
            "resource_settings_outcome=completed. If it was not, ask the vendor: the guide knows no way back."
        )
    return Finding(
        key="script_outcome_unknown",
        severity=BLOCKER,
        target=context.resource_settings_script,
        title=title,
        detail="The script must be run exactly once: a second run does damage, and without it the upgrade fails.",
        remedy=remedy,
    )
