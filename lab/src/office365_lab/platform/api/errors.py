"""Every failure that the Public API of the lab answers with, in one table.

``documented`` tells whether a source names the pair (module_id, extype_id) (oa-api.md 9.2). Where none does, the
lab uses extype ids from 90001 on, which no real platform is known to have: a client that matches on one of them
has learnt something about the lab, not about Odin Automation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType


@dataclasses.dataclass(frozen=True)
class ErrorKind:
    """One kind of failure; ``text`` may name properties in braces."""

    module_id: str
    extype_id: int
    text: str
    documented: bool = False
    error_code: int | None = None


ERRORS: Mapping[str, ErrorKind] = MappingProxyType(
    {
        "arguments": ErrorKind("OpenAPI", 21, "Invalid set of arguments: {reason}", documented=True),
        "no_transaction": ErrorKind("OpenAPI", 2001, "Transaction '{txn_id}' does not exist", documented=True),
        "request_in_use": ErrorKind("OpenAPI", 3001, "Request '{request_id}' is already in use", documented=True),
        "transaction_exists": ErrorKind("OpenAPI", 90001, "Transaction '{txn_id}' is already open"),
        "parameter": ErrorKind("Common", 2, "Invalid parameter: {reason}", documented=True, error_code=0),
        "internal": ErrorKind("Common", 1, "Internal error: {reason}", documented=True),
        "overuse": ErrorKind(
            "ResourceManagement",
            100,
            "Overuse attempt: resource type {resource_type_id} of subscription {subscription_id} has usage {usage}, "
            "limit {limit} was asked for",
            documented=True,
            error_code=2005,
        ),
        "subscription_exists": ErrorKind(
            "ResourceManagement",
            205,
            "Subscription {subscription_id} already exists",
            documented=True,
            error_code=2007,
        ),
        "no_object": ErrorKind("Common", 90002, "{kind} {id} does not exist"),
        "locked": ErrorKind("Common", 90003, "An object is locked by another transaction: {reason}"),
        "active_template": ErrorKind(
            "ResourceManagement", 90004, "Service template {st_id} is active: its resources cannot be edited"
        ),
        "in_template": ErrorKind(
            "ResourceManagement", 90005, "Service template {st_id} already has resource type {resource_type_id}"
        ),
        "not_in_template": ErrorKind(
            "ResourceManagement", 90006, "Service template {st_id} does not have resource type {resource_type_id}"
        ),
        "in_use": ErrorKind("ResourceManagement", 90007, "{kind} {id} is in use: {reason}"),
        "inactive_template": ErrorKind("ResourceManagement", 90008, "Service template {st_id} is not active"),
        "package": ErrorKind("SaaS", 90009, "The package cannot be used: {reason}"),
        "package_in_use": ErrorKind("SaaS", 90010, "Package {package_version} is in use: {reason}"),
        "operation_in_progress": ErrorKind(
            "SaaS", 90011, "Another operation on instance {application_instance_id} is already in progress"
        ),
        "no_upgrade": ErrorKind(
            "SaaS", 90012, "Instance {application_instance_id} cannot be upgraded to {package_version}: {reason}"
        ),
        "task_status": ErrorKind(
            "TaskManager",
            90013,
            "Task {task_id} has status {status}: only failed and canceled tasks can be rescheduled",
        ),
        "planned": ErrorKind("Common", 1, "{reason}", documented=True),
    }
)


class ApiError(Exception):
    """A failure of a call. ``kind`` is a key of :data:`ERRORS`; ``properties`` fill its text and go over the wire."""

    def __init__(self, kind: str, /, **properties: object) -> None:
        details = ERRORS[kind]
        self.kind = kind
        self.module_id = details.module_id
        self.extype_id = details.extype_id
        self.error_code = details.error_code
        self.properties = {name: str(value) for name, value in properties.items()}
        super().__init__(details.text.format(**properties))


class PlannedError(ApiError):
    """A failure that a test has planned; it chooses its own text and ids."""

    def __init__(self, message: str, module_id: str, extype_id: int) -> None:
        super().__init__("planned", reason=message)
        self.module_id = module_id
        self.extype_id = extype_id


class UnknownMethodError(Exception):
    """There is no such method; the platform answers with an XML-RPC fault (oa-api.md 1.3)."""
