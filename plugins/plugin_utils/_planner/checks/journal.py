# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The journal and the systems agree: what the journal calls done is as the run left it (design 7)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import DONE, STARTED, Context, Gateway, not_run, site_key
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
                f"{STARTED!r} in {context.journal_folder}/{site_key(gateway)}.json, then run the same command again.",
            )
        if not entry and not context.is_upgraded(gateway.instance) and _looks_upgraded(context, gateway):
            yield _upgraded_before(context, gateway)
    said = str(context.choices.get("resource_settings_outcome") or "")
    if said not in ("", "completed") and not said.startswith("not_run:"):
        yield _unknown_word(said)
    if context.script_outcome_unknown and not context.script_was_not_run:
        yield _unknown_outcome(context)
    elif context.script_confirmed and not context.journal_entry("resource_settings"):
        yield _by_hand(context)


def _looks_upgraded(context: Context, gateway: Gateway) -> bool:
    """Whether the assemblies of a site are called as the release is; no version of theirs is documented (facts 5.5)."""
    return f"{gateway.target.version_before}.".startswith(f"{context.target_version}.")


def _upgraded_before(context: Context, gateway: Gateway) -> Finding:
    target = gateway.target
    return Finding(
        key="endpoint_upgraded_before",
        severity=WARNING,
        target=f"site {target.site!r} on {target.endpoint_host}",
        title=f"its assemblies are at {target.version_before} already, but the journal does not know of it",
        detail="setup.cmd is run for it again. Where the journal was lost, other steps would be done again, too.",
        remedy="If an earlier run upgraded it, bring the journal back, or set office365_state_folder to where it is: "
        f"it is looked for in {context.journal_folder}.",
    )


def _unknown_word(said: str) -> Finding:
    return Finding(
        key="parameter_unknown_outcome",
        severity=BLOCKER,
        target="resource_settings_outcome",
        title=f"{said!r} is neither completed nor not_run:<start>",
        detail="Taken for nothing, it would let the script run that somebody ran before, and a second run does damage.",
        remedy="Write -e resource_settings_outcome=completed where the script did its work; the value for a start that "
        "changed nothing is in the message about it. Leave it out where nobody ran the script.",
    )


def _by_hand(context: Context) -> Finding:
    """Nothing but the operator's word tells that the script was run; an imported package is at least in keeping."""
    imported = context.target_version in context.imported_versions
    return Finding(
        key="resource_settings_by_hand",
        severity=WARNING if imported else BLOCKER,
        target=context.resource_settings_script,
        title="resource_settings_outcome says that it was run by hand, so this run leaves it out",
        detail="The package cannot be imported without it. A value that was meant for another installation or an "
        "earlier upgrade would leave it out, too.",
        remedy="Leave the variable out, of inventories and files of variables too, if nobody ran the script here.",
    )


def _unknown_outcome(context: Context) -> Finding:
    entry = context.journal_entry("resource_settings")
    if entry:
        title = "an earlier run started it and ended before it knew the outcome"
        remedy = (
            "Read its log (path in the journal entry resource_settings.json) and look at the platform. Then run again "
            f"with -e resource_settings_outcome=completed if it did its work, or "
            f"-e resource_settings_outcome={not_run(entry)} if that start changed nothing."
        )
    elif context.has_script_log:
        log = f"{context.management_node['work_folder']}/{context.resource_settings_script}.log"
        title = f"an earlier run left its log, {log}, but the journal in {context.journal_folder} does not know of it"
        remedy = (
            "If the journal was moved or lost, bring it back, or set office365_state_folder to where it is. Else read "
            "the log and look at the platform: if the script did its work, run again with "
            "-e resource_settings_outcome=completed; if the log is of something else, move it away."
        )
    else:
        title = f"an instance is at {context.target_version} already, but this collection did not run the script"
        remedy = (
            "Find out who upgraded the instance, and whether the script was run before. If it was, run again with "
            "-e resource_settings_outcome=completed. If it was not, ask the vendor: the guide knows no way back."
        )
    return Finding(
        key="script_outcome_unknown",
        severity=BLOCKER,
        target=context.resource_settings_script,
        title=title,
        detail="The script must be run exactly once: a second run does damage, and without it the upgrade fails.",
        remedy=remedy,
    )
