#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_subscription_resources_info
short_description: Count the subscriptions that lack resource types
version_added: 1.1.0
description:
  - Reads every subscription of some service templates and counts those that lack a resource type.
  - However many there are, only the first ones are named, so that memory and result stay small.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.info
options:
  requirements:
    description: What subscriptions must have.
    type: list
    elements: dict
    required: true
    suboptions:
      service_template_ids:
        description: The subscriptions of these service templates are read.
        type: list
        elements: int
        required: true
      resource_type_ids:
        description: Resource types that each of them must have.
        type: list
        elements: int
        required: true
  readers:
    description: How many subscriptions are read at the same time.
    type: int
    default: 4
  shown:
    description: How many subscriptions are named at most for each resource type.
    type: int
    default: 5
seealso:
  - module: odin.office365.oa_subscription_resources
"""

EXAMPLES = r"""
- name: Look for subscriptions that lack a resource type
  odin.office365.oa_subscription_resources_info:
    api_url: http://mn01.example.com:8440/RPC2
    requirements:
      - service_template_ids: [12, 13]
        resource_type_ids: [77]
  register: gaps
"""

RETURN = r"""
requirements:
  description: One row for each requirement, in their order.
  type: list
  elements: dict
  returned: success
  contains:
    service_template_ids:
      description: Numbers of the service templates.
      type: list
      elements: int
    subscriptions:
      description: How many subscriptions they have.
      type: int
    fulfilled:
      description: Whether every subscription could be read and lacks none of the resource types.
      type: bool
    lacking:
      description: One row for each resource type, with C(count) 0 where no subscription lacks it.
      type: list
      elements: dict
      contains:
        resource_type_id:
          description: Number of the resource type.
          type: int
        count:
          description: How many subscriptions lack it.
          type: int
        subscription_ids:
          description: Numbers of the first of them.
          type: list
          elements: int
    unreadable:
      description: Subscriptions that the platform did not let read.
      type: dict
      contains:
        count:
          description: How many.
          type: int
        first:
          description: The first of them, with C(subscription_id) and C(message).
          type: list
          elements: dict
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module
from ansible_collections.odin.office365.plugins.module_utils._subscription_check import check


def read(context: Context) -> dict[str, Any]:
    """The result of the module."""
    options = context.options
    found = check(context.oa, context.aps, options["requirements"], options["readers"], options["shown"])
    return {"changed": False, **found}


_NUMBERS = {"type": "list", "elements": "int", "required": True}
_REQUIREMENT = {"service_template_ids": _NUMBERS, "resource_type_ids": _NUMBERS}
MODULE = oa_module(
    {
        "requirements": {"type": "list", "elements": "dict", "required": True, "options": _REQUIREMENT},
        "readers": {"type": "int", "default": 4},
        "shown": {"type": "int", "default": 5},
    },
    read,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
