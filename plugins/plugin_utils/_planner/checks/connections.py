# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Passwords travel only where nobody else can read them: certificates are verified, nothing goes over plain HTTP."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..._plain_text import shortened
from ..context import Context
from ..findings import INFO, WARNING, Finding
from ..values import is_true

_HTTP_PORT = "5985"
_READABLE = ("", "basic", "plaintext")  # without a choice, http makes the plugin winrm log in with plaintext
_SHOWN = 5


@dataclasses.dataclass(frozen=True)
class _Connection:
    """One connection; ``change`` says how it is made safe."""

    name: str
    address: str
    encrypted: bool
    verified: bool
    has_password: bool
    change: str


def check(context: Context) -> Iterator[Finding]:
    apis = [_api(row) for row in context.facts.get("connections", ()) if row["url"]]
    windows = [_windows(name, row["connection"]) for name, row in context.endpoint_hosts.items()]
    for target, rows in [*((row.name, [row]) for row in apis), ("WinRM", windows)]:
        unverified = [row for row in rows if row.encrypted and not row.verified]
        readable = [row for row in rows if not row.encrypted and row.has_password]
        if unverified:
            yield Finding(
                key="tls_not_verified",
                severity=_severity(unverified),
                target=target,
                title=f"the certificate is not verified: {_list(unverified)}",
                detail="Whoever can redirect the connection gets the password and can answer instead of the system.",
                remedy=f"Give the authority that signed the certificate, and {unverified[0].change}.",
            )
        if readable:
            yield Finding(
                key="password_in_clear",
                severity=_severity(readable),
                target=target,
                title=f"password and contents are not encrypted on their way: {_list(readable)}",
                detail="Whoever can listen on the network reads the password and all that is sent with it.",
                remedy=f"{readable[0].change[0].upper()}{readable[0].change[1:]}; or see to it that nobody else can "
                "listen on this network.",
            )


def _api(row: Mapping[str, Any]) -> _Connection:
    encrypted = urlsplit(str(row["url"])).scheme.lower() != "http"
    change = f"set {row['verified_by']} to true" if encrypted else f"use https in {row['url_from']}"
    return _Connection(
        name=str(row["name"]),
        address=str(row["url"]),
        encrypted=encrypted,
        verified=is_true(row["verified"]),
        has_password=bool(str(row["username"])),
        change=change,
    )


def _windows(name: str, row: Mapping[str, Any]) -> _Connection:
    """A connection by one of the plugins winrm and psrp, with the defaults that these have."""
    plugin = "psrp" if str(row["plugin"]).endswith("psrp") else "winrm"
    is_tls = str(row["scheme"] or ("http" if str(row["port"]) == _HTTP_PORT else "https")).lower() == "https"
    login = str(row["login"] or ("negotiate" if plugin == "psrp" else "")).lower()
    hides = login not in _READABLE and str(row["message_encryption"]).lower() != "never"
    scheme = "ansible_psrp_protocol" if plugin == "psrp" else "ansible_winrm_scheme"
    verified_by = "ansible_psrp_cert_validation" if plugin == "psrp" else "ansible_winrm_server_cert_validation"
    return _Connection(
        name=name,
        address=str(row["host"] or name),
        encrypted=is_tls or hides,
        verified=not is_tls or str(row["verified"]).lower() != "ignore",
        has_password=True,
        change=f"set {verified_by} to validate"
        if is_tls
        else f"set {scheme} to https, or log in with ntlm or kerberos",
    )


def _list(rows: list[_Connection]) -> str:
    texts = [
        row.address if row.address == row.name or "://" in row.address else f"{row.name} ({row.address})"
        for row in rows
    ]
    return shortened(texts, _SHOWN)


def _severity(rows: list[_Connection]) -> str:
    return INFO if all(_is_loopback(row.address) for row in rows) else WARNING


def _is_loopback(address: str) -> bool:
    host = (urlsplit(address).hostname or "") if "://" in address else address
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
