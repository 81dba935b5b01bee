# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules that talk to Billing share: options and the client. Private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils import _http
from ansible_collections.odin.office365.plugins.module_utils._billing_client import BillingClient
from ansible_collections.odin.office365.plugins.module_utils._billing_explain import explain_billing
from ansible_collections.odin.office365.plugins.module_utils._oa_module import (
    api_address,
    option,
    require_positive,
    serve,
)
from ansible_collections.odin.office365.plugins.module_utils._xmlrpc import XmlRpcTransport

#: The action of a module: gets the client and the options, gives the result or raises an ``OaError``
Action = Callable[[BillingClient, dict[str, Any]], dict[str, Any]]


def billing_argument_spec() -> dict[str, dict[str, Any]]:
    """The options of the documentation fragment ``billing``."""
    return {
        "api_url": option("BILLING_API_URL", type="str", required=True),
        "api_username": option("BILLING_API_USERNAME", type="str"),
        "api_password": option("BILLING_API_PASSWORD", type="str", no_log=True),
        "validate_certs": option("BILLING_API_VALIDATE_CERTS", type="bool", default=True),
        "ca_path": option("BILLING_API_CA_PATH", type="path"),
        "connect_timeout": {"type": "int", "default": 10},
        "read_timeout": {"type": "int", "default": 120},
    }


def run(argument_spec: dict[str, Any], action: Action) -> None:
    """Build the Ansible module, run the action, end the module with its result or with an explained failure."""
    serve(argument_spec, lambda module: action(_client(module.params), module.params), explain_billing)


def _client(options: dict[str, Any]) -> BillingClient:
    require_positive(options)
    # the login travels in the call (oa-api.md 8), not in a header
    settings = _http.HttpSettings(
        validate_certs=options["validate_certs"],
        ca_path=options["ca_path"],
        connect_timeout=float(options["connect_timeout"]),
        read_timeout=float(options["read_timeout"]),
    )
    address = api_address(options["api_url"], "https://billing01.example.com:5224/RPC2")
    return BillingClient(
        XmlRpcTransport(address, _http.HttpClient(settings)),
        username=options["api_username"] or "",
        password=options["api_password"] or "",
    )
