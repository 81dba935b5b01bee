# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The Public API can be called from every endpoint host."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence

STEP = "public_api_access"
OK = "200"  # a template of ansible-core before 2.19 makes text of a number


def check(evidence: Evidence) -> Iterator[Answer]:
    for name in sorted({site.endpoint_host for site in evidence.sites}):
        call = evidence.host(name).get("public_api") or {}
        if not call:
            yield not_checkable(
                name,
                "it was not called from there, because public_api_access_url is not given",
                "Give it, and run verify again; or call the Public API on the host.",
            )
        elif str(call["status"]) != OK:
            yield failed(
                name,
                f"the Public API does not answer it: {call['problem'] or call['status']}",
                "Allow its BackNet address in System > Settings > Public API > Allowed Networks of the Provider "
                "Control Panel; where the status is 401, correct user and password.",
            )
        else:
            yield passed(name, "the Public API answers it")
