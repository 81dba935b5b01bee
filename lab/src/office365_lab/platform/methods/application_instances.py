"""Application instances: reading, settings, upgrade, services (oa-api.md 6.1; procedure-facts.md 7, 9.3)."""

from __future__ import annotations

from typing import Any

from office365_lab.platform import upgrade_rules
from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import INT, NAME_VALUE, STRING, Array, optional, required
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.methods import find
from office365_lab.platform.packages import Metadata
from office365_lab.platform.tasks import instance_tasks

METHODS = Registry()
_INSTANCE = required("application_instance_id", INT)
_SETTING_PREFIX = "s_"

# The resource type of an instance for a service is its own one, or else one that serves the whole application.
_SERVICE_RESOURCE_TYPE = """
select service.rt_id from rt_act_params service
join rt_act_params app on app.rt_id = service.rt_id and app.name = 'app_id' and app.value = %(application)s
join resource_types rt on rt.rt_id = service.rt_id join resource_classes rc using (class_id)
left join lab_instance_resource_types own on own.rt_id = service.rt_id
where service.name = 'service_id' and service.value = %(service)s and rc.name = 'rc.saas.service'
  and (own.instance_id is null or own.instance_id = %(instance)s)
order by own.instance_id is null, service.rt_id limit 1
"""

_SERVICE_INSTANCES = """
select sr.rt_instance_id, sr.rt_id, service.value as service_id from subs_resources sr
join lab_instance_resource_types own using (rt_id)
join rt_act_params service on service.rt_id = sr.rt_id and service.name = 'service_id'
where own.instance_id = %s and sr.curr_usage > 0 and (%s = '' or service.value = %s)
order by sr.rt_instance_id
"""


