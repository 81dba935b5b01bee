# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Build the plan: which procedure, which steps, which targets, what is left to do."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from .._plain_text import shortened
from .catalog import Step
from .checks import every_finding
from .context import DONE, STARTED, Context, Gateway, csp_agent_key, endpoint_host_key, entry_status, site_key
from .estimate import estimate, estimate_line
from .findings import BLOCKER, INFO, WARNING, Acceptance, Finding, accept, without_effect
from .rolling import batches
from .steps import WINDOW_STEPS
from .targets import Row

ID_LENGTH = 12
# What a plan tells of a service template; usage and limits change all the time and would give another id.
TEMPLATE_MEMBERS = ("service_template_id", "name", "active", "owner_id", "instance_ids", "other_instance_ids")


@dataclasses.dataclass(frozen=True)
class StepPlan:
    """One step with what is left of it: ``pending`` targets by name; empty means that nothing is left."""

    step: Step
    pending: tuple[str, ...]
    note: str = ""

    def to_data(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self.step), "pending": list(self.pending), "note": self.note}


class Planner:
    """Turns a context into a plan and findings."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.templates = context.service_templates

    def findings(self) -> list[Finding]:
        """Everything that preflight has to say: what stops the run first, what is accepted last."""
        said = [Acceptance.from_data(row) for row in self.context.choices.get("accepted_findings", ())]
        found = list(every_finding(self.context))
        rows = [*accept(found, said), *without_effect(found, said)]
        order = {BLOCKER: 0, WARNING: 1, INFO: 2}
        return sorted(rows, key=lambda row: (bool(row.accepted), order[row.severity], row.key, row.target))

    def plan(self) -> dict[str, Any]:
        """The plan as plain data. Only meaningful where no finding stops the run.

        ``id`` names its content: the same installation, packages and choices give the same id, whatever the estimate.
        Raises ``ValueError`` where a duration of the operator is none.
        """
        content = self._content()
        durations = self.context.choices.get("durations") or {}
        parallel = int(self.context.choices.get("parallel_instances") or 1)
        expected = estimate(content, durations, parallel, self.context.forks)
        return {"id": plan_id(content), **content, "estimate": expected}

    def _content(self) -> dict[str, Any]:
        context = self.context
        procedure = context.procedure
        steps = [self._step(step) for step in procedure.steps] if procedure else []
        window = [plan for plan in steps if plan.step.word in WINDOW_STEPS and plan.pending]
        stopped = self._stopped_templates()
        provisioning = tuple(self._stop_targets()) if window else ()
        steps = [self._provisioning(plan, provisioning, bool(window), stopped) for plan in steps]
        return {
            "format": 1,
            "release": context.target_version,
            "procedure": procedure.id if procedure else "",
            "procedure_title": procedure.title if procedure else "",
            "scenario": context.scenario,
            "scope": context.scope,
            "single_instances": self._single_instances(),
            "from_version": context.from_version,
            "package_version": context.package.get("package_version", ""),
            "package_sha256": context.package.get("sha256", ""),
            "versions": {str(row["application_instance_id"]): row["package_version"] for row in context.instances},
            "confirmation": f"{context.from_version} to {context.target_version}",
            "confirmation_needed": any(plan.step.irreversible and plan.pending for plan in steps),
            "application_id": context.facts.get("application_id") or 0,
            "instances": self._instances(),
            "endpoint_hosts": self._endpoint_hosts,
            "endpoint_batches": self._endpoint_batches(),
            "service_templates": [{name: row.get(name) for name in TEMPLATE_MEMBERS} for row in self.templates],
            "stop_templates": [t["service_template_id"] for t in self.templates if t["active"]] if window else [],
            "start_templates": stopped,
            "stopped_since": self._stopped_since() if stopped else "",
            "activated_in_between": self._activated_in_between() if stopped else [],
            "window_needed": bool(window),
            "import_needed": self._import_needed,
            "resource_settings": self._resource_settings(),
            "recovery": self._recovery(),
            "resource_types": dict(context.release.resource_types),
            "scripts": {word: script.name for word, script in context.release.scripts.items()},
            "new_offers": list(context.release.new_offers),
            "steps": [plan.to_data() for plan in steps],
        }

    # -- steps -------------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> StepPlan:
        if self.context.is_by_hand(step):
            return StepPlan(step, (step.title,), note="by hand, and confirmed afterwards")
        pending = getattr(self, f"_pending_{step.word}", None)
        return StepPlan(step, tuple(pending()) if pending else ())

    def _provisioning(self, plan: StepPlan, targets: tuple[str, ...], window: bool, stopped: Sequence[int]) -> StepPlan:
        if plan.step.word == "stop_provisioning":
            return dataclasses.replace(plan, pending=targets, note="" if window else "no step needs it")
        if plan.step.word == "start_provisioning":
            left = tuple(f"service template {number}" for number in stopped if not self._is_active(number))
            pending = tuple(dict.fromkeys((*targets, *left)))
            # Left open, the entry would let a later run activate what somebody has deactivated on purpose since then.
            note = ("a note that provisioning is active again",) if stopped and not pending else ()
            return dataclasses.replace(plan, pending=pending + note)
        if plan.step.word == "collect":
            return dataclasses.replace(plan, note="done by this plan")
        if plan.step.word in ("public_api_access", "store_customizations", "trial_checker"):
            return dataclasses.replace(plan, note="compared when the step is reached; only differences are written")
        if plan.step.word == "new_offers":
            return dataclasses.replace(plan, note="reported; what is missing is created only on request")
        return plan

    def _pending_csp_agent(self) -> Iterator[str]:
        for name, host in self.context.csp_agent_hosts.items():
            if self._csp_agent_pending(name, host):
                yield f"csp-agent-war on {name}"

    def _csp_agent_pending(self, name: str, host: Row) -> bool:
        if host["confirmed_version"] or not host["war_file"]:
            return self.context.journal_status(csp_agent_key(name)) != DONE
        is_new = host["installed_sha256"] == host["war_sha256"]
        return not (is_new and str(host["service_state"]).lower() in ("running", "started", "active"))

    def _pending_endpoint(self) -> Iterator[str]:
        for gateway in self.context.gateways:
            if self._site_pending(gateway):
                yield f"site {gateway.target.site!r} on {gateway.target.endpoint_host}"
        for name, host in self._endpoint_hosts.items():
            if host["restart_pending"] and not any(site["pending"] for site in host["gateway_sites"]):
                yield f"restart of IIS on {name}"

    def _pending_resource_settings(self) -> Iterator[str]:
        if self._resource_settings()["needed"]:
            yield self.context.resource_settings_script

    def _pending_application(self) -> Iterator[str]:
        context = self.context
        if self._import_needed:
            yield f"import of package {context.package.get('package_version', context.target_version)}"
        for instance in context.instances:
            if not context.is_upgraded(instance):
                yield f"instance {instance['application_instance_id']}"

    def _pending_autoconf(self) -> Iterator[str]:
        if self.context.step_status("autoconf") != DONE:
            yield self.context.release.script("autoconf")

    def _pending_tenant_counters(self) -> Iterator[str]:
        if self.context.step_status("tenant_counters") != DONE:
            yield self.context.release.script("tenant_counters")

    def _pending_tenant_contact_data(self) -> Iterator[str]:
        service = self.context.release.resource_types["tenant_contact_data"]["service"]
        known = {
            row["application_instance_id"]: {
                s["resource_type_id"] for s in row["service_resource_types"] if s["service_id"] == service
            }
            - {0}
            for row in self.context.instances
        }
        for template in self.templates:
            wanted = set().union(*(known[number] for number in template["instance_ids"]))
            held = {row["resource_type_id"] for row in template["resource_types"]}
            if not wanted or not wanted <= held:
                yield f"service template {template['service_template_id']}"
        if self.context.step_status("tenant_contact_data") != DONE:
            yield "subscriptions"

    def _stop_targets(self) -> Iterator[str]:
        return (f"service template {t['service_template_id']}" for t in self.templates if t["active"])

    @property
    def _import_needed(self) -> bool:
        return self.context.target_version not in self.context.imported_versions or self.context.recovers_import

    # -- parts of the plan -------------------------------------------------------------------------------------

    def _site_pending(self, gateway: Gateway) -> bool:
        status = self.context.journal_status(site_key(gateway))
        if status in (DONE, STARTED):
            return status == STARTED
        # An instance follows its endpoint: one that is at the new version had its endpoint upgraded before.
        return not self.context.is_upgraded(gateway.instance)

    @cached_property
    def _hosts_to_restart(self) -> frozenset[str]:
        """Endpoint hosts of which an earlier run touched a site and ended before it restarted IIS and looked at it."""
        # Not by the times of the entries: a clock may jump. A site that is done is never done again: its key will do.
        return frozenset(
            gateway.target.endpoint_host
            for gateway in self.context.gateways
            if self.context.journal_entry(site_key(gateway)) and site_key(gateway) not in self._restarted_sites(gateway)
        )

    def _restarted_sites(self, gateway: Gateway) -> Sequence[str]:
        """Keys of the sites after which IIS was restarted on the host of ``gateway``."""
        entry = self.context.journal_entry(endpoint_host_key(gateway.target.endpoint_host))
        keys: Sequence[str] = entry.get("detail", {}).get("sites", ())
        return keys

    def _endpoint_batches(self) -> list[list[str]]:
        """Endpoint hosts with something to do, in the order of the upgrade. No batches where a choice is unusable."""
        hosts = [
            name
            for name, host in self._endpoint_hosts.items()
            if host["restart_pending"] or any(site["pending"] for site in host["gateway_sites"])
        ]
        try:
            return batches(hosts, self.context.canary_host, self.context.hosts_at_a_time)
        except ValueError:
            return []  # a finding stops the run

    def _resource_settings(self) -> dict[str, Any]:
        context = self.context
        needed = bool(context.script_package_version) and not context.script_done and not context.all_upgraded
        package = context.script_package
        return {
            "needed": needed,
            "script": context.resource_settings_script,
            "package": dict(package) if package else {},
            "known_by": self._outcome_known_by(),
        }

    def _outcome_known_by(self) -> str:
        """By what else than its own note the outcome of the script is known; empty where by nothing."""
        if self.context.script_confirmed:
            return "confirmed by the operator"
        entry = self.context.journal_entry("resource_settings")
        if str(entry.get("status", "")) != entry_status(entry):
            return "exit code 0, found by a later run"
        return ""

    def _recovery(self) -> dict[str, Any]:
        """The removal of a package that was imported too early, and the failed tasks that come from it."""
        context = self.context
        imported = context.imported_versions.get(context.target_version, {})
        return {
            "needed": context.recovers_import,
            "package_version": imported.get("package_version", "") if context.recovers_import else "",
            "tolerated_tasks": list(context.tolerated_tasks),
        }

    def _stopped_since(self) -> str:
        return str(self.context.step_entry("provisioning").get("detail", {}).get("stopped_at", ""))

    def _activated_in_between(self) -> list[int]:
        return list(self.context.step_entry("provisioning").get("detail", {}).get("activated_in_between", ()))

    def _stopped_templates(self) -> list[int]:
        entry = self.context.step_entry("provisioning")
        return list(entry.get("detail", {}).get("service_template_ids", ())) if entry.get("status") == STARTED else []

    @property
    def _versions_at_start(self) -> Mapping[str, str]:
        versions: Mapping[str, str] = self.context.step_entry("run").get("detail", {}).get("instances", {})
        return versions

    def _is_active(self, number: int) -> bool:
        return any(t["service_template_id"] == number and t["active"] for t in self.templates)

    def _single_instances(self) -> list[dict[str, int]]:
        """The instances that a script must be told one by one; empty where it may take the whole application."""
        if self.context.is_whole_application:
            return []
        return [{"application_instance_id": row["application_instance_id"]} for row in self.context.instances]

    def _instances(self) -> list[dict[str, Any]]:
        """Every instance with its site; the one that goes first is the first."""
        rows = [self._instance(gateway) for gateway in self.context.gateways]
        first = self.context.canary_instance
        return sorted(rows, key=lambda row: int(row["application_instance_id"]) != first)

    def _instance(self, gateway: Gateway) -> dict[str, Any]:
        row = gateway.instance
        return {
            "application_instance_id": row["application_instance_id"],
            "package_version": row["package_version"],
            "version_at_start": self._versions_at_start.get(
                str(row["application_instance_id"]), row["package_version"]
            ),
            "pending": not self.context.is_upgraded(row),
            "url": row["url"],
            "endpoint_host": gateway.target.endpoint_host,
            "site": gateway.target.site,
        }

    @cached_property
    def _endpoint_hosts(self) -> dict[str, Any]:
        hosts: dict[str, Any] = {}
        for gateway in self.context.gateways:
            name = gateway.target.endpoint_host
            journal = self.context.journal_entry(site_key(gateway)).get("detail", {})
            dispatcher = self.context.dispatchers.get(name)
            host = hosts.setdefault(
                name,
                {
                    "dispatcher": dataclasses.asdict(dispatcher) if dispatcher else {},
                    "restart_pending": name in self._hosts_to_restart,
                    "gateway_sites": [],
                },
            )
            host["gateway_sites"].append(
                {
                    **dataclasses.asdict(gateway.target),
                    # setup.cmd of an earlier run may have left other assemblies
                    "fingerprint_before": journal.get("fingerprint_before", gateway.target.fingerprint_before),
                    "application_instance_id": gateway.instance["application_instance_id"],
                    "url": gateway.instance["url"],
                    "version_at_start": journal.get("version_before", gateway.target.version_before),
                    "journal_key": site_key(gateway),
                    "pending": self._site_pending(gateway),
                    "started_before": self.context.journal_status(site_key(gateway)) == STARTED,
                }
            )
        return hosts


def plan_id(content: Mapping[str, Any]) -> str:
    """A short name of a plan's content."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def plan_differences(confirmed: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between a plan that was confirmed and the one of now, as sentences; the members by their names."""
    texts = []
    for name in sorted((confirmed.keys() | now.keys()) - {"id", "estimate"}):
        before, after = confirmed.get(name), now.get(name)
        if before != after:
            texts += [f"{where}: {old} -> {new}" for where, old, new in _leaves(name, before, after)]
    return texts


