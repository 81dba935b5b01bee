"""The resource settings that ``upgradeResourceSettings16-6To16-8.py`` converts.

Where the real platform keeps them is unknown [U]; the lab keeps them as activation parameters of the licence and
add-on resource types: ``s_format`` ("16.6" or "16.8") and ``s_limit_base``, which the conversion multiplies by 1024.
A second conversion multiplies again: that is the damage that a test must be able to see.
"""

from __future__ import annotations

from office365_lab.installation import Installation
from office365_lab.platform import versions
from office365_lab.platform.database import Connection

SCRIPT = "upgradeResourceSettings16-6To16-8.py"
_FORMAT, _BASE = "s_format", "s_limit_base"
_OLD, _NEW = "16.6", "16.8"
_FACTOR = 1024
_OLD_RELEASES = (16, 6)
_NEW_RELEASES = (16, 8)


def block_import(db: Connection, application_id: int, version: str) -> str | None:
    """Why the upgrade relations of a package cannot be updated, or None where they can (procedure-facts.md 1.4)."""
    if versions.parse(version) < _NEW_RELEASES:
        return None
    rows = db.execute(
        "select i.instance_id, p.version from lab_instances i join lab_packages p using (package_id)"
        " where i.application_id = %s order by 1",
        (application_id,),
    ).fetchall()
    old = [row["instance_id"] for row in rows if versions.parse(row["version"])[:2] == _OLD_RELEASES]
    settings = _settings(db, application_id)
    if not old or not any(form == _OLD for form, _ in settings.values()):
        return None
    instances = ", ".join(str(instance) for instance in old)
    return f"resource settings are in the form of {_OLD} (instances {instances}): {SCRIPT} has to be run first"


def is_converted(db: Connection, application_id: int) -> bool:
    """Are all settings in the new form (right or wrong)?"""
    settings = _settings(db, application_id)
    return bool(settings) and all(form == _NEW for form, _ in settings.values())


def is_damaged(db: Connection, installation: Installation) -> bool:
    """Does any setting have a value that neither its old nor its new form allows?"""
    settings = _settings(db, installation.application_id)
    for resource_type in installation.resource_types:
        start = resource_type.activation_parameters
        if _FORMAT not in start or resource_type.id not in settings:
            continue
        form, base = settings[resource_type.id]
        factor = _FACTOR if (start[_FORMAT], form) == (_OLD, _NEW) else 1
        if form not in (start[_FORMAT], _NEW) or base != str(int(start[_BASE]) * factor):
            return True
    return False


def _settings(db: Connection, application_id: int) -> dict[int, tuple[str, str]]:
    """Form and base of each resource type that has settings."""
    rows = db.execute(
        "select form.rt_id, form.value as form, base.value as base from rt_act_params form"
        " join rt_act_params base on base.rt_id = form.rt_id and base.name = %s"
        " join rt_act_params app on app.rt_id = form.rt_id and app.name = 'app_id' and app.value = %s"
        " where form.name = %s",
        (_BASE, str(application_id), _FORMAT),
    ).fetchall()
    return {row["rt_id"]: (row["form"], row["base"]) for row in rows}
