# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P15: the endpoint hosts may call the Public API, and all that the instances are told of it is known (facts 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..context import Context
from ..findings import BLOCKER, Finding

_OK, _UNAUTHORIZED = 200, 401
_WHY = "The upgraded application calls the Public API from its endpoint host; without that, provisioning fails."


def check(context: Context) -> Iterator[Finding]:
    given: Mapping[str, Any] = context.choices.get("public_api") or {}
    if "public_api_access" not in context.words or not given:
        return
    if not given["url"]:
        yield Finding(
            key="public_api_url_missing",
            severity=BLOCKER,
            target="public_api_access_url",
            title="the address of the Public API, as the endpoint hosts reach it, is not given",
            detail=_WHY,
            remedy="Set public_api_access_url, for example https://mn01.example.com:8440/RPC2, and "
            "public_api_access_username and public_api_access_password where the API asks for a login.",
        )
    missing = [word for word, number in given["setting_ids"].items() if not number]
    if missing:
        yield Finding(
            key="public_api_setting_unknown",
            severity=BLOCKER,
            target="public_api_access_setting_ids",
            title=f"the package does not say which settings of an instance are these: {', '.join(missing)}",
            detail=_WHY,
            remedy="Find their ids with odin.office365.oa_application_instance_info and settings: true, and set "
            "public_api_access_setting_ids: {url: ..., username: ..., password: ...}.",
        )
    hosts = {gateway.target.endpoint_host for gateway in context.gateways}
    for name in sorted(hosts & given["calls"].keys()):
        status, message = given["calls"][name]
        status = int(status or 0)
        if status != _OK:
            addresses = context.endpoint_hosts[name]["host_facts"].get("ip_addresses", ())
            yield _refused(name, given["url"], status, message or "no answer", ", ".join(addresses))


def _refused(name: str, url: str, status: int, message: str, addresses: str) -> Finding:
    remedy = (
        "In the Provider Control Panel, System > Settings > Public API > Allowed Networks, add the BackNet address of "
        f"{name}{f' (its addresses: {addresses})' if addresses else ''}; there is no API for that list. If it is there "
        "already, look at name resolution and firewalls between the two."
    )
    if status == _UNAUTHORIZED:
        remedy = (
            "Correct public_api_access_username and public_api_access_password; from Windows, letters beyond ASCII in "
            "them do not arrive as they are."
        )
    return Finding(
        key="public_api_refused",
        severity=BLOCKER,
        target=name,
        title=f"it cannot call the Public API at {url}: {message}",
        detail=_WHY,
        remedy=remedy,
    )
