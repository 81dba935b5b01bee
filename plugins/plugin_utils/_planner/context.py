# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What is known and what follows from it: the common ground of the checks and of the plan."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from .catalog import Procedure, Release, Step
from .findings import BLOCKER, Finding
from .rolling import whole_number
from .service_templates import template_instances
from .steps import KNOWN_WORDS
from .targets import Row, SiteNotFoundError, SiteTarget, find_site, split_dispatcher_url
from .values import is_true
from .versions import parse, without_release

DONE = "done"
STARTED = "started"
SYNDICATION = "syndication"


@dataclasses.dataclass(frozen=True)
class Gateway:
    """An application instance and the gateway site that serves it."""

    instance: Row
    target: SiteTarget


def site_key(gateway: Gateway) -> str:
    """The journal's key for ``setup.cmd`` of one gateway site."""
    return f"setup-{gateway.target.endpoint_host}-{gateway.instance['application_instance_id']}"


def endpoint_host_key(host: str) -> str:
    """The journal's key for the end of the work on an endpoint host: IIS restarted, its sites looked at."""
    return f"endpoint-{host}"


def csp_agent_key(host: str) -> str:
    """The journal's key for csp-agent-war on one host."""
    return f"csp-agent-{host}"


def not_run(entry: Row) -> str:
    """What the operator says where the start of the script that ``entry`` tells of changed nothing."""
    return f"not_run:{entry.get('detail', {}).get('start', '')}"


def entry_status(entry: Row) -> str:
    """``done``, ``started`` or empty text: what a journal entry says.

    ``done`` as well where the run that started a script ended before it could note the outcome, and the script itself
    ended with exit code 0.
    """
    return DONE if (entry.get("ended") or {}).get("rc") == 0 else str(entry.get("status", ""))


