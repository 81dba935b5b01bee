"""Judge a finished upgrade by the lab's own state before and after it (the snapshots of ``office365-lab state``).

The lab reads them from its database and disks, so this does not depend on what the collection says of itself.
Usage: python -m tools.check_upgrade BEFORE.json AFTER.json [--procedure A] [--version 16.8.4]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

State = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Goal:
    """What the upgrade was to do: a version, by one of the guide's four procedures."""

    version: str = "16.8.4"
    procedure: str = "A"

    @property
    def is_long(self) -> bool:
        """From 16.6.x, with scripts, new resource types and customizations; from 16.8.3 there is none of that."""
        return self.procedure in ("A", "B")

    @property
    def has_dispatcher(self) -> bool:
        """In the syndication scenario."""
        return self.procedure in ("A", "C")


USUAL = Goal()
# names of the tasks of an import
IMPORT_TASKS = ("Importing APS package ", "updating upgrade relations for APS packages of application")
TRIAL_CHECKER = "script3.js"  # replaced in procedure A only
APPLICATION = "Office365"
SETTINGS_SCRIPT = "upgradeResourceSettings16-6To16-8.py"
# What every Office 365 service template and subscription has after the upgrade:
# resource class, activation parameter, its value
ADDED_RESOURCES = (
    ("rc.saas.service", "service_id", "TenantContactData"),
    ("rc.saas.resource.unit", "resource_id", "totalPointsSold"),
    ("rc.saas.resource.unit", "resource_id", "totalSeatsSold"),
)


def is_version(found: object, wanted: str) -> bool:
    """True for ``wanted`` itself, a release of it (16.8.4-34) and its four-part form (16.8.4.0)."""
    return str(found) == wanted or str(found).startswith((f"{wanted}-", f"{wanted}."))


def application_templates(state: State) -> list[dict[str, Any]]:
    """The service templates that sell something of an application instance."""
    return [template for template in state["service_templates"] if template["instance_ids"]]


def is_gateway(application: dict[str, Any]) -> bool:
    """True for the web application of a gateway site."""
    return str(application["name"]).startswith(f"{APPLICATION}Gateway")


def check_instances(before: State, after: State, goal: Goal) -> Iterator[str]:
    """Every instance is upgraded, ready, and knows the Public API's password; none is gone."""
    missing = {row["id"] for row in before["instances"]} - {row["id"] for row in after["instances"]}
    if missing:
        yield f"instances are gone: {sorted(missing)}"
    for row in after["instances"]:
        if not is_version(row["package_version"], goal.version) or row["status"] != "Ready":
            yield f"instance {row['name']} is {row['status']} at {row['package_version']}, not Ready at {goal.version}"
        if goal.is_long and not row["public_api_password_ok"]:
            yield f"instance {row['name']} cannot log in to the Public API with its settings"
    kept = {row["id"]: row["settings"] for row in before["instances"]}
    for row in after["instances"]:
        if not goal.is_long and row["settings"] != kept.get(row["id"]):
            yield f"the settings of instance {row['name']} were changed, which procedure {goal.procedure} does not do"


def check_package(_before: State, after: State, goal: Goal) -> Iterator[str]:
    """The package is imported once, ready, enabled, with its upgrade relations."""
    imported = [row for row in after["packages"] if row["application"] == APPLICATION]
    found = [row for row in imported if is_version(row["version"], goal.version)]
    if len(found) != 1:
        yield f"{len(found)} packages of version {goal.version} are imported, not one"
    for row in found:
        if row["status"] != "Ready" or row["enabled"] is not True or row["relations"] != "ok":
            facts = f"{row['status']}, enabled: {row['enabled']}, upgrade relations: {row['relations']}"
            yield f"package {row['version']} is {facts}"


def check_endpoint_hosts(_before: State, after: State, goal: Goal) -> Iterator[str]:
    """Every gateway and dispatcher application has the new files, each gateway by one successful setup."""
    for name, host in after["endpoint_hosts"].items():
        applications = [row for row in host["applications"] if row["name"].startswith(APPLICATION)]
        gateways = [row for row in applications if is_gateway(row)]
        for row in applications:
            if not is_version(row["version"], goal.version):
                where = f"{name}: application {row['name']} of site {row['site']}"
                yield f"{where} is at {row['version']}, not {goal.version}"
        runs = [run for run in host["setup_runs"] if run["exit_code"] == 0]
        for run in runs:
            yield from (f"{name}: {problem}" for problem in setup_problems(run["arguments"], goal))
        if len(runs) != len(gateways):
            yield f"{name}: {len(runs)} successful runs of setup.cmd for {len(gateways)} gateway sites"
        if gateways and host["iisreset_runs"] < 1:
            yield f"{name}: iisreset has not run"


