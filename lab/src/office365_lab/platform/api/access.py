"""Who may call the Public API: addresses and passwords (oa-api.md 1.1, 1.2)."""

from __future__ import annotations

import base64
import binascii
import hmac

from office365_lab.installation import Credentials
from office365_lab.platform.database import Database
from office365_lab.server import LOOPBACK


def address_allowed(database: Database, address: str) -> bool:
    """The management node always, others when one of the allowed networks holds their address."""
    if address == LOOPBACK:
        return True
    with database.transaction() as db:
        row = db.execute("select 1 from lab_allowed_networks where %s::inet <<= network", (address,)).fetchone()
    return row is not None


def password_accepted(credentials: Credentials, header: str | None) -> bool:
    """Is this ``Authorization`` header HTTP Basic with the name and password of a user of the API?"""
    sent = basic_login(header)
    users = (
        (credentials.api_username, credentials.api_password),
        (credentials.instance_username, credentials.instance_password),
    )
    return any(hmac.compare_digest(sent, f"{name}:{password}".encode()) for name, password in users)


def basic_login(header: str | None) -> bytes:
    """``name:password`` of an ``Authorization`` header; empty where it is no HTTP Basic."""
    scheme, _, encoded = (header or "").partition(" ")
    try:
        return base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return b""
