"""The SQL Server of the gateways' databases, as an endpoint host sees it: one login to connect with, and roles.

Words of connection strings are those of System.Data.SqlClient; address and login are the lab's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from office365_lab.windows.errors import WindowsError
from office365_lab.windows.host import Host

SERVER = "sql01.hosting.local"
CHANNEL = "sql"
_PART = re.compile(r"""\s*([^=;]+?)\s*=\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([^;]*?))\s*(?:;|\Z)""")
_SERVER_WORDS = ("server", "data source", "addr", "address", "network address")
_USER_WORDS = ("user id", "uid", "user")
_PASSWORD_WORDS = ("password", "pwd")


@dataclass(frozen=True)
class Membership:
    """``member`` is None where SQL Server does not know the login."""

    login: str
    member: bool | None


class NoConnectionStringError(Exception):
    """The text is no connection string."""


def membership(host: Host, connection_string: str, login: str) -> Membership:
    """Is ``login`` (empty: the one that connects) in sysadmin? Raises :class:`WindowsError` with SQL Server's words."""
    words = parse(connection_string)
    server, user, password = (_value(words, *names) for names in (_SERVER_WORDS, _USER_WORDS, _PASSWORD_WORDS))
    if server.lower() != SERVER:
        raise WindowsError("A network-related or instance-specific error occurred: the server was not found.")
    fault = host.faults.take(CHANNEL, host.name, f"login {user}", "fail")
    if fault is not None or (user, password) != (host.sql_username, host.sql_password):
        raise WindowsError(f"Login failed for user '{user}'.")
    if not login:
        return Membership(user, member=True)
    rows = [row for row in host.state.get("sql_logins") if row["login"].lower() == login.lower()]
    return Membership(login, rows[0]["sysadmin"] if rows else None)


def parse(text: str) -> dict[str, str]:
    """Words in lower case -> values. Raises :class:`NoConnectionStringError`."""
    found: dict[str, str] = {}
    at = 0
    while text[at:].strip(" ;"):
        part = _PART.match(text, at)
        if part is None:
            raise NoConnectionStringError
        double, single, plain = part.group(2, 3, 4)
        quoted = double.replace('""', '"') if double is not None else None
        found[part.group(1).lower()] = quoted if quoted is not None else (single or plain or "").replace("''", "'")
        at = part.end()
    return found


def _value(words: Mapping[str, str], *names: str) -> str:
    return next((words[name] for name in names if name in words), "")
