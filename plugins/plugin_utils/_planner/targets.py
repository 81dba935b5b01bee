# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Find the IIS sites behind the addresses that the platform and Microsoft know (guide, steps A1 and A2)."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import assemblies
from .bindings import EVERY_ADDRESS, same_bindings, web_addresses
from .findings import BLOCKER, Finding

Row = Mapping[str, Any]
OVERRIDE_MEMBERS = ("endpoint_host", "site", "application", "ip", "hostname")


@dataclasses.dataclass(frozen=True)
class SiteTarget:
    """An IIS site with its application, as ``setup.cmd`` wants them named.

    ``hostname`` is the certificate subject; ``version_before`` and ``fingerprint_before`` describe the assemblies
    (see :mod:`.assemblies`); ``bindings`` are rows of read_sites (see :mod:`.bindings`).
    """

    endpoint_host: str
    site: str
    application: str
    ip: str
    hostname: str
    application_pool: str = ""
    physical_path: str = ""
    version_before: str = assemblies.UNKNOWN
    fingerprint_before: str = ""
    bindings: tuple[Row, ...] = ()


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A site that one of the wanted addresses leads to."""

    endpoint_host: str
    ip: str
    site: Row

    def __str__(self) -> str:
        return f"site {self.site['name']!r} on {self.endpoint_host} ({self.ip})"


class SiteNotFoundError(Exception):
    """No site, several sites or one that is of no use; holds the finding that says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.title)
        self.finding = finding


def split_dispatcher_url(url: str) -> tuple[str, str]:
    """``https://<host>/<application>/`` -> (host, application); ``ValueError`` for anything else (guide, step A1)."""
    parts = urllib.parse.urlsplit(url.strip())
    segments = [urllib.parse.unquote(part) for part in parts.path.split("/") if part]
    if parts.scheme != "https" or not parts.hostname or len(segments) != 1:
        raise ValueError(f"{url!r} is not of the form https://<dispatcher host>/<dispatcher application>/")
    return parts.hostname, segments[0]


def gateway_url(row: Row) -> str:
    """What a gateway is called by: ``hostname`` and ``application``, and the port of ``url`` where that names one."""
    port = urllib.parse.urlsplit(str(row.get("url") or "")).port
    host = f"{row['hostname']}:{port}" if port else row["hostname"]
    return f"https://{host}/{urllib.parse.quote(row['application'])}/"


def find_site(
    kind: str,
    hostname: str,
    application: str,
    addresses: Sequence[str],
    endpoint_hosts: Mapping[str, Row],
    override: Row,
) -> SiteTarget:
    """The one site that ``hostname`` leads to and that carries ``application``.

    ``kind`` is ``gateway`` or ``dispatcher``; ``override`` may fix any of :data:`OVERRIDE_MEMBERS`.
    Raises :class:`SiteNotFoundError`.
    """
    application = str(override.get("application") or application)
    wanted = [str(override["ip"])] if override.get("ip") else list(addresses)
    hosts = {
        name: host
        for name, host in endpoint_hosts.items()
        if override.get("endpoint_host", name) == name and host.get("reachable", True)
    }
    candidates = _candidates(hosts, wanted, hostname)
    if override.get("site"):
        named = [c for c in candidates if c.site["name"] == override["site"]]
        candidates = named or [
            Candidate(name, wanted[0] if wanted else "", site)
            for name, host in hosts.items()
            for site in host["sites"]
            if site["name"] == override["site"]
        ]
    if not candidates:
        raise SiteNotFoundError(_no_site(kind, hostname, wanted, hosts))
    if len(candidates) > 1:
        raise SiteNotFoundError(_several_sites(kind, hostname, candidates))
    found = candidates[0]
    host = hosts[found.endpoint_host]
    site_application = _application(kind, host, found, application)
    read = _assemblies(host, site_application.get("physical_path", ""))
    if read.get("error"):
        raise SiteNotFoundError(_unreadable(kind, found, read))
    files = read.get("files", ())
    return SiteTarget(
        endpoint_host=found.endpoint_host,
        site=found.site["name"],
        application=application,
        ip=found.ip,
        hostname=str(override.get("hostname") or hostname),
        application_pool=site_application.get("application_pool") or found.site.get("application_pool", ""),
        physical_path=site_application.get("physical_path", ""),
        version_before=assemblies.shown_version(files),
        fingerprint_before=assemblies.fingerprint(files),
        bindings=tuple(found.site.get("bindings", ())),
    )


