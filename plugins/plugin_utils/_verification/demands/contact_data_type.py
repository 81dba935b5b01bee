# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Every instance has the resource type of Tenant Contact Data, of the right class."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer, failed, not_checkable, passed
from ..evidence import Evidence
from ..resources import CONTACT_DATA, contact_data_id

STEP = "tenant_contact_data"


def check(evidence: Evidence) -> Iterator[Answer]:
    described = evidence.release.resource_types[CONTACT_DATA]
    kind = described["resource_class"]
    types = evidence.resource_types
    for instance in evidence.context.instances:
        number = instance["application_instance_id"]
        target, found = f"instance {number}", contact_data_id(evidence, number)
        if not found:
            yield failed(
                target,
                f"it has no resource type of the service {described['service']}, through which the upgraded "
                "application reads the tenants' contact data",
                f"Create it (class {kind}, automatic provisioning off); the upgrade playbook does.",
            )
        elif not types:
            yield not_checkable(target, f"the class of resource type {found} was not read", "Look at Resource Types.")
        elif not any(row["resource_type_id"] == found and row["resource_class"] == kind for row in types):
            yield failed(
                target,
                f"its resource type {found} is not of the class {kind}",
                f"Create one of the class {kind} and take the other one out of the service templates.",
            )
        else:
            yield passed(target, f"resource type {found} is of the class {kind}")
