"""Upgrading an application instance: three tasks (procedure-facts.md 9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from office365_lab.platform.database import Connection
from office365_lab.platform.packages import Metadata
from office365_lab.platform.tasks.actions import Action, Actions, TaskFailedError
from office365_lab.platform.tasks.store import TaskPlan

if TYPE_CHECKING:
    from office365_lab.platform.services import Services

_INITIATE, _EXECUTE, _FINALIZE = "initiate upgrade", "execute upgrade", "finalize upgrade"
_METHOD = "taskUpgradeApp2x"


def queue(instance_id: int) -> str:
    """The queue of all operations on one instance."""
    return f"aps-instance-{instance_id}"


def upgrade_tasks(
    services: Services, instance_id: int, package_id: int, application: str, url: str, package_version: str
) -> list[TaskPlan]:
    """The initiating, executing and finalizing task of an upgrade."""
    seconds = services.options.task_seconds

    def plan(title: str, method: str, action: str, duration: float) -> TaskPlan:
        return TaskPlan(
            name=f"{title} of APS application {application}({url}) to {package_version}",
            method=method,
            action=action,
            seconds=duration,
            queue=queue(instance_id),
            data={"instance_id": instance_id, "package_id": package_id},
            child_of_first=True,
            references=[("instance", instance_id)],
        )

    return [
        plan("Initiating upgrade", "taskInitiateOperation", _INITIATE, seconds),
        plan("Upgrading instance", _METHOD, _EXECUTE, services.options.instance_upgrade_seconds),
        plan("Finalizing upgrade", "taskFinalizeOperation", _FINALIZE, seconds),
    ]


def register(actions: Actions) -> None:
    """Tell the engine how these tasks are done."""
    actions.add(_INITIATE, Action(lambda db, services, data: "operation registered"))
    actions.add(_EXECUTE, Action(_execute))
    actions.add(_FINALIZE, Action(_finalize))


def _execute(db: Connection, services: Services, data: dict[str, Any]) -> str:
    row = db.execute("select metadata from lab_packages where package_id = %s", (data["package_id"],)).fetchone()
    if row is None:
        raise TaskFailedError("the package was removed")
    metadata = Metadata.from_json(row["metadata"])
    db.execute(
        "update lab_instances set package_id = %s where instance_id = %s", (data["package_id"], data["instance_id"])
    )
    for setting_id, _, _ in metadata.settings:
        db.execute(
            "insert into lab_instance_settings values (%s, %s, '') on conflict do nothing",
            (data["instance_id"], setting_id),
        )
    return f"instance is at {metadata.package_version}"


def _finalize(db: Connection, services: Services, data: dict[str, Any]) -> str:
    db.execute("update lab_instances set status = 'Ready' where instance_id = %s", (data["instance_id"],))
    return "operation ended"
