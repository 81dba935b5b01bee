"""APS applications and their settings (oa-api.md 6.1)."""

from __future__ import annotations

from typing import Any

from office365_lab.platform import versions
from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import INT, STRING, optional, required
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.methods import find
from office365_lab.platform.packages import Metadata

METHODS = Registry()


@METHODS.method("pem.APS.getApplications", optional("aps_application_id", STRING))
def get_applications(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The application with this package id, or all of them [I]; an empty array where there is none."""
    wanted = arguments.get("aps_application_id")
    rows = call.db.execute("select * from lab_applications order by application_id").fetchall()
    return [
        {
            "application_id": row["application_id"],
            "aps_application_id": row["aps_application_id"],
            "name": row["name"],
        }
        for row in rows
        if wanted in (None, row["aps_application_id"])
    ]


@METHODS.method("pem.APS.getApplicationSettings", required("application_id", INT), optional("package_version", STRING))
def get_application_settings(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The settings that a package version declares; without a version those of the newest one."""
    application = find.application(call.db, arguments["application_id"])
    if "package_version" in arguments:
        row = find.package(call.db, application["application_id"], arguments["package_version"])
    else:
        rows = call.db.execute(
            "select * from lab_packages where application_id = %s", (application["application_id"],)
        ).fetchall()
        if not rows:
            raise ApiError("no_object", kind="Package", id=f"of application {application['application_id']}")
        row = max(rows, key=lambda row: (versions.parse(row["version"]), versions.parse(row["release"])))
    metadata = Metadata.from_json(row["metadata"])
    return [{"setting_id": setting_id, "value_type": kind} for setting_id, kind, _ in metadata.settings]
