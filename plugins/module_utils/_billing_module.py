# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules that talk to Billing share: options and the client. Private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._billing_client import BillingClient
from ansible_collections.odin.office365.plugins.module_utils._billing_explain import explain_billing
from ansible_collections.odin.office365.plugins.module_utils._oa_module import (
    ApiModule,
    connection_argument_spec,
    transport,
)


def billing_module(
    argument_spec: dict[str, Any], action: Callable[[BillingClient, dict[str, Any]], dict[str, Any]]
) -> ApiModule:
    """A module that asks Billing: its own options, and what it does with the client and all options; those of the
    documentation fragment ``billing`` are added."""
    return ApiModule(
        {**connection_argument_spec("BILLING_API"), **argument_spec},
        lambda call: action(_client(call.options), call.options),
        explain_billing,
    )


def _client(options: dict[str, Any]) -> BillingClient:
    # the login travels in the call (oa-api.md 8), not in a header
    return BillingClient(
        transport(options, "https://billing01.example.com:5224/RPC2"),
        username=options["api_username"] or "",
        password=options["api_password"] or "",
    )
