# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Bindings of IIS sites: rows of ``read_sites.ps1`` with ``protocol`` and ``information``, the text that IIS keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Row = Mapping[str, Any]

WEB_PROTOCOLS = ("http", "https")
EVERY_ADDRESS = ("*", "", "0.0.0.0", "::")  # noqa: S104 - IIS writes a binding to all addresses in these ways
# an IPv6 address has colons of its own, and stands in brackets
_WEB_BINDING = re.compile(r"(\[(?P<ipv6>.*)\]|(?P<ipv4>[^:]*)):\d+:(?P<hostname>.*)")


class WebAddress(NamedTuple):
    """Where a site listens: IP address without brackets, or one of :data:`EVERY_ADDRESS`; host header, or nothing."""

    ip: str
    hostname: str


def web_addresses(site: Row) -> list[WebAddress]:
    """Where a site listens; its other bindings (``net.tcp 808:*``, ``ftp``) lead no request of the platform to it."""
    rows = (row for row in site["bindings"] if row["protocol"].lower() in WEB_PROTOCOLS)
    found = (_WEB_BINDING.fullmatch(row["information"]) for row in rows)
    return [WebAddress(binding["ipv6"] or binding["ipv4"], binding["hostname"]) for binding in found if binding]


def same_bindings(some: Sequence[Row], others: Sequence[Row]) -> bool:
    """Whether two lists of bindings say the same; the order says nothing, and host headers have no case."""
    return _set_of(some) == _set_of(others)


def _set_of(rows: Sequence[Row]) -> set[tuple[str, str]]:
    return {(row["protocol"].lower(), row["information"].lower()) for row in rows}