def _candidates(hosts: Mapping[str, Row], addresses: Sequence[str], hostname: str) -> list[Candidate]:
    exact = [
        Candidate(name, address, site)
        for name, host in hosts.items()
        for site in host["sites"]
        for address in addresses
        if any(listens.ip == address for listens in web_addresses(site))
    ]
    if exact or not addresses:
        return exact
    # a site bound to every address still says by its host header that it is the one
    return [
        Candidate(name, addresses[0], site)
        for name, host in hosts.items()
        for site in host["sites"]
        if any(
            listens.ip in EVERY_ADDRESS and listens.hostname.lower() == hostname.lower()
            for listens in web_addresses(site)
        )
    ]


def _application(kind: str, host: Row, found: Candidate, application: str) -> Row:
    own: list[Row] = [row for row in host["applications"] if row["site"] == found.site["name"]]
    for row in own:
        if str(row["name"]).strip("/").lower() == application.lower():
            return row
    names = ", ".join(sorted(str(row["name"]) for row in own)) or "none"
    raise SiteNotFoundError(
        Finding(
            key=f"{kind}_application_not_found",
            severity=BLOCKER,
            target=found.endpoint_host,
            title=f"IIS site {found.site['name']!r} has no application {application!r} (it has: {names})",
            detail=f"setup.cmd upgrades an application that exists; the {kind} URL names one that IIS does not have.",
            remedy=f"Compare the {kind} URL with IIS Manager on {found.endpoint_host}; correct the URL, or name the "
            f"application in office365_{kind}_overrides.",
        )
    )


def assembly_files(host: Row, physical_path: str) -> Sequence[Row]:
    """The assemblies that were read of an application of an endpoint host; none where it was not read."""
    files: Sequence[Row] = _assemblies(host, physical_path).get("files", ())
    return files


def _assemblies(host: Row, physical_path: str) -> Row:
    folder = assemblies.bin_folder(physical_path)
    return next((row for row in host.get("assemblies", ()) if row["path"] == folder), {})


def _site_list(hosts: Mapping[str, Row]) -> Iterator[str]:
    for name, host in hosts.items():
        for site in host["sites"]:
            ips = sorted({listens.ip for listens in web_addresses(site)})
            yield f"{site['name']!r} on {name} ({', '.join(ips) or 'no binding'})"


def _no_site(kind: str, hostname: str, addresses: Sequence[str], hosts: Mapping[str, Row]) -> Finding:
    return Finding(
        key=f"{kind}_site_not_found",
        severity=BLOCKER,
        target=hostname,
        title=f"no IIS site is bound to {', '.join(addresses)}, the address of {kind} host {hostname}",
        detail=f"setup.cmd needs the name of the {kind} site. Sites found: {'; '.join(_site_list(hosts)) or 'none'}.",
        remedy="Add the endpoint host that carries this site to the inventory, correct DNS on the management node or "
        f"the binding in IIS, or name host and site in office365_{kind}_overrides.",
    )


def _unreadable(kind: str, found: Candidate, read: Row) -> Finding:
    return Finding(
        key=f"{kind}_assemblies_unreadable",
        severity=BLOCKER,
        target=found.endpoint_host,
        title=f"the assemblies of IIS site {found.site['name']!r} in {read['path']} cannot be read: {read['error']}",
        detail="Only they tell whether setup.cmd has upgraded the site; its exit code alone is not believed.",
        remedy="Let the user of the connection read this folder, or end what keeps its files open.",
    )


def _several_sites(kind: str, hostname: str, candidates: Sequence[Candidate]) -> Finding:
    return Finding(
        key=f"{kind}_site_ambiguous",
        severity=BLOCKER,
        target=hostname,
        title=f"{len(candidates)} IIS sites match {kind} host {hostname}: {'; '.join(map(str, candidates))}",
        detail="setup.cmd overwrites the site that it is given; the wrong one would be destroyed.",
        remedy=f"Leave the address to one site only, or name the right one in office365_{kind}_overrides.",
    )


def site_problems(wanted: Sequence[Row], sites: Sequence[Row], pools: Sequence[Row]) -> list[str]:
    """What is wrong with sites that were upgraded, as sentences; empty where all is well (facts 5.5).

    ``wanted``: rows of the plan (``site``, ``bindings``, ``application_pool``); ``sites`` and ``pools``: rows of
    read_sites and web_app_pool_info, read after the upgrade. setup.cmd may bring another certificate.
    """
    by_name = {row["name"]: row for row in sites}
    started = {row["name"] for row in pools if str(row["attributes"].get("state")).lower() in ("started", "1")}
    problems = []
    for row in wanted:
        name = row["site"]
        site = by_name.get(name)
        if site is None:
            problems.append(f"site {name!r} is gone")
            continue
        if site["state"] != "Started":
            problems.append(f"site {name!r} is {site['state'] or 'in no known state'}")
        if not same_bindings(site["bindings"], row["bindings"]):
            problems.append(f"the bindings of site {name!r} were changed")
        if row["application_pool"] not in started:
            problems.append(f"application pool {row['application_pool']!r} of site {name!r} is not started")
    return problems
