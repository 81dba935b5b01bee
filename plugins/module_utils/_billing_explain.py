# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the Billing API in the words of an operator. Private; no Ansible import."""

from __future__ import annotations

from ansible_collections.odin.office365.plugins.module_utils._billing_client import BillingError
from ansible_collections.odin.office365.plugins.module_utils._errors import OaError
from ansible_collections.odin.office365.plugins.module_utils._explain import explain

_ADDRESS = "Check that the address is the one of the Billing API (usually port 5224 and the path /RPC2)."

#: kind of a transport error -> what to do next
_NEXT: dict[str, str] = {
    "refused": (
        "Nothing listens there: check host and port (usually 5224) in api_url, xmlrpcd on that host, and the firewall."
    ),
    "reset": "Check the firewall, and whether the Billing API accepts the address of the host that runs this module.",
    "closed": "xmlrpcd may have been restarted: check it on the Billing host, then run the same command again.",
    "name": "Check the host name in api_url, or the name resolution of the host that runs this module.",
    "certificate": (
        "The certificate is not trusted: give the authority that signed it as ca_path, or write the host name that the "
        "certificate was made for. validate_certs: false switches the check off."
    ),
    "tls": "Check whether the address has to start with http:// or https://.",
    "ca_file": "Put the file on the host that runs this module, or correct ca_path.",
    "connect_timeout": "Check the address and the firewall; a slow network may need a larger connect_timeout.",
    "read_timeout": "Billing is busy or hangs: look at its load; a large plan may need a larger read_timeout.",
    "unauthorized": "The login was not accepted: check api_username and api_password.",
    "unavailable": "The service answers, but not with what was asked: look at its log, then try again.",
    "http_status": _ADDRESS,
    "too_large": _ADDRESS,
    "garbage": _ADDRESS,
    "other": "Check the address and the network between this host and Billing.",
}


def explain_billing(error: OaError) -> str:
    """One text for the ``msg`` of a failed module."""
    if isinstance(error, BillingError):
        return (
            f"Billing refused {error.method}: {error.message.rstrip('.')}. If this is about the login, check "
            "api_username and api_password; if it is about a plan, check plan_ids; if the method is not known, this "
            "version of Billing lacks it."
        )
    return explain(error, _NEXT)
