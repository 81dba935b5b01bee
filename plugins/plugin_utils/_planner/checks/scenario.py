# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P3: the scenario is one of the release, the instances are sorted into scenarios, and the sites fit it."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import SYNDICATION, Context
from ..findings import BLOCKER, WARNING, Finding


def check(context: Context) -> Iterator[Finding]:
    known = context.release.scenarios
    if context.scenario not in known:
        yield Finding(
            key="scenario_unknown",
            severity=BLOCKER,
            target=context.scenario,
            title=f"release {context.release.release} has no procedure for this scenario (it has: {', '.join(known)})",
            detail="The steps of an upgrade depend on the way in which Office 365 is sold.",
            remedy="Run the playbook of the scenario that you use.",
            link=context.release.paths_article,
        )
        return
    yield from _wrong_words(context)
    yield from _other_scenario(context)
    if context.scenario != SYNDICATION and not context.is_mixed:
        yield from _dispatchers(context)


def _wrong_words(context: Context) -> Iterator[Finding]:
    known = context.release.scenarios
    said = {f"instance {number}": word for number, word in context.choices.get("instance_scenarios", {}).items()}
    said |= {name: host.get("scenario") for name, host in context.endpoint_hosts.items() if host.get("scenario")}
    for target, word in said.items():
        if word not in known:
            yield Finding(
                key="scenario_of_instance_unknown",
                severity=BLOCKER,
                target=target,
                title=f"its scenario {word!r} is none of {', '.join(known)}",
                detail="Each playbook takes the instances of its own scenario only.",
                remedy="Correct office365_instance_scenarios, or office365_scenario of the endpoint host.",
            )
    numbers = {str(row["application_instance_id"]) for row in context.all_instances}
    if context.choices.get("instance_ids"):
        return  # the others were not read
    for number in context.choices.get("instance_scenarios", {}):
        if str(number) not in numbers:
            yield Finding(
                key="scenario_of_missing_instance",
                severity=BLOCKER,
                target=f"instance {number}",
                title="office365_instance_scenarios names it, but the application has no such instance",
                detail="A number that is wrong leaves another instance in the wrong scenario.",
                remedy="Compare office365_instance_scenarios with the Instances tab of the application.",
            )


def _other_scenario(context: Context) -> Iterator[Finding]:
    if not context.is_mixed:
        return
    left = [row for row in context.all_instances if row not in context.instances]
    names = ", ".join(str(row["application_instance_id"]) for row in left)
    if not context.instances:
        yield Finding(
            key="no_instance_of_scenario",
            severity=BLOCKER,
            target=f"application {context.facts['application_id']}",
            title=f"no instance is of the {context.scenario} scenario; all are of another one: {names}",
            detail="This playbook upgrades the instances of one scenario.",
            remedy="Run the playbook of the other scenario, or correct office365_instance_scenarios and "
            "office365_scenario of the endpoint hosts.",
        )
        return
    yield Finding(
        key="other_scenario_left",
        severity=WARNING,
        target=f"instance {names}",
        title="it is of another scenario: this run leaves it and its service templates alone",
        detail="The package and the resource-settings script belong to the whole application, so they reach it, too.",
        remedy="Upgrade it with the playbook of its scenario right afterwards.",
    )


def _dispatchers(context: Context) -> Iterator[Finding]:
    for name, host in context.endpoint_hosts.items():
        for row in host["applications"]:
            if "dispatcher" in str(row["name"]).lower():
                yield Finding(
                    key="dispatcher_site_found",
                    severity=WARNING,
                    target=name,
                    title=f"IIS application {row['name']} of site {row['site']!r} looks like a dispatcher, which only "
                    "the syndication scenario has",
                    detail="The procedure of the wrong scenario leaves out steps that this installation needs.",
                    remedy="Make sure that Office 365 is sold as a Cloud Solution Provider here; else run "
                    "upgrade_syndication.",
                )
