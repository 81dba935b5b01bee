"""Importing packages and removing them: tasks, package states and upgrade relations (procedure-facts.md 9.2)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from office365_lab.platform import packages, resource_settings
from office365_lab.platform.database import Connection
from office365_lab.platform.tasks import store
from office365_lab.platform.tasks.actions import Action, Actions, TaskFailedError
from office365_lab.platform.tasks.store import TaskPlan

if TYPE_CHECKING:
    from office365_lab.platform.services import Services

_DOWNLOAD, _IMPORT, _RELATIONS, _REMOVE = "download package", "import package", "update relations", "remove package"
_REFERENCE = "package"
# Where a failed task leaves the package; the states are those that getPackage documents (oa-api.md 6.1).
_ERROR_STATES: Mapping[str, str] = MappingProxyType({_DOWNLOAD: "Downloading error", _IMPORT: "Content error"})


def import_tasks(
    services: Services, package_id: int, application_id: int, name: str, package_version: str, source: Path
) -> list[TaskPlan]:
    """The three tasks of an import, in their order."""
    file_name = f"{name}-{package_version}.app.zip"
    data = {
        "package_id": package_id,
        "application_id": application_id,
        "source": str(source),
        "target": str(_repository(services) / file_name),
    }
    seconds = services.options.task_seconds

    def plan(title: str, method: str, action: str, duration: float) -> TaskPlan:
        return TaskPlan(
            name=title,
            method=method,
            action=action,
            seconds=duration,
            queue=f"aps-package-{package_id}",
            data=data,
            references=[(_REFERENCE, package_id)],
        )

    return [
        plan(f"Downloading APS package {file_name}", "taskDownloadPackage", _DOWNLOAD, seconds),
        plan(f"Importing APS package {file_name}", "taskImportPackage", _IMPORT, services.options.import_seconds),
        plan(
            f"APS application '{name}', id {application_id} :"
            " updating upgrade relations for APS packages of application",
            "taskUpdateUpgradeRelations",
            _RELATIONS,
            seconds,
        ),
    ]


def removal_tasks(services: Services, package_id: int, name: str, package_version: str) -> list[TaskPlan]:
    """The task that removes one version of an application."""
    return [
        TaskPlan(
            name=f"Removing APS package {name}-{package_version}",
            method="taskRemovePackage",
            action=_REMOVE,
            seconds=services.options.task_seconds,
            queue=f"aps-package-removal-{package_id}",
            data={"package_id": package_id},
        )
    ]


def spool(services: Services, content: bytes, file_name: str) -> Path:
    """Keep a package that came inside a call until its tasks run."""
    folder = _repository(services)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file_name}.received"
    path.write_bytes(content)
    return path


def cancel_import(db: Connection, package_id: int) -> None:
    """Cancel whatever is left of an import. That a removal does so is the lab's choice [I]."""
    rows = db.execute(
        "select task_id from tm_task_references join tm_tasks using (task_id)"
        " where ref_type = %s and ref_id = %s and status <> 'c'",
        (_REFERENCE, package_id),
    ).fetchall()
    store.cancel(db, [row["task_id"] for row in rows], "package import replaced or removed")


def register(actions: Actions) -> None:
    """Tell the engine how these tasks are done."""
    actions.add(
        _DOWNLOAD, Action(_download, failed=lambda db, _, data: _set_status(db, data, _ERROR_STATES[_DOWNLOAD]))
    )
    actions.add(
        _IMPORT,
        Action(
            _import,
            begin=lambda db, _, data: _set_status(db, data, "Content importing"),
            failed=lambda db, _, data: _set_status(db, data, _ERROR_STATES[_IMPORT]),
        ),
    )
    actions.add(_RELATIONS, Action(_update_relations, failed=_relations_failed))
    actions.add(_REMOVE, Action(_remove))


def _repository(services: Services) -> Path:
    """The folder of the management node that keeps imported packages."""
    return services.layout.management_node / "usr" / "local" / "pem" / "APS" / "packages"


def _download(db: Connection, services: Services, data: dict[str, Any]) -> str:
    target = Path(data["target"])
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(data["source"], target)
    except OSError as error:
        raise TaskFailedError(f"the package cannot be downloaded: {error}") from error
    if data["source"].endswith(".received"):
        Path(data["source"]).unlink()
    return _set_status(db, data, "Metadata importing")


def _import(db: Connection, services: Services, data: dict[str, Any]) -> str:
    try:
        packages.check_contents(Path(data["target"]))
    except packages.PackageError as error:
        raise TaskFailedError(str(error)) from error
    return _set_status(db, data, "Ready")


def _update_relations(db: Connection, services: Services, data: dict[str, Any]) -> str:
    row = db.execute("select version from lab_packages where package_id = %s", (data["package_id"],)).fetchone()
    if row is None:
        raise TaskFailedError("the package was removed")
    obstacle = resource_settings.block_import(db, data["application_id"], row["version"])
    if obstacle is not None:
        raise TaskFailedError(obstacle)
    db.execute("update lab_packages set relations = 'ok' where package_id = %s", (data["package_id"],))
    return "upgrade relations updated"


def _relations_failed(db: Connection, services: Services, data: dict[str, Any]) -> str:
    db.execute("update lab_packages set relations = 'failed' where package_id = %s", (data["package_id"],))
    return ""


def _remove(db: Connection, services: Services, data: dict[str, Any]) -> str:
    db.execute("delete from lab_packages where package_id = %s", (data["package_id"],))
    return "package removed"


def _set_status(db: Connection, data: dict[str, Any], status: str) -> str:
    db.execute("update lab_packages set status = %s where package_id = %s", (status, data["package_id"]))
    return f"package status: {status}"