@dataclasses.dataclass(frozen=True)
class Context:
    """Facts (as the role ``collect`` gathers them), the operator's choices and the release that is the goal.

    Raises ``KeyError`` from its properties only where ``collect`` left a fact out, which is a defect of ours.
    """

    release: Release
    scenario: str
    facts: Mapping[str, Any]
    choices: Mapping[str, Any]

    # -- the platform ------------------------------------------------------------------------------------------

    @property
    def management_node(self) -> Row:
        node: Row = self.facts["management_node"]
        return node

    @property
    def endpoint_hosts(self) -> Mapping[str, Row]:
        hosts: Mapping[str, Row] = self.facts["endpoint_hosts"]
        return hosts

    @property
    def all_instances(self) -> Sequence[Row]:
        """Every instance of the application that was read, whatever its scenario."""
        rows: Sequence[Row] = self.facts["instances"]
        return rows

    @cached_property
    def instances(self) -> Sequence[Row]:
        """The instances of the scenario that is upgraded; those of the other one are left alone."""
        return [row for row in self.all_instances if self._scenario_of(row) == self.scenario]

    @property
    def is_mixed(self) -> bool:
        """Whether the application has instances of another scenario, too."""
        return len(self.instances) < len(self.all_instances)

    @property
    def is_whole_application(self) -> bool:
        """Whether every instance of the application is upgraded by this run."""
        return not self.is_mixed and not self.choices.get("instance_ids")

    def _scenario_of(self, instance: Row) -> str:
        """What the operator said of the instance or of its endpoint host; else it is of the scenario that is run."""
        said = self.choices.get("instance_scenarios", {})
        number = instance["application_instance_id"]
        told = said.get(str(number)) or said.get(number)
        found = self._gateway_sites[number]
        if not told and isinstance(found, SiteTarget):
            told = self.endpoint_hosts[found.endpoint_host].get("scenario")
        return str(told or self.scenario)

    @property
    def package(self) -> Row:
        row: Row = self.facts["package"]
        return row

    @property
    def target_version(self) -> str:
        return self.release.release

    def is_upgraded(self, instance: Row) -> bool:
        """Whether an instance is at the version that is the goal."""
        return without_release(instance["package_version"]) == self.target_version

    @property
    def all_upgraded(self) -> bool:
        """Whether no instance of this upgrade is left; false where there is none at all."""
        return bool(self.instances) and all(map(self.is_upgraded, self.instances))

    @property
    def journal_folder(self) -> str:
        """Where the journal is on the management node, for a message; nobody knows where the node could not be read."""
        return str(self.management_node.get("journal_folder") or "the journal")

    @property
    def canary_instance(self) -> int:
        """The instance that goes first; 0 where nobody named one. Before core 2.19 a number may come as a text."""
        return int(self.choices.get("canary_instance") or 0)

    @property
    def canary_host(self) -> str:
        """The endpoint host that goes first; empty where nobody named one."""
        return str(self.choices.get("canary_host") or "")

    @property
    def hosts_at_a_time(self) -> int:
        """How many endpoint hosts are upgraded at a time, 0 for all. Raises ``ValueError`` where the choice is none."""
        return whole_number(self.choices.get("hosts_at_a_time", 0))

    @property
    def forks(self) -> int:
        """How many hosts Ansible works on at a time, 0 where that is not known."""
        return int(self.choices.get("forks") or 0)

    # -- the journal -------------------------------------------------------------------------------------------

    @property
    def scope(self) -> str:
        """What stands before the journal's keys of this upgrade: scenario and chosen instances have steps of their own.

        Entries of the whole installation (the resource-settings script) and of single sites have no scope.
        """
        chosen = sorted(int(number) for number in self.choices.get("instance_ids") or ())
        return "-".join([self.scenario, *map(str, chosen)])

    def journal_status(self, key: str) -> str:
        """``done``, ``started`` or empty text (:func:`entry_status`)."""
        return entry_status(self.journal_entry(key))

    def step_status(self, key: str) -> str:
        """The same for a step of this upgrade."""
        return self.journal_status(f"{self.scope}-{key}")

    def step_entry(self, key: str) -> Row:
        """The journal's entry for a step of this upgrade; an empty one where there is none."""
        return self.journal_entry(f"{self.scope}-{key}")

    def journal_entry(self, key: str) -> Row:
        """The journal's entry for an action; an empty one where there is none."""
        entry: Row = self.management_node.get("journal", {}).get(key, {})
        return entry

    # -- versions ----------------------------------------------------------------------------------------------

    @cached_property
    def from_version(self) -> str:
        """The version that the upgrade starts from: what the journal remembers, else the oldest instance's."""
        remembered = self.step_entry("run").get("detail", {}).get("from_version")
        if remembered:
            return str(remembered)
        versions = [without_release(row["package_version"]) for row in self.instances]
        return min(versions, key=parse) if versions else ""

    @cached_property
    def procedure(self) -> Procedure | None:
        """The guide's procedure for this installation, ``None`` where it has none."""
        return self.release.procedure(self.scenario, self.from_version) if self.from_version else None

    @property
    def words(self) -> frozenset[str]:
        """The words of the procedure's steps; empty without a procedure."""
        return self.procedure.words if self.procedure else frozenset()

    def is_by_hand(self, step: Step) -> bool:
        """Whether no playbook of the collection does a step, and the operator has not said yet that he did it."""
        return step.word not in KNOWN_WORDS and step.word not in self.choices.get("confirmed_steps", ())

    @property
    def resource_settings_script(self) -> str:
        """The name of the script that must be run exactly once; empty where the procedure has no such step."""
        return self.release.script("resource_settings") if "resource_settings" in self.words else ""

    @cached_property
    def script_package_version(self) -> str:
        """The version of the package that the resource-settings script must be taken from; empty without the step."""
        if not self.resource_settings_script:
            return ""
        return self.release.scripts["resource_settings"].package_for(self.from_version)

    @cached_property
    def script_package(self) -> Row | None:
        """The package file among those given that has :attr:`script_package_version`."""
        wanted = self.script_package_version
        rows: Sequence[Row] = self.facts.get("resource_settings_packages", ())
        return next((row for row in rows if row.get("version") == wanted), None)

    @cached_property
    def imported_versions(self) -> Mapping[str, Row]:
        """Package versions on the platform, without release number, with their rows."""
        return {without_release(row["package_version"]): row for row in self.facts.get("imported_packages", ())}

    # -- an import that came too early (the guide's failure, facts 1.4) -----------------------------------------

    @property
    def script_confirmed(self) -> bool:
        """Whether the resource-settings script completed by the operator's word alone."""
        said = self.choices.get("resource_settings_outcome") == "completed"
        return said and bool(self.resource_settings_script) and self.journal_status("resource_settings") != DONE

    @property
    def script_was_not_run(self) -> bool:
        """Whether the last start of the script changed nothing by the operator's word, which is about no other one.

        Where the first start is long ago, the same command line may still say so: that would run the script again.
        """
        entry = self.journal_entry("resource_settings")
        said = self.choices.get("resource_settings_outcome")
        return entry_status(entry) == STARTED and said == not_run(entry)

    @property
    def has_script_log(self) -> bool:
        """Whether a run has started the script on this management node, whatever became of the journal."""
        script = self.resource_settings_script
        return bool(script) and f"{script}.log" in self.management_node.get("logs", ())

    @property
    def script_done(self) -> bool:
        """Whether the resource-settings script completed, as the journal or the operator says."""
        return self.journal_status("resource_settings") == DONE or self.script_confirmed

    @property
    def imported_too_early(self) -> bool:
        """Whether the package that is the goal is imported although the resource-settings script still has to run."""
        waiting = bool(self.resource_settings_script) and not self.script_done
        return waiting and self.target_version in self.imported_versions

    @property
    def script_outcome_unknown(self) -> bool:
        """Whether the script may have run without this collection knowing how it ended.

        So it is where the script and the run that started it were ended in the middle, and where an instance is
        upgraded already: that cannot be without the script, and it must not run twice. The same where a run has left
        the script's log, but the journal does not know of it: a lost journal is no permission.
        """
        if self.script_done:
            return False
        if self.journal_status("resource_settings") == STARTED or self.has_script_log:
            return True
        return self.imported_too_early and any(map(self.is_upgraded, self.all_instances))

    @property
    def can_recover_import(self) -> bool:
        """Whether the guide's way out is open: nothing is upgraded, so the package can be taken out and in again."""
        is_imported = self.target_version in self.imported_versions
        return is_imported and not any(map(self.is_upgraded, self.all_instances)) and not self.script_outcome_unknown

    @property
    def recovers_import(self) -> bool:
        """Whether this run goes that way: after an import that came too early, or one that was not finished."""
        return self.can_recover_import and is_true(self.choices.get("recover_import"))

    @cached_property
    def failed_import_tasks(self) -> Sequence[int]:
        """Failed tasks of an import of the application: the recovery takes it back, and they are of no account then."""
        text = self.release.failed_import_tasks
        wanted = re.compile(rf"\bid {self.facts['application_id']}\b.*{re.escape(text)}")
        return [row["task_id"] for row in self.facts["tasks"]["failed"] if text and wanted.search(row["name"])]

    @cached_property
    def tolerated_tasks(self) -> Sequence[int]:
        """Failed tasks that are the reason for the recovery: of this run, or of the one that the journal tells of."""
        if self.recovers_import and self.release.failed_import_tasks:
            return self.failed_import_tasks
        remembered: Sequence[int] = self.journal_entry("recovery").get("detail", {}).get("task_ids", ())
        return remembered

    def tasks(self, state: str) -> list[Row]:
        """The tasks of a ``state`` (``open`` or ``failed``), without those that the recovery takes back."""
        return [row for row in self.facts["tasks"][state] if row["task_id"] not in self.tolerated_tasks]

    # -- what else serves the application -----------------------------------------------------------------------

    @property
    def csp_agent_hosts(self) -> Mapping[str, Row]:
        """What the role ``csp_agent`` collected, by inventory name."""
        hosts: Mapping[str, Row] = self.facts.get("csp_agent_hosts", {})
        return hosts

    @property
    def billing_hosts(self) -> Mapping[str, Row]:
        """What the role ``collect`` found on the Billing servers, by inventory name."""
        hosts: Mapping[str, Row] = self.facts.get("billing_hosts", {})
        return hosts

    @cached_property
    def service_templates(self) -> Sequence[Row]:
        """The service templates of the instances that are upgraded.

        ``instance_ids`` are those that are upgraded, ``other_instance_ids`` those that are not.
        """
        own = {row["application_instance_id"] for row in self.instances}
        found = []
        for template in self.facts["service_templates"]:
            ids = template_instances(template, self.all_instances)
            mine = [number for number in ids if number in own]
            if mine:
                others = [number for number in ids if number not in own]
                found.append({**template, "instance_ids": mine, "other_instance_ids": others})
        return found

    # -- sites -------------------------------------------------------------------------------------------------

    @cached_property
    def _gateway_sites(self) -> Mapping[int, SiteTarget | Finding]:
        """The gateway site of every instance by the instance's number, or why it was not found."""
        found: dict[int, SiteTarget | Finding] = {}
        for instance in self.all_instances:
            number = instance["application_instance_id"]
            try:
                found[number] = self._gateway(instance)
            except SiteNotFoundError as problem:
                found[number] = problem.finding
        return found

    @cached_property
    def _sites(self) -> tuple[list[Gateway], dict[str, SiteTarget], list[Finding]]:
        gateways: list[Gateway] = []
        findings: list[Finding] = []
        for instance in self.instances:
            found = self._gateway_sites[instance["application_instance_id"]]
            if isinstance(found, Finding):
                findings.append(found)
            else:
                gateways.append(Gateway(instance, found))
        dispatchers: dict[str, SiteTarget] = {}
        if self.scenario == SYNDICATION:
            for name in sorted({gateway.target.endpoint_host for gateway in gateways}):
                try:
                    dispatchers[name] = self._dispatcher(name)
                except SiteNotFoundError as problem:
                    findings.append(problem.finding)
        return gateways, dispatchers, findings

    @property
    def gateways(self) -> Sequence[Gateway]:
        """Every instance whose gateway site was found."""
        return self._sites[0]

    @property
    def dispatchers(self) -> Mapping[str, SiteTarget]:
        """The dispatcher site of every endpoint host that carries a gateway site."""
        return self._sites[1]

    @property
    def site_findings(self) -> Sequence[Finding]:
        """Why a site was not found, for those that were not."""
        return self._sites[2]

    def _gateway(self, instance: Row) -> SiteTarget:
        endpoint = instance["endpoint"]
        if not endpoint["valid"]:
            raise SiteNotFoundError(_bad_endpoint(instance))
        override = self._override("gateway", endpoint["hostname"])
        return self._find("gateway", endpoint["hostname"], endpoint["application"], self.endpoint_hosts, override)

    def _dispatcher(self, endpoint_host: str) -> SiteTarget:
        host = self.endpoint_hosts[endpoint_host]
        override = self._override("dispatcher", endpoint_host)
        url = str(host.get("dispatcher_url") or "")
        if override.get("application") and override.get("site") and override.get("ip"):
            hostname, application = "", override["application"]
        else:
            try:
                hostname, application = split_dispatcher_url(url)
            except ValueError as error:
                raise SiteNotFoundError(_bad_dispatcher_url(endpoint_host, str(error))) from error
        return self._find("dispatcher", hostname, application, {endpoint_host: host}, override)

    def _override(self, kind: str, name: str) -> Row:
        """What the operator knows better; nothing where it is of no use, which is a finding of its own."""
        members = self.choices.get(f"{kind}_overrides", {}).get(name)
        return members if isinstance(members, Mapping) else {}

    def _find(self, kind: str, hostname: str, application: str, hosts: Mapping[str, Row], override: Row) -> SiteTarget:
        name: Row = self.management_node.get("names", {}).get(hostname, {})
        addresses = list(name.get("addresses", ()))
        if not addresses and not override.get("ip"):
            raise SiteNotFoundError(_unresolved(kind, hostname, str(name.get("error") or "no address")))
        return find_site(kind, hostname, application, addresses, hosts, override)


