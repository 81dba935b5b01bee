# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every gateway answers when it is called by its host name."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence
from ..sites import gateway_row

STEP = "endpoint"


def check(evidence: Evidence) -> Iterator[Answer]:
    for gateway in evidence.context.gateways:
        site, url = gateway.target, gateway_row(gateway)["url"]
        host = evidence.host(site.endpoint_host)
        if url not in host.get("called", ()):
            yield not_checkable(url, "it was not called", "Call it from the management node.")
        elif url in host["unanswered"]:
            yield failed(
                url,
                f"site {site.site!r} on {site.endpoint_host} does not answer well: {host['unanswered'][url]}. The "
                "platform provisions through it",
                "Look into the log of the site and the event log of its host.",
            )
        else:
            yield passed(url, "it answers")
