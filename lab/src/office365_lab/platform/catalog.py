"""What every platform of the lab has, whatever is installed on it: resource classes, a foreign package, old tasks."""

from __future__ import annotations

import dataclasses

from office365_lab.installation import FOREIGN_APPLICATION_NAME, FOREIGN_PACKAGE_ID
from office365_lab.platform.packages import Metadata


@dataclasses.dataclass(frozen=True)
class ResourceClass:
    """A resource class: its names, how it is measured, and its activation parameters (oa-api.md 4).

    Units and types of measurement are the lab's own, but for additive classes ("hours"), which are documented.
    """

    name: str
    friendly_name: str
    unit: str
    measurement_type: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


_COUNTER_OPTIONS = ("service_id", "resource_custom_name", "show_resource_total_statistics")


def _counter(name: str, friendly: str, unit: str, measurement_type: str = "C") -> ResourceClass:
    return ResourceClass(name, friendly, unit, measurement_type, ("app_id", "resource_id"), _COUNTER_OPTIONS)


RESOURCE_CLASSES = (
    ResourceClass(
        "rc.saas.service.link",
        "Application Service Reference",
        "unit",
        "C",
        ("app_id", "resource_uid"),
        ("resource_custom_name", "show_resource_total_statistics"),
    ),
    ResourceClass(
        "rc.saas.service",
        "Application Service",
        "unit",
        "C",
        ("app_id", "service_id"),
        ("autoprovide_service", "priority"),
    ),
    _counter("rc.saas.resource", "Application Counter", "KB"),
    _counter("rc.saas.resource.kbps", "Application Counter (Kbps)", "Kbps"),
    _counter("rc.saas.resource.mbh", "Application Counter (MB-hours)", "MB-hour", "A"),
    _counter("rc.saas.resource.mhz", "Application Counter (MHz)", "MHz"),
    _counter("rc.saas.resource.mhzh", "Application Counter (MHz-hours)", "MHz-hour", "A"),
    _counter("rc.saas.resource.unit", "Application Counter (unit)", "unit"),
    _counter("rc.saas.resource.unith", "Application Counter (Unit-hours)", "unit-hour", "A"),
)

FOREIGN_PACKAGE = Metadata(
    aps_application_id=FOREIGN_PACKAGE_ID,
    name=FOREIGN_APPLICATION_NAME,
    version="2.1",
    release="7",
    upgrade_match=None,
    services=("agent",),
    counters=("space",),
    settings=(),
)

# APS types of a licence object, which a resource type of an offer refers to
LICENCE_TYPES = ("http://www.parallels.com/Office365/License/1.0",)

# Periodic tasks always show as rescheduled; the failed one has nothing to do with Office 365.
PERIODIC_TASKS = ("Collect usage of resources", "Clean up expired sessions")
FAILED_TASK = "Create a backup of host billing01.hosting.local"
FAILED_TASK_OUTPUT = "No space left on device"
