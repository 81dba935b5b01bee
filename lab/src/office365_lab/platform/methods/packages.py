"""APS packages: import, state, removal (oa-api.md 6.1; procedure-facts.md 9.2)."""

from __future__ import annotations

import ipaddress
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from office365_lab.platform import packages
from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import BINARY, BOOLEAN, INT, STRING, Struct, optional, required
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.methods import find
from office365_lab.platform.tasks import package_tasks

METHODS = Registry()
_REFERENCE = required(
    "package_reference", Struct(required("application_id", INT), required("application_version", STRING))
)
_MAX_PACKAGE = 500_000_000
_DOWNLOAD_SECONDS = 60


@METHODS.method(
    "pem.APS.importPackage",
    optional("package_url", STRING),
    optional("package_body", BINARY),
    optional("disable_package", BOOLEAN),
    changes=True,
)
def import_package(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Import a package, or import it again; the rest is done by three tasks.

    The documented answer names application and version, so the lab reads the descriptor at once: a package that
    cannot be read is refused here, one with wrong contents fails in its task.
    """
    if ("package_url" in arguments) == ("package_body" in arguments):
        raise ApiError("arguments", reason="either package_url or package_body must be given")
    content = arguments["package_body"] if "package_body" in arguments else _fetch(call, arguments["package_url"])
    try:
        metadata = packages.read_metadata(content)
    except packages.PackageError as error:
        raise ApiError("package", reason=str(error)) from error
    application_id = _application(call, metadata)
    row = call.db.execute(
        "insert into lab_packages (application_id, version, release, status, enabled, relations, metadata)"
        " values (%s, %s, %s, 'Downloading', %s, 'pending', %s)"
        " on conflict (application_id, version, release) do update set status = excluded.status,"
        " enabled = excluded.enabled, relations = excluded.relations, metadata = excluded.metadata"
        " returning package_id",
        (
            application_id,
            metadata.version,
            metadata.release,
            not arguments.get("disable_package", False),
            Jsonb(metadata.to_json()),
        ),
    ).fetchone()
    assert row is not None  # noqa: S101  "insert ... returning" gives a row
    package_tasks.cancel_import(call.db, row["package_id"])
    source = (
        package_tasks.spool(call.services, content, f"{metadata.name}-{metadata.package_version}.app.zip")
        if isinstance(content, bytes)
        else content
    )
    call.schedule(
        *package_tasks.import_tasks(
            call.services,
            row["package_id"],
            application_id,
            metadata.name,
            metadata.package_version,
            source,
        )
    )
    return {"application_id": application_id, "package_version": metadata.package_version}


@METHODS.method("pem.APS.getPackage", _REFERENCE)
def get_package(call: Call, arguments: dict[str, Any]) -> dict[str, str]:
    """The state of a package version."""
    reference = arguments["package_reference"]
    row = find.package(call.db, reference["application_id"], reference["application_version"])
    return {"status": row["status"]}


@METHODS.method("pem.APS.unimportPackage", _REFERENCE, changes=True)
def unimport_package(call: Call, arguments: dict[str, Any]) -> None:
    """Remove one version that no instance has; the arguments are inferred from getPackage [I]."""
    reference = arguments["package_reference"]
    application = find.application(call.db, reference["application_id"])
    row = find.package(call.db, application["application_id"], reference["application_version"])
    used = call.db.execute(
        "select instance_id from lab_instances where package_id = %s"
        " union select (data->>'instance_id')::int from lab_tasks join tm_tasks using (task_id)"
        " where data->>'instance_id' is not null and (data->>'package_id')::int = %s and status <> 'c' limit 1",
        (row["package_id"], row["package_id"]),
    ).fetchone()
    if used is not None:
        raise ApiError(
            "package_in_use",
            package_version=reference["application_version"],
            reason=f"instance {used['instance_id']}",
        )
    package_tasks.cancel_import(call.db, row["package_id"])
    call.db.execute("update lab_packages set status = 'Removing' where package_id = %s", (row["package_id"],))
    call.schedule(
        *package_tasks.removal_tasks(
            call.services, row["package_id"], application["name"], reference["application_version"]
        )
    )


def _application(call: Call, metadata: packages.Metadata) -> int:
    """The id of the package's application; a new application is created by its first package."""
    row = call.db.execute(
        "select application_id from lab_applications where aps_application_id = %s", (metadata.aps_application_id,)
    ).fetchone()
    if row is None:
        row = call.db.execute(
            "insert into lab_applications (aps_application_id, name) values (%s, %s) returning application_id",
            (metadata.aps_application_id, metadata.name),
        ).fetchone()
    assert row is not None  # noqa: S101  "insert ... returning" gives a row
    application_id: int = row["application_id"]
    return application_id


def _fetch(call: Call, url: str) -> Path | bytes:
    """A file of the management node, or what a web server on the loopback interface gives."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return _local_file(call, urllib.parse.unquote(parts.path))
    if parts.scheme in ("http", "https") and _is_loopback(parts.hostname or ""):
        return _download(url)
    raise ApiError("package", reason=f"{url}: the lab reads file:/// and web servers on the loopback interface only")


def _local_file(call: Call, path: str) -> Path:
    """A path as the management node sees it: below its root folder, or else as it is on this machine."""
    inside = call.services.layout.management_node / path.lstrip("/")
    found = inside if inside.is_file() else Path(path)
    if not found.is_file():
        raise ApiError("package", reason=f"file {path} does not exist on the management node")
    return found


def _download(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_DOWNLOAD_SECONDS) as answer:  # noqa: S310  the caller checked the scheme
            content: bytes = answer.read(_MAX_PACKAGE + 1)
    except (urllib.error.URLError, OSError) as error:
        raise ApiError("package", reason=f"{url} cannot be downloaded: {error}") from error
    if len(content) > _MAX_PACKAGE:
        raise ApiError("package", reason=f"{url} is larger than {_MAX_PACKAGE} bytes")
    return content


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
