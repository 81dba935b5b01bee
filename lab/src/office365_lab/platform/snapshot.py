"""The platform's part of the state snapshot, read from the database and never through the API."""

from __future__ import annotations

from typing import Any

from office365_lab.installation import SETTING_API_PASSWORD
from office365_lab.platform import resource_settings
from office365_lab.platform.database import Connection
from office365_lab.platform.packages import Metadata
from office365_lab.platform.services import Services

State = dict[str, Any]


def take(db: Connection, services: Services) -> State:
    """Everything the snapshot tells about the platform; passwords show as "set" or ""."""
    return {
        "platform": _platform(db),
        "packages": _packages(db),
        "instances": _instances(db, services),
        "service_templates": _service_templates(db),
        "resource_types": _resource_types(db),
        "subscriptions": _subscriptions(db),
        "tasks": [
            {"id": row["task_id"], "name": row["name"], "status": row["status"], "method": row["method"]}
            for row in db.execute("select * from tm_tasks order by task_id")
        ],
        "resource_settings": _resource_settings(db, services),
        "script_runs": _script_runs(db),
        "cloud_subscriptions": [
            {"id": row["cloud_subscription_id"], "attempts": row["attempts"], "subscription_id": row["sub_id"]}
            for row in db.execute("select * from lab_cloud_subscriptions order by 1")
        ],
        "billing": _billing(db),
    }


def _platform(db: Connection) -> State:
    row = db.execute("select build, version from version_history order by install_date desc limit 1").fetchone()
    hotfixes = db.execute("select name from hotfixes order by install_date, name")
    return {
        "version": row["version"] if row is not None else "",
        "build": row["build"] if row is not None else "",
        "hotfixes": [hotfix["name"] for hotfix in hotfixes],
    }


def _packages(db: Connection) -> list[State]:
    rows = db.execute(
        "select a.name, p.* from lab_packages p join lab_applications a using (application_id)"
        " order by application_id, package_id"
    )
    return [
        {
            "application": row["name"],
            "application_id": row["application_id"],
            "version": f"{row['version']}-{row['release']}",
            "status": row["status"],
            "enabled": row["enabled"],
            "relations": row["relations"],
        }
        for row in rows
    ]


def _instances(db: Connection, services: Services) -> list[State]:
    rows = db.execute(
        "select i.*, p.version, p.release, p.metadata from lab_instances i join lab_packages p using (package_id)"
        " order by instance_id"
    ).fetchall()
    instances = []
    for row in rows:
        metadata = Metadata.from_json(row["metadata"])
        secret = {setting_id for setting_id, kind, _ in metadata.settings if kind == "password"}
        settings = {
            item["setting_id"]: item["value"]
            for item in db.execute(
                "select setting_id, value from lab_instance_settings where instance_id = %s order by 1",
                (row["instance_id"],),
            )
        }
        instances.append(
            {
                "id": row["instance_id"],
                "name": row["name"],
                "application_id": row["application_id"],
                "package_version": metadata.package_version,
                "status": row["status"],
                "url": row["url"],
                "settings": {
                    name: ("set" if value else "") if name in secret else value for name, value in settings.items()
                },
                "public_api_password_ok": settings.get(SETTING_API_PASSWORD) == services.credentials.instance_password,
            }
        )
    return instances


def _service_templates(db: Connection) -> list[State]:
    resources: dict[int, list[State]] = {}
    instances: dict[int, set[int]] = {}
    rows = db.execute(
        "select sr.st_id, sr.rt_id, rt.restype_name, sr.sub_limit, own.instance_id from st_resources sr"
        " join resource_types rt using (rt_id) left join lab_instance_resource_types own using (rt_id)"
        " order by sr.st_id, sr.rt_id"
    )
    for row in rows:
        resources.setdefault(row["st_id"], []).append(
            {"id": row["rt_id"], "name": row["restype_name"], "limit": row["sub_limit"]}
        )
        if row["instance_id"] is not None:
            instances.setdefault(row["st_id"], set()).add(row["instance_id"])
    return [
        {
            "id": row["st_id"],
            "name": row["name"],
            "active": row["active"],
            "owner_id": row["owner_id"],
            "instance_ids": sorted(instances.get(row["st_id"], ())),
            "resource_types": resources.get(row["st_id"], []),
        }
        for row in db.execute("select * from lab_service_templates order by st_id")
    ]