def check_sites(_before: State, after: State, _goal: Goal) -> Iterator[str]:
    """Every site and application pool runs."""
    for name, host in after["endpoint_hosts"].items():
        for site in host["sites"]:
            if site["state"] != "Started":
                yield f"{name}: site {site['name']} is {site['state']}"
        for pool in host["application_pools"]:
            if pool["state"] != "Started":
                yield f"{name}: application pool {pool['name']} is {pool['state']}"


def setup_problems(arguments: dict[str, Any], goal: Goal) -> Iterator[str]:
    """What is wrong with the parameters of a run of setup.cmd."""
    site = arguments.get("GatewaySiteName")
    dispatcher = sorted(word for word in arguments if word.startswith("Dispatcher"))
    if goal.has_dispatcher and len(dispatcher) != 3:
        yield f"setup.cmd for {site} got {len(dispatcher)} parameters of the dispatcher, not 3"
    if not goal.has_dispatcher and dispatcher:
        yield f"setup.cmd for {site} got {', '.join(dispatcher)}, which the CSP scenario does not have"
    if not goal.has_dispatcher and "MSCertPath" in arguments:
        yield f"setup.cmd for {site} got MSCertPath, which the CSP scenario does not have"
    if arguments.get("Force") is not True:
        yield f"setup.cmd for {site} was started without Force"


def check_csp_agents(before: State, after: State, goal: Goal) -> Iterator[str]:
    """csp-agent-war of the hosts that the inventory names is another one, runs, and has its old configuration."""
    replaced = {
        name
        for name, row in after["csp_agents"].items()
        if row["war_sha256"] != before["csp_agents"][name]["war_sha256"]
    }
    if goal.has_dispatcher and replaced:
        yield f"csp-agent-war of {', '.join(sorted(replaced))} was replaced, which is not of the syndication scenario"
    if not goal.has_dispatcher and after["csp_agents"] and not replaced:
        yield "csp-agent-war has not been replaced on any host"
    platforms = {after["csp_agents"][name]["platform"] for name in replaced}
    for name, row in after["csp_agents"].items():
        if row["platform"] in platforms and name not in replaced:
            yield f"{name}: csp-agent-war has not been replaced"
        if row["service_state"] != "running":
            yield f"{name}: the service of csp-agent-war is {row['service_state']}"
        if row["configuration_sha256"] != before["csp_agents"][name]["configuration_sha256"]:
            yield f"{name}: the configuration of csp-agent-war was changed"


def check_resource_settings(before: State, after: State, goal: Goal) -> Iterator[str]:
    """The resource settings are converted by exactly one run of the script, where they were not converted before."""
    settings, runs_before = after["resource_settings"], before["resource_settings"]["script_runs"]
    if not goal.is_long:
        if after["script_runs"] != before["script_runs"]:
            yield f"scripts ran on the management node, which procedure {goal.procedure} does not do"
        if settings != before["resource_settings"]:
            yield "the resource settings were changed"
        return
    wanted = 0 if before["resource_settings"]["converted"] else 1
    if settings["script_runs"] - runs_before != wanted:
        yield f"{SETTINGS_SCRIPT} ran {settings['script_runs'] - runs_before} times, not {wanted}"
    if settings["damaged"] or not settings["converted"]:
        yield f"resource settings: converted: {settings['converted']}, damaged: {settings['damaged']}"


def check_added_resources(before: State, after: State, goal: Goal) -> Iterator[str]:
    """Every Office 365 template and subscription has the added resource types; those it had keep their limits."""
    if not goal.is_long:
        for word in ("service_templates", "subscriptions", "resource_types"):
            if after[word] != before[word]:
                yield f"{word.replace('_', ' ')} were changed, which procedure {goal.procedure} does not do"
        return
    added = {
        resource[-1]: {row["id"] for row in after["resource_types"] if is_resource(row, *resource)}
        for resource in ADDED_RESOURCES
    }
    templates = {row["id"]: row for row in application_templates(after)}
    for row in templates.values():
        present = {resource["id"] for resource in row["resource_types"]}
        for word, ids in added.items():
            if not present & ids:
                yield f"service template {row['name']} lacks {word}"
    kept = {row["id"]: row["resource_types"] for row in before["subscriptions"]}
    for row in after["subscriptions"]:
        if row["service_template_id"] in templates:
            present = {int(number) for number in row["resource_types"]}
            for word, ids in added.items():
                if not present & ids:
                    yield f"subscription {row['id']} lacks {word}"
        changed = {key for key, limit in kept.get(row["id"], {}).items() if row["resource_types"].get(key) != limit}
        if changed:
            yield f"subscription {row['id']}: limits of resource types {sorted(changed)} have changed"
        if row["service_template_id"] not in templates and row["resource_types"] != kept.get(row["id"]):
            yield f"subscription {row['id']} has nothing to do with {APPLICATION} and was changed"
    if set(kept) != {row["id"] for row in after["subscriptions"]}:
        yield "the list of subscriptions has changed"


