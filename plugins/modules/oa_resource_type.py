#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_resource_type
short_description: Create or remove a resource type
version_added: 1.0.0
description:
  - Creates a resource type where it is missing.
  - A type of class V(rc.saas.service) exists where each instance of O(application_instance_ids) has one for the
    service. Others are found by name.
  - The platform may list a new type for its instances only later, so before a type is created for a service, one of the
    same name and class is taken; where there are several, nothing is created.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.change
options:
  name:
    description: Name; also what a type is found by, except for services of instances.
    type: str
    required: true
  resource_class:
    description: Resource class, such as V(rc.saas.service).
    type: str
    required: true
  description:
    description: Description of a type that is created.
    type: str
  activation_parameters:
    description: Activation parameters of a type that is created, such as C(app_id) and C(service_id).
    type: dict
    default: {}
  attributes:
    description: Provisioning attributes of a type that is created.
    type: list
    elements: str
    default: []
  application_instance_ids:
    description: Instances that must have a type for the service C(service_id) of O(activation_parameters).
    type: list
    elements: int
    default: []
  state:
    description: Whether the type exists.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Create the type of the tenants' contact data
  odin.office365.oa_resource_type:
    api_url: http://mn01.example.com:8440/RPC2
    name: Office 365 Tenant Contact Data
    resource_class: rc.saas.service
    activation_parameters:
      app_id: "5"
      service_id: TenantContactData
      autoprovide_service: "0"
    application_instance_ids: [1001, 1002]
"""

RETURN = r"""
resource_type_id:
  description: Number of the type; null where it does not exist (in check mode, would be created).
  type: int
  returned: success
resource_type_ids:
  description: Type of each instance, rows with C(application_instance_id) and C(resource_type_id), 0 where it has none.
  type: list
  elements: dict
  returned: success
name:
  description: Name.
  type: str
  returned: success
resource_class:
  description: Class.
  type: str
  returned: success
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module
from ansible_collections.odin.office365.plugins.module_utils._resource_types import Wanted, absent, present

STATES = {"present": present, "absent": absent}
_WANTED = (
    "name",
    "resource_class",
    "description",
    "activation_parameters",
    "attributes",
    "application_instance_ids",
)


def change(context: Context) -> dict[str, Any]:
    """The result of the module."""
    wanted = Wanted(**{name: context.options[name] for name in _WANTED})
    return STATES[context.options["state"]](context.oa, wanted)


MODULE = oa_module(
    {
        "name": {"type": "str", "required": True},
        "resource_class": {"type": "str", "required": True},
        "description": {"type": "str"},
        "activation_parameters": {"type": "dict", "default": {}},
        "attributes": {"type": "list", "elements": "str", "default": []},
        "application_instance_ids": {"type": "list", "elements": "int", "default": []},
        "state": {"type": "str", "choices": sorted(STATES, reverse=True), "default": "present"},
    },
    change,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
