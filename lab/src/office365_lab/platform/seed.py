"""The start state of a platform, written into an empty database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from psycopg import sql
from psycopg.types.json import Jsonb

from office365_lab.billing_plans import billing_plans
from office365_lab.installation import Installation
from office365_lab.options import LabOptions
from office365_lab.platform import catalog, packages
from office365_lab.platform.database import Connection
from office365_lab.platform.packages import Metadata
from office365_lab.platform.services import Services

NOTHING = "nothing"  # the action of tasks that only pass time
_EPOCH = datetime(2017, 1, 1)
_INSTALLED = datetime(2017, 9, 1)
_PREVIOUS = ("oa-7.0-1401", "7.0.0")
_BUILD_NUMBER = 2188
_PROVIDER_SUBSCRIPTION = 1
_HUB_TYPES = ["http://parallels.com/aps/types/pa/poa/1.0"]
_SERVICE_REFERENCE = "rc.saas.service.link"


def seed(db: Connection, services: Services) -> None:
    """Fill an empty database; the caller commits.

    Raises ``PackageError`` or ``FileNotFoundError`` where the package that the instances run is not in the lab's
    folder of packages.
    """
    _seed_versions(db, services.options)
    _seed_settings(db, services)
    _seed_accounts(db, services.installation)
    _seed_resource_types(db, services.installation)
    _seed_templates(db, services.installation)
    _seed_subscriptions(db, services.installation)
    _seed_applications(db, services)
    _seed_billing(db, services.installation)
    _seed_tasks(db)
    for table, column in (
        ("lab_service_templates", "st_id"),
        ("resource_types", "rt_id"),
        ("subscriptions", "sub_id"),
        ("lab_applications", "application_id"),
        ("lab_instances", "instance_id"),
    ):
        query = sql.SQL("select setval(pg_get_serial_sequence({name}, {field}), max({column})) from {table}")
        db.execute(query.format(name=table, field=column, column=sql.Identifier(column), table=sql.Identifier(table)))
    db.execute("analyze subscriptions, subs_resources, lab_accounts")


def _copy(db: Connection, target: str, rows: Iterable[tuple[object, ...]]) -> None:
    with db.cursor() as cursor, cursor.copy(f"copy {target} from stdin") as stream:
        for row in rows:
            stream.write_row(row)


def _seed_versions(db: Connection, options: LabOptions) -> None:
    """The version and hotfixes that ``platform_version`` names, as in ``7.0.1_hf130748``, after an older release."""
    version, *hotfixes = options.platform_version.split("_")
    major, minor = version.split(".")[:2]
    build = f"oa-{major}.{minor}-{_BUILD_NUMBER}"
    earlier = _INSTALLED - timedelta(days=200)
    _copy(
        db,
        "version_history (build, version, build_date, install_date)",
        [(*_PREVIOUS, earlier, earlier), (build, version, _INSTALLED - timedelta(days=30), _INSTALLED)],
    )
    update = f"{build}_update01"
    names = [update, *(f"{update}_KB{hotfix.removeprefix('hf')}-12" for hotfix in hotfixes)]
    _copy(
        db,
        "hotfixes (name, build, build_date, install_date)",
        [(name, build, _INSTALLED, _INSTALLED + timedelta(days=day + 1)) for day, name in enumerate(names)],
    )


def _seed_settings(db: Connection, services: Services) -> None:
    authentication = "y" if services.options.api_authentication else "n"
    use_ssl = "y" if services.options.api_scheme == "https" else "n"
    _copy(db, "openapi_config (name, value)", [("require_auth", authentication), ("use_ssl", use_ssl)])
    networks = [(f"127.0.{host.number + 10}.1/32",) for host in services.installation.hosts]
    _copy(db, "lab_allowed_networks (network)", networks)


def _seed_accounts(db: Connection, installation: Installation) -> None:
    _copy(
        db,
        "lab_accounts (account_id, name, parent_id)",
        [(account.id, account.name, account.parent_id) for account in installation.accounts],
    )


def _seed_resource_types(db: Connection, installation: Installation) -> None:
    _copy(
        db,
        "resource_classes (class_id, name, friendly_name, lab_measurement_unit, lab_measurement_type)",
        [
            (number, item.name, item.friendly_name, item.unit, item.measurement_type)
            for number, item in enumerate(catalog.RESOURCE_CLASSES, start=1)
        ],
    )
    _copy(
        db,
        "rc_activation_params (name, param_name, param_friendly_name, lab_required)",
        [
            (item.name, parameter, parameter, parameter in item.required)
            for item in catalog.RESOURCE_CLASSES
            for parameter in item.required + item.optional
        ],
    )
    numbers = {item.name: number for number, item in enumerate(catalog.RESOURCE_CLASSES, start=1)}
    _copy(
        db,
        "resource_types (rt_id, owner_id, restype_name, class_id)",
        [(item.id, 1, item.name, numbers[item.resource_class]) for item in installation.resource_types],
    )
    _copy(
        db,
        "rt_act_params (rt_id, name, value)",
        [
            (item.id, name, value)
            for item in installation.resource_types
            for name, value in item.activation_parameters.items()
        ],
    )


def _seed_templates(db: Connection, installation: Installation) -> None:
    _copy(
        db,
        "lab_service_templates (st_id, owner_id, name, active, autoprovidable, m_time)",
        [(item.id, item.owner_id, item.name, item.active, True, _EPOCH) for item in installation.service_templates],
    )
    _copy(
        db,
        "st_resources (st_id, rt_id, sub_limit)",
        [(item.id, rt_id, limit) for item in installation.service_templates for rt_id, limit in item.limits.items()],
    )


def _seed_subscriptions(db: Connection, installation: Installation) -> None:
    def rows() -> Iterable[tuple[object, ...]]:
        yield _PROVIDER_SUBSCRIPTION, "Provider", None, 1, _EPOCH, _EPOCH, _aps_id("subscription 1")
        for index, item in enumerate(installation.subscriptions):
            created = _EPOCH + timedelta(minutes=index)
            name = f"subscription {item.id}"
            yield item.id, item.name, item.service_template_id, item.owner_id, created, created, _aps_id(name)

    _copy(db, "subscriptions (sub_id, name, st_id, owner_id, c_date, modified, aps_id)", rows())
    _copy(
        db,
        "subs_resources (sub_id, rt_id, sub_limit, curr_usage, own_usage)",
        (
            (item.id, rt_id, limit, item.usage.get(rt_id, 0), item.usage.get(rt_id, 0))
            for item in installation.subscriptions
            for rt_id, limit in item.limits.items()
        ),
    )


def _seed_applications(db: Connection, services: Services) -> None:
    installation = services.installation
    _copy(
        db,
        "lab_applications (application_id, aps_application_id, name)",
        [
            (
                installation.foreign_application_id,
                catalog.FOREIGN_PACKAGE.aps_application_id,
                catalog.FOREIGN_PACKAGE.name,
            ),
            (installation.application_id, installation.application_package_id, installation.application_name),
        ],
    )
    _add_package(db, installation.foreign_application_id, catalog.FOREIGN_PACKAGE)
    ids: dict[str, int] = {}
    for version in sorted({instance.package_version for instance in installation.instances}):
        path = services.layout.packages / f"{installation.application_name}-{version}.app.zip"
        ids[version] = _add_package(db, installation.application_id, packages.read_metadata(path))
    _copy(
        db,
        "lab_instances (instance_id, application_id, package_id, number, name, status, url, resource_id)",
        [
            (
                instance.id,
                installation.application_id,
                ids[instance.package_version],
                instance.number,
                instance.name,
                "Ready",
                instance.endpoint_uri,
                instance.resource_uuid,
            )
            for instance in installation.instances
        ],
    )
    _copy(
        db,
        "lab_instance_settings (instance_id, setting_id, value)",
        [(item.id, name, value) for item in installation.instances for name, value in item.settings.items()],
    )
    numbers = {instance.number: instance for instance in installation.instances}
    _copy(
        db,
        "lab_instance_resource_types (rt_id, instance_id)",
        [
            (item.id, numbers[item.instance_number].id)
            for item in installation.resource_types
            if item.instance_number is not None
        ],
    )
    _seed_aps_resources(db, installation)


def _seed_aps_resources(db: Connection, installation: Installation) -> None:
    """The hub, and the licence objects that resource types refer to."""
    instances = {instance.resource_uuid for instance in installation.instances}
    offers = [
        (
            item.activation_parameters["resource_uid"],
            list(catalog.LICENCE_TYPES),
            item.id,
            _EPOCH,
            Jsonb({"name": item.name}),
        )
        for item in installation.resource_types
        if item.resource_class == _SERVICE_REFERENCE and item.activation_parameters["resource_uid"] not in instances
    ]
    hub = (_aps_id("hub"), _HUB_TYPES, 0, _EPOCH, Jsonb({"name": "Odin Automation"}))
    _copy(db, "lab_aps_resources (aps_id, types, position, modified, data)", [hub, *offers])


def _add_package(db: Connection, application_id: int, metadata: Metadata) -> int:
    row = db.execute(
        "insert into lab_packages (application_id, version, release, status, enabled, relations, aps_id, metadata)"
        " values (%s, %s, %s, 'Ready', true, 'ok', %s, %s) returning package_id",
        (
            application_id,
            metadata.version,
            metadata.release,
            _aps_id(f"package {metadata.name} {metadata.package_version}"),
            Jsonb(metadata.to_json()),
        ),
    ).fetchone()
    assert row is not None  # noqa: S101  "insert ... returning" gives a row
    package_id: int = row["package_id"]
    return package_id


def _seed_billing(db: Connection, installation: Installation) -> None:
    plans = billing_plans(installation)
    _copy(
        db,
        "lab_billing_plans (plan_id, st_id, name)",
        [(plan.id, plan.service_template_id, plan.name) for plan in plans],
    )
    _copy(
        db,
        "lab_billing_rates (rate_id, plan_id, resource_type_id, name, included, upper_limit, setup_fee, recurring_fee)",
        [
            (
                *(rate.id, plan.id, rate.resource_type_id, rate.name),
                *(rate.included, rate.upper_limit, rate.setup_fee, rate.recurring_fee),
            )
            for plan in plans
            for rate in plan.rates
        ],
    )


def _seed_tasks(db: Connection) -> None:
    """Tasks that have nothing to do with Office 365 and stay as they are."""
    for name in catalog.PERIODIC_TASKS:
        db.execute(
            "with task as (insert into tm_tasks (name, description, location, method, run_num, status)"
            " values (%s, %s, 'Kernel:0', 'taskPeriodic', 100, 's') returning task_id)"
            " insert into tm_periodic (task_id, period_type, period) select task_id, 's', 3600 from task",
            (name, name),
        )
    row = db.execute(
        "insert into tm_tasks (name, description, location, method, run_num, status)"
        " values (%s, %s, 'Kernel:0', 'taskBackup', 1, 'f') returning task_id",
        (catalog.FAILED_TASK, catalog.FAILED_TASK),
    ).fetchone()
    assert row is not None  # noqa: S101  "insert ... returning" gives a row
    db.execute("insert into tm_usual (task_id, mutex) values (%s, 'backup')", (row["task_id"],))
    db.execute(
        "insert into lab_tasks (task_id, action, data, seconds) values (%s, %s, '{}', 0)", (row["task_id"], NOTHING)
    )
    db.execute(
        "insert into tm_logs (task_id, action_output, exec_status) values (%s, %s, 'f')",
        (row["task_id"], catalog.FAILED_TASK_OUTPUT),
    )


def _aps_id(name: str) -> str:
    """A UUID that is the same in every lab."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"office365-lab:{name}"))