def _leaves(name: str, before: object, after: object) -> Iterator[tuple[str, object, object]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys(), key=str):
            if before.get(key) != after.get(key):
                yield from _leaves(f"{name}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after), 1):
            if old != new:
                yield from _leaves(f"{name}[{number}]", old, new)
    else:
        yield name, before, after


def plan_lines(plan: Mapping[str, Any]) -> list[str]:
    """The plan as text for the person at the keyboard."""
    lines = [
        f"Office 365 application: {plan['confirmation']} ({plan['scenario']}), procedure {plan['procedure']}: "
        f"{plan['procedure_title']}",
        f"Plan {plan['id']}, package {plan['package_version']}, application {plan['application_id']}, "
        f"{len(plan['instances'])} instance(s), {len(plan['service_templates'])} service template(s)",
        f"SHA-256 of the package: {plan['package_sha256'] or 'not known'}",
    ]
    for name, host in plan["endpoint_hosts"].items():
        for site in host["gateway_sites"]:
            state = "to upgrade" if site["pending"] else "nothing to do"
            lines.append(
                f"  {name}: gateway site {site['site']!r}, application {site['application']}, {site['ip']}, "
                f"{site['hostname']}, now {site['version_before']}: {state}"
            )
        if host["dispatcher"]:
            site = host["dispatcher"]
            lines.append(f"  {name}: dispatcher site {site['site']!r}, application {site['application']}, {site['ip']}")
    if len(plan["endpoint_batches"]) > 1:
        groups = "; then ".join(shortened(batch) for batch in plan["endpoint_batches"])
        lines.append(f"Endpoint hosts, batch after batch: {groups}")
    if plan["window_needed"]:
        lines.append(estimate_line(plan["estimate"]))
    irreversible = point_of_no_return(plan)
    for step in plan["steps"]:
        if step["word"] == "resource_settings" and plan["recovery"]["needed"]:
            lines.append(f"       before it: remove package {plan['recovery']['package_version']}, imported too early")
        what = shortened(step["pending"]) if step["pending"] else step["note"] or "nothing to do"
        mark = "   <-- point of no return" if step["id"] == irreversible else ""
        lines.append(f"  {step['id']:<4} {step['title']}: {what}{mark}")
    return lines


def point_of_no_return(plan: Mapping[str, Any]) -> str:
    """The id of the first step with something left to do that cannot be undone; empty where there is none."""
    return next((str(step["id"]) for step in plan["steps"] if step["irreversible"] and step["pending"]), "")
