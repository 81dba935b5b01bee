#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_service_template_info
short_description: Read service templates
version_added: 1.0.0
description:
  - Reads service templates of some accounts with their resource types. The slow form of the call is never used.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.info
options:
  owner_ids:
    description: Accounts whose templates are read; 1 is the provider.
    type: list
    elements: int
    default: [1]
  service_template_ids:
    description: Only these templates; O(owner_ids) is not used then.
    type: list
    elements: int
    default: []
  resource_type_ids:
    description: Only templates that hold any of these resource types.
    type: list
    elements: int
    default: []
  active_only:
    description: Only active templates.
    type: bool
    default: false
  resources:
    description: Return the resource types, too.
    type: bool
    default: false
  readers:
    description: How many templates are read at the same time.
    type: int
    default: 4
"""

EXAMPLES = r"""
- name: Read the templates of the provider and of one reseller
  odin.office365.oa_service_template_info:
    api_url: http://mn01.example.com:8440/RPC2
    owner_ids: [1, 1000002]
    resources: true
  register: templates
"""

RETURN = r"""
service_templates:
  description: The templates, by number.
  type: list
  elements: dict
  returned: success
  contains:
    service_template_id:
      description: Number of the template.
      type: int
    name:
      description: Name.
      type: str
    active:
      description: Whether it is active.
      type: bool
    owner_id:
      description: Account that owns it.
      type: int
    autoprovidable:
      description: Whether it provisions by itself.
      type: bool
    resource_types:
      description:
        - Rows with C(resource_type_id), C(name), C(resource_class), C(limit) (-1 is unlimited) and C(usage).
        - Empty unless O(resources) is set.
      type: list
      elements: dict
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module
from ansible_collections.odin.office365.plugins.module_utils._service_templates import collect

_CHOICES = ("owner_ids", "service_template_ids", "resource_type_ids", "active_only", "resources", "readers")


def read(context: Context) -> dict[str, Any]:
    """The result of the module."""
    return {"changed": False, **collect(context.oa, **{name: context.options[name] for name in _CHOICES})}


MODULE = oa_module(
    {
        "owner_ids": {"type": "list", "elements": "int", "default": [1]},
        "service_template_ids": {"type": "list", "elements": "int", "default": []},
        "resource_type_ids": {"type": "list", "elements": "int", "default": []},
        "active_only": {"type": "bool", "default": False},
        "resources": {"type": "bool", "default": False},
        "readers": {"type": "int", "default": 4},
    },
    read,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