def _resource_types(db: Connection) -> list[State]:
    parameters: dict[int, dict[str, str]] = {}
    for row in db.execute("select * from rt_act_params order by rt_id, name"):
        parameters.setdefault(row["rt_id"], {})[row["name"]] = row["value"]
    rows = db.execute(
        "select rt.rt_id, rt.restype_name, rc.name, own.instance_id from resource_types rt"
        " join resource_classes rc using (class_id) left join lab_instance_resource_types own using (rt_id)"
        " order by rt_id"
    )
    return [
        {
            "id": row["rt_id"],
            "name": row["restype_name"],
            "resource_class": row["name"],
            "activation_parameters": parameters.get(row["rt_id"], {}),
            "instance_id": row["instance_id"],
        }
        for row in rows
    ]


def _subscriptions(db: Connection) -> list[State]:
    """Those that belong to a template: the provider's built-in one does not."""
    limits: dict[int, dict[str, int]] = {}
    for row in db.execute("select sub_id, rt_id, sub_limit from subs_resources order by sub_id, rt_id"):
        limits.setdefault(row["sub_id"], {})[str(row["rt_id"])] = row["sub_limit"]
    return [
        {
            "id": row["sub_id"],
            "service_template_id": row["st_id"],
            "owner_id": row["owner_id"],
            "resource_types": limits.get(row["sub_id"], {}),
        }
        for row in db.execute("select * from subscriptions where st_id is not null order by sub_id")
    ]


def _resource_settings(db: Connection, services: Services) -> State:
    row = db.execute(
        "select count(*) as n from lab_script_runs where script = %s", (resource_settings.SCRIPT,)
    ).fetchone()
    return {
        "script_runs": row["n"] if row is not None else 0,
        "damaged": resource_settings.is_damaged(db, services.installation),
        "converted": resource_settings.is_converted(db, services.installation.application_id),
    }


def _script_runs(db: Connection) -> list[State]:
    names = ("script", "arguments", "python", "folder", "package", "exit_code")
    return [{name: row[name] for name in names} for row in db.execute("select * from lab_script_runs order by run_id")]


def _billing(db: Connection) -> State:
    parameters: dict[str, dict[str, str]] = {}
    for row in db.execute("select * from lab_billing_service_parameters order by st_id, name"):
        parameters.setdefault(str(row["st_id"]), {})[row["name"]] = row["value_type"]
    units = db.execute("select * from lab_billing_units order by resource_type_id")
    return {
        "plans": _billing_plans(db),
        "units": {str(row["resource_type_id"]): row["unit"] for row in units},
        "service_parameters": parameters,
    }


def _billing_plans(db: Connection) -> list[State]:
    """Fees are numbers; the unit is that of the resource."""
    rates: dict[int, list[State]] = {}
    for row in db.execute("select * from lab_billing_rates_with_units order by rate_id"):
        rates.setdefault(row["plan_id"], []).append(
            {
                "id": row["rate_id"],
                "resource_type_id": row["resource_type_id"],
                "name": row["name"],
                "unit": row["unit"],
                "setup_fee": float(row["setup_fee"]),
                "recurring_fee": float(row["recurring_fee"]),
            }
        )
    return [
        {
            "id": row["plan_id"],
            "name": row["name"],
            "service_template_id": row["st_id"],
            "rates": rates.get(row["plan_id"], []),
        }
        for row in db.execute("select * from lab_billing_plans order by plan_id")
    ]
