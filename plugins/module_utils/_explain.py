# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors in the words of an operator: what happened, where, why, what to do next. Private; no Ansible import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.odin.office365.plugins.module_utils._errors import (
    ApiError,
    FaultError,
    OaError,
    RestError,
    TaskFailedError,
    TransportError,
)

_ALLOWED_NETWORKS = (
    "The platform resets connections of hosts that are not in its list of allowed networks. Add the address of the "
    "host that runs this module under System > Settings > Public API > Allowed Networks in the provider control panel, "
    "or run the module on a host that is already allowed, such as the management node."
)

#: kind of a transport error -> what to do next
_NEXT: dict[str, str] = {
    "refused": (
        "Nothing listens there: check host and port in api_url (usually 8440) or aps_url (usually 6308), and the "
        "firewall."
    ),
    "reset": _ALLOWED_NETWORKS,
    "closed": "The service may have been restarted: check it on the management node, then run the same command again.",
    "name": "Check the host name in api_url or aps_url, or the name resolution of the host that runs this module.",
    "certificate": (
        "The certificate is not trusted: give the authority that signed it as ca_path (aps_ca_path for the APS "
        "controller), or write the host name that the certificate was made for. validate_certs: false switches the "
        "check off."
    ),
    "tls": (
        "Check whether the address has to start with http:// or https://: SSL is one global switch of the Public API."
    ),
    "ca_file": "Put the file on the host that runs this module, or correct ca_path or aps_ca_path.",
    "connect_timeout": "Check the address and the firewall; a slow network may need a larger connect_timeout.",
    "read_timeout": (
        "The platform is busy or hangs: look at its load; a large installation may need a larger read_timeout."
    ),
    "unauthorized": "The login was not accepted: check api_username and api_password against the control panel.",
    "unavailable": (
        "The service answers, but not with what was asked: look at its log (/var/log/poa.log), then try again."
    ),
    "http_status": (
        "Check that the address is the one of the API (its path is usually /RPC2) and not of another service."
    ),
    "too_large": "Check that the address is the one of the API and not of another service.",
    "garbage": "Check that the address is the one of the API and not of a proxy or another service.",
    "other": "Check the address and the network between this host and the platform.",
}


def explain(error: OaError, advice: Mapping[str, str] | None = None) -> str:
    """One text for the ``msg`` of a failed module; ``advice`` says what to do next for each kind of transport error."""
    if isinstance(error, TransportError):
        return _transport(error, advice or _NEXT)
    if isinstance(error, FaultError):
        return (
            f"The platform could not make sense of {error.method}: {error.message}. This version of the platform may "
            "lack the method or want other arguments; odin.office365.oa_info with signatures shows what it expects."
        )
    if isinstance(error, ApiError):
        numbers = (
            f"module {error.module_id or 'unknown'}, type {'unknown' if error.extype_id is None else error.extype_id}"
        )
        reason = error.properties.get("reason", "")
        more = f" ({reason})" if reason and reason not in error.message else ""
        return f"The platform refused {error.method}: {error.message}{more} [{numbers}]"
    if isinstance(error, RestError):
        return f"The APS controller refused to give {error.path}: {error.message} [HTTP status {error.http_status}]"
    if isinstance(error, TaskFailedError):
        return (
            f"The platform started the work, but a task of it failed: {error}. Find it under Operations > Tasks in the "
            f"provider control panel (request {error.request_id}), remove the cause, and prefer restarting a task to "
            "cancelling it."
        )
    return str(error)


def facts(error: OaError) -> dict[str, Any]:
    """The same as data; always the same keys."""
    api = error if isinstance(error, ApiError) else None
    kind = error.kind if isinstance(error, TransportError) else None
    return {
        "type": error.type_name,
        "kind": kind,
        "method": api.method if api else None,
        "module_id": api.module_id if api else None,
        "extype_id": api.extype_id if api else None,
        "status_messages": list(error.messages) if isinstance(error, TaskFailedError) else [],
    }


def _transport(error: TransportError, advice: Mapping[str, str]) -> str:
    place = urlsplit(error.url)
    where = f"{place.scheme}://{place.netloc}{place.path}" if place.netloc else error.url
    return f"No usable answer from {where}: {error.reason}. {advice.get(error.kind, advice['other'])}"
