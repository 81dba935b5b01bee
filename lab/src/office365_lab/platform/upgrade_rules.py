"""Which package an instance may be upgraded to, and when (procedure-facts.md 9.3)."""

from __future__ import annotations

from office365_lab.platform import versions
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.database import Connection, Row
from office365_lab.platform.packages import Metadata
from office365_lab.platform.tasks import instance_tasks

_READY = "Ready"


def refuse_while_busy(db: Connection, instance_id: int, status: str) -> None:
    """Raise :class:`ApiError` while an operation on the instance is under way or was left unfinished."""
    open_task = db.execute(
        "select 1 from tm_usual join tm_tasks using (task_id) where mutex = %s limit 1",
        (instance_tasks.queue(instance_id),),
    ).fetchone()
    if status != _READY or open_task is not None:
        raise ApiError("operation_in_progress", application_instance_id=instance_id)


def choose_package(db: Connection, instance: Row, wanted: str | None) -> Row:
    """The package for an upgrade (``wanted``: its ``version-release``; None: the newest one).

    Raises :class:`ApiError`: busy instance; version not imported completely, not enabled, without upgrade relations,
    not the newest one, not higher than the installed one, or not meant for the installed one.
    """
    refuse_while_busy(db, instance["instance_id"], instance["status"])
    rows = db.execute(
        "select * from lab_packages where application_id = %s and status <> 'Removing'",
        (instance["application_id"],),
    ).fetchall()
    newest = max(rows, key=_number)
    target = next((row for row in rows if _name(row) == wanted), None) if wanted is not None else newest

    def refuse(reason: str) -> ApiError:
        return ApiError(
            "no_upgrade",
            application_instance_id=instance["instance_id"],
            package_version=wanted if wanted is not None else _name(newest),
            reason=reason,
        )

    if target is None:
        raise refuse("this version is not imported")
    if target["status"] != _READY:
        raise refuse(f"the package has status {target['status']}")
    if not target["enabled"]:
        raise refuse("the package is not enabled")
    if _number(target) <= _number(instance):
        raise refuse(f"the instance has {_name(instance)}")
    if target["package_id"] != newest["package_id"]:
        raise refuse(f"{_name(newest)} is the newest imported version")
    if target["relations"] != "ok":
        raise refuse("the upgrade relations of the package are not updated")
    expression = Metadata.from_json(target["metadata"]).upgrade_match
    if expression is None or not versions.accepts(expression, instance["version"], instance["release"]):
        raise refuse(f"the package cannot upgrade {_name(instance)}")
    return target


def _name(row: Row) -> str:
    return f"{row['version']}-{row['release']}"


def _number(row: Row) -> tuple[versions.Version, versions.Version]:
    return versions.parse(row["version"]), versions.parse(row["release"])
