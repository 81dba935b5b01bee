# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What is known and what follows from it: the common ground of the checks and of the plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from .catalog import Procedure, Release
from .findings import BLOCKER, Finding
from .targets import Row, SiteNotFoundError, SiteTarget, find_site, split_dispatcher_url
from .versions import parse, without_release

DONE = "done"
STARTED = "started"


@dataclasses.dataclass(frozen=True)
class Gateway:
    """An application instance and the gateway site that serves it."""

    instance: Row
    target: SiteTarget


def site_key(gateway: Gateway) -> str:
    """The journal's key for ``setup.cmd`` of one gateway site."""
    return f"setup-{gateway.target.endpoint_host}-{gateway.instance['application_instance_id']}"


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
    def instances(self) -> Sequence[Row]:
        rows: Sequence[Row] = self.facts["instances"]
        return rows

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

    # -- the journal -------------------------------------------------------------------------------------------

    def journal_status(self, key: str) -> str:
        """``done``, ``started`` or empty text."""
        return str(self.journal_entry(key).get("status", ""))

    def journal_entry(self, key: str) -> Row:
        """The journal's entry for an action; an empty one where there is none."""
        entry: Row = self.management_node.get("journal", {}).get(key, {})
        return entry

    # -- versions ----------------------------------------------------------------------------------------------

    @cached_property
    def from_version(self) -> str:
        """The version that the upgrade starts from: what the journal remembers, else the oldest instance's."""
        remembered = self.journal_entry("run").get("detail", {}).get("from_version")
        if remembered:
            return str(remembered)
        versions = [without_release(row["package_version"]) for row in self.instances]
        return min(versions, key=parse) if versions else ""

    @cached_property
    def procedure(self) -> Procedure | None:
        """The guide's procedure for this installation, ``None`` where it has none."""
        return self.release.procedure(self.scenario, self.from_version) if self.from_version else None

    @cached_property
    def script_package_version(self) -> str:
        """The version of the package that the resource-settings script must be taken from; empty without the step."""
        words = {step.word for step in self.procedure.steps} if self.procedure else set()
        return self.release.script_package(self.from_version) if "resource_settings" in words else ""

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

    # -- sites -------------------------------------------------------------------------------------------------

    @cached_property
    def _sites(self) -> tuple[list[Gateway], dict[str, SiteTarget], list[Finding]]:
        gateways: list[Gateway] = []
        findings: list[Finding] = []
        for instance in self.instances:
            endpoint = instance["endpoint"]
            if not endpoint["valid"]:
                findings.append(_bad_endpoint(instance))
                continue
            override = self.choices.get("gateway_overrides", {}).get(endpoint["hostname"], {})
            try:
                target = self._find(
                    "gateway", endpoint["hostname"], endpoint["application"], self.endpoint_hosts, override
                )
            except SiteNotFoundError as problem:
                findings.append(problem.finding)
                continue
            gateways.append(Gateway(instance, target))
        dispatchers: dict[str, SiteTarget] = {}
        if self.scenario == "syndication":
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

    def _dispatcher(self, endpoint_host: str) -> SiteTarget:
        host = self.endpoint_hosts[endpoint_host]
        override = self.choices.get("dispatcher_overrides", {}).get(endpoint_host, {})
        url = str(host.get("dispatcher_url") or "")
        if override.get("application") and override.get("site") and override.get("ip"):
            hostname, application = "", override["application"]
        else:
            try:
                hostname, application = split_dispatcher_url(url)
            except ValueError as error:
                raise SiteNotFoundError(_bad_dispatcher_url(endpoint_host, str(error))) from error
        return self._find("dispatcher", hostname, application, {endpoint_host: host}, override)

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
