"""The methods of the Public API, one file for each family."""

from __future__ import annotations

from office365_lab.platform.api.registry import Registry
from office365_lab.platform.methods import (
    application_instances,
    applications,
    cloud_subscriptions,
    laboratory,
    limits,
    packages,
    resource_types,
    service_template_resources,
    service_templates,
    statistics,
    subscription_resources,
    subscriptions,
    tasks,
    tokens,
)

_FAMILIES = (
    application_instances.METHODS,
    applications.METHODS,
    cloud_subscriptions.METHODS,
    laboratory.METHODS,
    limits.METHODS,
    packages.METHODS,
    resource_types.METHODS,
    service_template_resources.METHODS,
    service_templates.METHODS,
    statistics.METHODS,
    subscription_resources.METHODS,
    subscriptions.METHODS,
    tasks.METHODS,
    tokens.METHODS,
)


def all_methods() -> Registry:
    """A registry of every method; those of the protocol itself are added by the dispatcher."""
    registry = Registry()
    for family in _FAMILIES:
        registry.include(family)
    return registry
