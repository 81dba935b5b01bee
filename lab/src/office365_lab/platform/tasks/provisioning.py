"""Tasks that provide services to subscriptions or take them away again (procedure-facts.md 9.4 for their names)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from office365_lab.platform.database import Connection
from office365_lab.platform.tasks.actions import Action, Actions
from office365_lab.platform.tasks.store import TaskPlan

if TYPE_CHECKING:
    from office365_lab.platform.services import Services

_PROVIDE = "provide service"
_UNPROVIDE = "unprovide service"
_REFRESH = "refresh service template"
_SERVICE_CLASS = "rc.saas.service"

# The instance of a resource type is its own one, or for an application-wide resource type that of a sibling.
_SERVICE_OF = """
select rt.restype_name, app.name as application, i.url
from resource_types rt join resource_classes rc using (class_id)
join rt_act_params p on p.rt_id = rt.rt_id and p.name = 'app_id'
join lab_applications app on app.application_id::text = p.value
join lab_instances i on i.application_id = app.application_id
left join lab_instance_resource_types own on own.rt_id = rt.rt_id
where rt.rt_id = %(rt_id)s and rc.name = %(class)s and (own.instance_id is null or own.instance_id = i.instance_id)
order by i.instance_id in (select instance_id from lab_instance_resource_types join subs_resources using (rt_id)
                           where sub_id = %(sub_id)s) desc, i.instance_id
limit 1
"""

_TENANTS_OF_TEMPLATE = """
select rt.restype_name, app.name as application, i.url
from st_resources sr join resource_types rt using (rt_id)
join rt_act_params p on p.rt_id = rt.rt_id and p.name = 'service_id' and p.value = 'tenant'
join lab_instance_resource_types own on own.rt_id = rt.rt_id
join lab_instances i using (instance_id) join lab_applications app using (application_id)
where sr.st_id = %s order by i.instance_id
"""


def provide_tasks(db: Connection, services: Services, sub_id: int, rt_id: int) -> list[TaskPlan]:
    """The task that provides a service to a subscription; none for resource types that are no service."""
    return _service_tasks(db, services, "Provisioning", _PROVIDE, sub_id, rt_id)


def unprovide_tasks(db: Connection, services: Services, sub_id: int, rt_id: int) -> list[TaskPlan]:
    """The task that takes a service away from a subscription; none for resource types that are no service."""
    return _service_tasks(db, services, "Unprovisioning", _UNPROVIDE, sub_id, rt_id)


def template_tasks(db: Connection, services: Services, st_id: int) -> list[TaskPlan]:
    """What switching a template on or off leaves to do: one task for each instance that it sells."""
    return [
        TaskPlan(
            name=_name("Provisioning", row["restype_name"], row["application"], row["url"]),
            method="taskRefreshServiceTemplate",
            action=_REFRESH,
            seconds=services.options.task_seconds,
            queue=f"service-template-{st_id}",
            references=[("service_template", st_id)],
        )
        for row in db.execute(_TENANTS_OF_TEMPLATE, (st_id,)).fetchall()
    ]


def register(actions: Actions) -> None:
    """Tell the engine how these tasks are done."""
    actions.add(_PROVIDE, Action(_provide))
    actions.add(_UNPROVIDE, Action(_unprovide))
    actions.add(_REFRESH, Action(lambda db, services, data: "service template refreshed"))


def _service_tasks(
    db: Connection, services: Services, verb: str, action: str, sub_id: int, rt_id: int
) -> list[TaskPlan]:
    row = db.execute(_SERVICE_OF, {"rt_id": rt_id, "class": _SERVICE_CLASS, "sub_id": sub_id}).fetchone()
    if row is None:
        return []
    return [
        TaskPlan(
            name=_name(verb, row["restype_name"], row["application"], row["url"]),
            method="taskProvideService" if action == _PROVIDE else "taskUnprovideService",
            action=action,
            seconds=services.options.task_seconds,
            queue=f"subscription-{sub_id}",
            data={"subscription_id": sub_id, "resource_type_id": rt_id},
            subscription_id=sub_id,
            references=[("subscription", sub_id)],
        )
    ]


def _name(verb: str, resource_type: str, application: str, url: str) -> str:
    """For example: Provisioning "Tenant" for APS application Office365(https://gateway/application/aps/)."""
    service = resource_type.rsplit("Office 365 ", 1)[-1]
    return f'{verb} "{service}" for APS application {application}({url})'


def _provide(db: Connection, services: Services, data: dict[str, Any]) -> str:
    return _set_usage(db, data, 1)


def _unprovide(db: Connection, services: Services, data: dict[str, Any]) -> str:
    return _set_usage(db, data, 0)


def _set_usage(db: Connection, data: dict[str, Any], usage: int) -> str:
    db.execute(
        "update subs_resources set curr_usage = %s, own_usage = %s,"
        " last_checkpoint = clock_timestamp() at time zone 'UTC' where sub_id = %s and rt_id = %s",
        (usage, usage, data["subscription_id"], data["resource_type_id"]),
    )
    return f"usage is {usage}"