@METHODS.method("pem.APS.getApplicationInstances", required("app_id", INT), optional("subscription_id", INT))
def get_instances(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The instances of an application; with a subscription only those whose resource types it has."""
    find.application(call.db, arguments["app_id"])
    rows = call.db.execute(
        "select instance_id, resource_id from lab_instances i where application_id = %(app)s and (%(sub)s::int is null"
        " or exists (select 1 from subs_resources join lab_instance_resource_types own using (rt_id)"
        "            where sub_id = %(sub)s and own.instance_id = i.instance_id)) order by 1",
        {"app": arguments["app_id"], "sub": arguments.get("subscription_id")},
    )
    return [
        {"application_instance_id": row["instance_id"], "application_resource_id": str(row["resource_id"])}
        for row in rows
    ]


@METHODS.method("pem.APS.getApplicationInstance", _INSTANCE)
def get_instance(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """One instance; ``rt_id`` is 0, because a global instance of APS 2 has no resource type [I]."""
    row = find.instance(call.db, arguments["application_instance_id"])
    return {
        "application_instance_id": row["instance_id"],
        "application_id": row["application_id"],
        "package_version": f"{row['version']}-{row['release']}",
        "url": row["url"],
        "status": row["status"],
        "rt_id": 0,
        "application_resource_id": str(row["resource_id"]),
    }


@METHODS.method("pem.APS.getApplicationInstanceSettings", _INSTANCE)
def get_settings(call: Call, arguments: dict[str, Any]) -> list[dict[str, str]]:
    """Names and values; passwords come back empty (procedure-facts.md 7 [I])."""
    instance = find.instance(call.db, arguments["application_instance_id"])
    secret = _secret_settings(instance["metadata"])
    rows = call.db.execute(
        "select setting_id, value from lab_instance_settings where instance_id = %s order by 1",
        (instance["instance_id"],),
    )
    return [{"name": row["setting_id"], "value": "" if row["setting_id"] in secret else row["value"]} for row in rows]


@METHODS.method(
    "pem.APS.setApplicationInstanceSettings", _INSTANCE, required("settings", Array(NAME_VALUE)), changes=True
)
def set_settings(call: Call, arguments: dict[str, Any]) -> None:
    """Set the named settings; a name that the instance's package does not declare is refused."""
    instance = find.instance(call.db, arguments["application_instance_id"], lock=True)
    upgrade_rules.refuse_while_busy(call.db, instance["instance_id"], instance["status"])
    known = {setting_id for setting_id, _, _ in Metadata.from_json(instance["metadata"]).settings}
    for setting in arguments["settings"]:
        if setting["name"] not in known:
            raise ApiError("parameter", reason=f"the application has no setting {setting['name']}")
        call.db.execute(
            "insert into lab_instance_settings values (%s, %s, %s)"
            " on conflict (instance_id, setting_id) do update set value = excluded.value",
            (instance["instance_id"], setting["name"], setting["value"]),
        )


@METHODS.method("pem.APS.upgradeApplicationInstance", _INSTANCE, optional("package_version", STRING), changes=True)
def upgrade_instance(call: Call, arguments: dict[str, Any]) -> None:
    """Start the upgrade of an instance to the newest package; three tasks do the work."""
    instance = find.instance(call.db, arguments["application_instance_id"], lock=True)
    target = upgrade_rules.choose_package(call.db, instance, arguments.get("package_version"))
    application = find.application(call.db, instance["application_id"])
    call.db.execute("update lab_instances set status = 'Upgrading' where instance_id = %s", (instance["instance_id"],))
    call.schedule(
        *instance_tasks.upgrade_tasks(
            call.services,
            instance["instance_id"],
            target["package_id"],
            application["name"],
            instance["url"],
            f"{target['version']}-{target['release']}",
        )
    )


@METHODS.method("pem.APS.getApplicationInstanceServiceResourceTypes", _INSTANCE, required("service_id", STRING))
def get_service_resource_types(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The resource type of each service of an instance, 0 where there is none; '' asks for all services.

    The services are those of the instance's own package version; one that it does not declare gives an empty array.
    """
    instance = find.instance(call.db, arguments["application_instance_id"])
    metadata = Metadata.from_json(instance["metadata"])
    answer = []
    for service in metadata.services:
        if arguments["service_id"] not in ("", service):
            continue
        row = call.db.execute(
            _SERVICE_RESOURCE_TYPE,
            {
                "application": str(instance["application_id"]),
                "service": service,
                "instance": instance["instance_id"],
            },
        ).fetchone()
        rt_id = row["rt_id"] if row is not None else 0
        answer.append(
            {"service_id": service, "service_resource_type_id": rt_id, "settings": _service_settings(call, rt_id)}
        )
    return answer


@METHODS.method("pem.APS.getServiceInstances", _INSTANCE, required("service_id", STRING))
def get_service_instances(call: Call, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """The provisioned services of an instance; '' asks for all services."""
    instance = find.instance(call.db, arguments["application_instance_id"])
    service = arguments["service_id"]
    return [
        {
            "service_instance_id": row["rt_instance_id"],
            "service_id": row["service_id"],
            "service_instance_status": "Ready",
            "parent_service_instance_id": 0,
            "resource_type_id": row["rt_id"],
        }
        for row in call.db.execute(_SERVICE_INSTANCES, (instance["instance_id"], service, service))
    ]


def _secret_settings(metadata: dict[str, Any]) -> set[str]:
    return {setting_id for setting_id, kind, _ in Metadata.from_json(metadata).settings if kind == "password"}


def _service_settings(call: Call, rt_id: int) -> list[dict[str, str]]:
    """Activation parameters ``s_<name>`` are the settings of a service (oa-api.md 4)."""
    rows = call.db.execute("select name, value from rt_act_params where rt_id = %s order by 1", (rt_id,))
    return [
        {"name": row["name"].removeprefix(_SETTING_PREFIX), "value": row["value"]}
        for row in rows
        if row["name"].startswith(_SETTING_PREFIX)
    ]