def is_resource(row: dict[str, Any], resource_class: str, parameter: str, value: str) -> bool:
    """True where a resource type is of this class and has this activation parameter."""
    return bool(row["resource_class"] == resource_class and row["activation_parameters"].get(parameter) == value)


def check_activity(before: State, after: State, _goal: Goal) -> Iterator[str]:
    """Exactly the service templates that were active before are active."""
    was = {row["id"] for row in before["service_templates"] if row["active"]}
    now = {row["id"] for row in after["service_templates"] if row["active"]}
    if was - now:
        yield f"service templates were active and are not any more: {sorted(was - now)}"
    if now - was:
        yield f"service templates were not active and are now: {sorted(now - was)}"


def check_tasks(before: State, after: State, _goal: Goal) -> Iterator[str]:
    """No task is left: the platform's list holds open and failed ones only. Those of others were there before.

    An import that is repeated leaves tasks of the first one: the recovery of one that came too early cancels the task
    that failed, and one that somebody cancelled stays in the list.
    """
    known = {row["id"] for row in before["tasks"]}
    for row in after["tasks"]:
        is_taken_back = row["status"] == "c" and any(name in row["name"] for name in IMPORT_TASKS)
        if row["id"] not in known and not is_taken_back:
            yield f"task {row['id']} ({row['name']}) is left with status {row['status']}"


def check_billing(before: State, after: State, goal: Goal) -> Iterator[str]:
    """The customization files of store and panels are replaced; autoconf.py has set the units and left the fees."""
    for path, digest in before["billing"]["files"].items():
        is_replaced = after["billing"]["files"].get(path) not in (None, digest)
        is_wanted = goal.is_long and (goal.procedure == "A" or not path.endswith(TRIAL_CHECKER))
        if is_wanted and not is_replaced:
            yield f"customization file {path} has not been replaced"
        if not is_wanted and is_replaced:
            yield f"customization file {path} was replaced, which procedure {goal.procedure} does not do"
    if goal.is_long and not after["billing"]["units"]:
        yield "autoconf.py has set no unit"
    if not goal.is_long and after["billing"]["units"] != before["billing"]["units"]:
        yield "units were changed"
    fees = {rate["id"]: fees_of(rate) for plan in after["billing"]["plans"] for rate in plan["rates"]}
    for plan in before["billing"]["plans"]:
        for rate in plan["rates"]:
            if fees.get(rate["id"]) != fees_of(rate):
                yield f"plan {plan['name']}: the fees of rate {rate['id']} are not {fees_of(rate)} any more"


def fees_of(rate: dict[str, Any]) -> tuple[float, float]:
    """Setup fee and recurring fee."""
    return float(rate["setup_fee"]), float(rate["recurring_fee"])


CHECKS: tuple[Callable[[State, State, Goal], Iterator[str]], ...] = (
    check_package,
    check_instances,
    check_endpoint_hosts,
    check_sites,
    check_csp_agents,
    check_resource_settings,
    check_added_resources,
    check_activity,
    check_tasks,
    check_billing,
)


def problems(before: State, after: State, goal: Goal = USUAL) -> list[str]:
    """Everything that is not as the guide wants it after the upgrade; empty where all is well."""
    return [problem for check in CHECKS for problem in check(before, after, goal)]


def summary(after: State) -> str:
    """One line with the sizes of what was checked, so that an empty lab cannot pass unnoticed."""
    hosts = after["endpoint_hosts"].values()
    gateways = sum(is_gateway(row) for host in hosts for row in host["applications"])
    return (
        f"{len(after['instances'])} instances, {gateways} gateway applications on {len(hosts)} hosts, "
        f"{len(application_templates(after))} service templates, {len(after['subscriptions'])} subscriptions"
    )


def report(before: State, after: State, goal: Goal = USUAL, shown: int = 20) -> bool:
    """Print the verdict; True where nothing is wrong."""
    found = problems(before, after, goal)
    if not found:
        print(f"State of the lab after the upgrade: as the guide wants it ({summary(after)}).")
        return True
    print(f"State of the lab after the upgrade: {len(found)} problems ({summary(after)}).", file=sys.stderr)
    for problem in found[:shown]:
        print(f"  - {problem}", file=sys.stderr)
    if len(found) > shown:
        print(f"  ... and {len(found) - shown} more", file=sys.stderr)
    return False


def main() -> int:
    """Exit code 1 where something is wrong."""
    parser = argparse.ArgumentParser(description="Judge a finished upgrade by the lab's state before and after it.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--version", default=USUAL.version)
    parser.add_argument("--procedure", default=USUAL.procedure, choices=("A", "B", "C", "D"))
    arguments = parser.parse_args()
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (arguments.before, arguments.after))
    return 0 if report(before, after, Goal(arguments.version, arguments.procedure)) else 1


if __name__ == "__main__":
    sys.exit(main())
