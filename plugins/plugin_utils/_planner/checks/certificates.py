# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P9: each gateway site has one valid certificate whose subject is the gateway host (facts 5.4)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context, Gateway
from ..findings import BLOCKER, Finding
from ..targets import Row, SiteTarget


def check(context: Context) -> Iterator[Finding]:
    for gateway in context.gateways:
        yield from gateway_findings(context, gateway)
    certificate = context.facts.get("ms_cert", {})
    if certificate.get("file") and not certificate["exists"]:
        yield Finding(
            key="client_certificate_missing",
            severity=BLOCKER,
            target=certificate["file"],
            title="the new client Microsoft certificate (endpoint_ms_cert_file) is not on the controller",
            detail="It is uploaded for setup.cmd (-MSCertPath), which would fail while provisioning is stopped.",
            remedy="Put the file there, or leave the variable out if the certificate need not change.",
        )


def gateway_findings(context: Context, gateway: Gateway) -> Iterator[Finding]:
    """What is wrong with the certificate of one gateway site."""
    target = gateway.target
    host = context.endpoint_hosts[target.endpoint_host]
    own = [row for row in host["certificates"] if _is_for(row, target.hostname)]
    now = float(host["time"])
    usable = [row for row in own if row["has_private_key"] and row["valid_from"] <= now < row["valid_to"]]
    if not usable:
        yield _missing(target, own, now)


def _is_for(certificate: Row, hostname: str) -> bool:
    wanted = hostname.lower()
    parts = [part.strip().lower() for part in str(certificate["subject"]).split(",")]
    return f"cn={wanted}" in parts


def _missing(target: SiteTarget, own: list[Row], now: float) -> Finding:
    if not own:
        what = "no certificate with this subject is in LocalMachine\\Personal"
    elif all(row["valid_to"] <= now for row in own):
        what = f"its certificate expired on {own[0]['valid_to_iso8601']}"
    elif not any(row["has_private_key"] for row in own):
        what = "its certificate has no private key"
    else:
        what = "its certificate is not valid yet"
    return Finding(
        key="gateway_certificate_unusable",
        severity=BLOCKER,
        target=f"{target.hostname} on {target.endpoint_host}",
        title=what,
        detail="setup.cmd gets this host name as -GatewaySiteCertSubject and binds the site to that certificate.",
        remedy="Install a valid certificate with its private key and this subject in LocalMachine\\Personal.",
    )