def _bad_endpoint(instance: Row) -> Finding:
    return Finding(
        key="instance_endpoint_invalid",
        severity=BLOCKER,
        target=f"instance {instance['application_instance_id']}",
        title=f"its end-point URI {instance['url']!r} is not of the form https://<gateway host>/<application>/aps/",
        detail=f"The gateway's host and application are read from it ({instance['endpoint']['reason']}).",
        remedy="Correct the setting 'Application API end-point URI' of the instance in the Provider Control Panel.",
    )


def _bad_dispatcher_url(endpoint_host: str, error: str) -> Finding:
    return Finding(
        key="dispatcher_url_invalid",
        severity=BLOCKER,
        target=endpoint_host,
        title=error,
        detail="The dispatcher's host and application are read from the URL that was given to Microsoft.",
        remedy=f"Set office365_dispatcher_url for {endpoint_host} to that URL "
        "(for example https://dispatcher.example.com/DispatcherApp/).",
    )


def _unresolved(kind: str, hostname: str, error: str) -> Finding:
    return Finding(
        key=f"{kind}_host_unresolved",
        severity=BLOCKER,
        target=hostname,
        title=f"the {kind} host name does not resolve on the management node: {error}",
        detail=f"The {kind} site is found by this address, and the platform reaches the {kind} by this name.",
        remedy=f"Correct DNS or /etc/hosts on the management node, or give the address in office365_{kind}_overrides.",
    )
