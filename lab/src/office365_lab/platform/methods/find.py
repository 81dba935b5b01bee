"""Looking up objects by id: a missing one is an error of the caller."""

from __future__ import annotations

from typing import LiteralString

from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.database import Connection, Row


def _one(db: Connection, kind: str, query: LiteralString, identifier: object, lock: LiteralString = "") -> Row:
    row = db.execute(query + lock, (identifier,)).fetchone()
    if row is None:
        raise ApiError("no_object", kind=kind, id=identifier)
    return row


def service_template(db: Connection, st_id: int, lock: bool = False) -> Row:
    """The row of a service template, locked against other writers on request."""
    query = "select * from lab_service_templates where st_id = %s"
    return _one(db, "Service template", query, st_id, " for update" if lock else "")


def resource_type(db: Connection, rt_id: int) -> Row:
    """The row of a resource type, with the name of its class as ``resclass_name``."""
    query = (
        "select rt.*, rc.name as resclass_name from resource_types rt join resource_classes rc using (class_id)"
        " where rt_id = %s"
    )
    return _one(db, "Resource type", query, rt_id)


def subscription(db: Connection, sub_id: int, lock: bool = False) -> Row:
    """The row of a subscription, locked against other writers on request."""
    query = "select * from subscriptions where sub_id = %s"
    return _one(db, "Subscription", query, sub_id, " for update" if lock else "")


def account(db: Connection, account_id: int) -> Row:
    """The row of an account."""
    return _one(db, "Account", "select * from lab_accounts where account_id = %s", account_id)


def application(db: Connection, application_id: int) -> Row:
    """The row of an application."""
    return _one(db, "Application", "select * from lab_applications where application_id = %s", application_id)


def instance(db: Connection, instance_id: int, lock: bool = False) -> Row:
    """The row of an application instance with its package's ``version``, ``release`` and ``metadata``."""
    query = (
        "select i.*, p.version, p.release, p.metadata from lab_instances i join lab_packages p using (package_id)"
        " where instance_id = %s"
    )
    return _one(db, "Application instance", query, instance_id, " for update of i" if lock else "")


def package(db: Connection, application_id: int, package_version: str) -> Row:
    """The row of a package by its ``version-release``."""
    row = db.execute(
        "select * from lab_packages where application_id = %s and version || '-' || release = %s",
        (application_id, package_version),
    ).fetchone()
    if row is None:
        raise ApiError("no_object", kind="Package", id=f"{package_version} of application {application_id}")
    return row
