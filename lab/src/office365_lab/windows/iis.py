"""The state of IIS as plain data: sites, applications, virtual directories and pools, and what a request gets.

A binding is ``{protocol, information ("ip:port:host name"), ssl_flags, hash, store}``, as IIS keeps it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

STARTED = "Started"
STOPPED = "Stopped"

Iis = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What IIS answers to a request that has no client certificate."""

    status: int
    reason: str
    body: str


def find_site(iis: Iis, name: str) -> dict[str, Any] | None:
    """The site of that name, whatever its case."""
    return _by_name(iis["sites"], name)


def find_pool(iis: Iis, name: str) -> dict[str, Any] | None:
    """The application pool of that name, whatever its case."""
    return _by_name(iis["pools"], name)


def find_application(iis: Iis, site: str, name: str) -> dict[str, Any] | None:
    """The application of that name in that site, whatever their case."""
    mine = [application for application in iis["applications"] if application["site"].lower() == site.lower()]
    return _by_name(mine, name)


def listens_on(binding: dict[str, Any]) -> tuple[str, int, str] | None:
    """IPv4 address (``*``: all of them), port and host name of an HTTP binding; none for any other."""
    found = re.fullmatch(r"([^:\[]*):(\d+):(.*)", binding["information"])
    if found is None or binding["protocol"] not in ("http", "https"):
        return None
    return found.group(1), int(found.group(2)), found.group(3)


def addresses(site: dict[str, Any]) -> set[str]:
    """The IPv4 addresses that the site is bound to; ``*`` is none."""
    found = (listens_on(binding) for binding in site["bindings"])
    return {where[0] for where in found if where is not None} - {"*"}


def site_of(iis: Iis, ip: str, port: int, protocol: str) -> dict[str, Any] | None:
    """The site that listens there; one bound to the address wins over one bound to all."""
    for address in (ip, "*"):
        for site in iis["sites"]:
            for binding in site["bindings"]:
                where = listens_on(binding)
                if where is not None and binding["protocol"] == protocol and where[:2] == (address, port):
                    found: dict[str, Any] = site
                    return found
    return None


def answer(iis: Iis, ip: str, url: str) -> Answer | None:
    """What a client without certificate gets from ``url`` at ``ip``; None: the connection fails.

    A running gateway refuses a client without certificate (procedure-facts.md 5.5, inferred); a stopped pool is
    IIS' own 503.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    site = site_of(iis, ip, port, parts.scheme)
    if site is None or site["state"] != STARTED:
        return None
    name = parts.path.strip("/").split("/")[0]
    application = find_application(iis, site["name"], name)
    if application is None:
        return Answer(404, "Not Found", "There is nothing at this address.")
    for pool_name in {site["application_pool"], application["application_pool"]}:
        pool = find_pool(iis, pool_name)
        if pool is None or pool["state"] != STARTED:
            return Answer(503, "Service Unavailable", "The application pool does not run.")
    return Answer(403, "Forbidden", "A client certificate is needed.")


def set_state(items: list[dict[str, Any]], name: str, state: str) -> None:
    """Set the state of the site or pool of that name."""
    item = _by_name(items, name)
    if item is not None:
        item["state"] = state


def _by_name(items: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((item for item in items if item["name"].lower() == name.lower()), None)
