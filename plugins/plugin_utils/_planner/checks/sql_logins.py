# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P10: the SQL Server logins of the gateways' databases have the role sysadmin (facts 1.1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..context import Context
from ..findings import BLOCKER, Finding
from ..targets import Row

_WHY = "setup.cmd upgrades the database of the gateway and fails without the role, while provisioning is stopped."


def is_complete(context: Context) -> bool:
    """Whether every gateway site was asked for, so that nothing is left to be looked at by hand."""
    wanted = {(gateway.target.endpoint_host, gateway.target.site) for gateway in context.gateways}
    asked = {(name, row["site"]) for name, host in context.endpoint_hosts.items() for row in host["sql_logins"]}
    return bool(wanted) and wanted <= asked


def check(context: Context) -> Iterator[Finding]:
    for name, host in context.endpoint_hosts.items():
        for row in host["sql_logins"]:
            yield from _judged(name, row)


def _judged(host: str, row: Row) -> Iterator[Finding]:
    problem = partial(Finding, severity=BLOCKER, target=f"{row['site']} on {host}", detail=_WHY)
    if row["error"]:
        yield problem(
            key="sql_login_failed",
            title=f"SQL Server could not be asked for the role sysadmin: {row['error']}",
            remedy="Correct the connection string of this site in collect_sql_connections, or the login on SQL Server. "
            "It has to work from this endpoint host.",
        )
    elif row["member"] is None:
        yield problem(
            key="sql_login_unknown",
            title=f"SQL Server does not tell whether {row['login']} has the role sysadmin",
            remedy="Correct the login of this site in collect_sql_connections, or connect with a login that may see "
            "the members of server roles.",
        )
    elif not row["member"]:
        yield problem(
            key="sql_sysadmin_missing",
            title=f"the SQL Server login {row['login']} does not have the role sysadmin",
            remedy="Let the administrator of SQL Server add it to the server role sysadmin.",
        )
