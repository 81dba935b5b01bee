# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the clients, in three layers: transport, protocol, domain. Private; no Ansible import."""

from __future__ import annotations

from typing import Any


class OaError(Exception):
    """Any failure that a module reports; ``details`` are added to the failure result of the module."""

    #: the word for ``error.type`` in the failure result
    type_name = "refused"

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details: dict[str, Any] = dict(details or {})


class TransportError(OaError):
    """The request or its answer was lost, refused or not understood on the way.

    ``kind`` is one of ``refused``, ``reset``, ``closed``, ``name``, ``certificate``, ``tls``, ``ca_file``,
    ``connect_timeout``, ``read_timeout``, ``unauthorized``, ``unavailable``, ``http_status``, ``too_large``,
    ``garbage``, ``other``. ``retry_after`` is the pause in seconds that the server asked for, if it did.
    """

    type_name = "transport"

    #: a later try of the same read may succeed
    PASSING = frozenset({"refused", "reset", "closed", "connect_timeout", "read_timeout", "unavailable"})
    #: the request never reached the server, so nothing happened there
    UNDELIVERED = frozenset({"refused", "name", "certificate", "tls", "ca_file", "connect_timeout", "unauthorized"})

    def __init__(
        self, kind: str, url: str, reason: str, *, http_status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.url = url
        self.reason = reason
        self.http_status = http_status
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """True where a read may be tried again."""
        return self.kind in self.PASSING

    @property
    def outcome_unknown(self) -> bool:
        """True where a write may have been carried out although its answer is missing."""
        return self.kind not in self.UNDELIVERED


class ApiError(OaError):
    """The platform answered that the call failed (oa-api.md 1.3): its text and numbers are kept as they came."""

    type_name = "api"

    def __init__(
        self,
        method: str,
        message: str,
        *,
        module_id: str | None = None,
        extype_id: int | None = None,
        properties: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.method = method
        self.message = message
        self.module_id = module_id
        self.extype_id = extype_id
        self.properties = dict(properties or {})

    @property
    def request_id_in_use(self) -> bool:
        """True for the answer to ``txn.Begin`` that asks for another request id (oa-api.md 1.6)."""
        return (self.module_id, self.extype_id) == ("OpenAPI", 3001)


class FaultError(ApiError):
    """An XML-RPC fault: the call itself was wrong (unknown method, malformed arguments)."""

    type_name = "fault"


class RestError(OaError):
    """The APS controller answered with an error (oa-api.md 6.3)."""

    type_name = "aps"

    def __init__(self, path: str, http_status: int, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.http_status = http_status
        self.message = message


class TaskFailedError(OaError):
    """A task of a request failed or was cancelled; ``messages`` are the platform's reasons."""

    type_name = "task"

    def __init__(self, request_id: str, messages: list[str]) -> None:
        super().__init__("; ".join(messages) or "the platform gave no reason")
        self.request_id = request_id
        self.messages = messages


class WaitTimeoutError(OaError):
    """Something did not come to its end in the time that the user allowed."""

    type_name = "timeout"


class RefusedError(OaError):
    """This collection refuses to go on: the state of the platform or the options do not allow the change."""
