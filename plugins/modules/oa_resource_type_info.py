#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_resource_type_info
short_description: List resource types of some classes
version_added: 1.0.0
description:
  - Lists the resource types of one or more resource classes.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.info
options:
  resource_classes:
    description: Resource classes, such as V(rc.saas.service).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: List the resource types that stand for services
  odin.office365.oa_resource_type_info:
    api_url: http://mn01.example.com:8440/RPC2
    resource_classes: [rc.saas.service]
  register: types
"""

RETURN = r"""
resource_types:
  description: The resource types, class by class and by number.
  type: list
  elements: dict
  returned: success
  contains:
    resource_type_id:
      description: Number of the resource type.
      type: int
    name:
      description: Name.
      type: str
    resource_class:
      description: Class.
      type: str
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module
from ansible_collections.odin.office365.plugins.module_utils._resource_types import collect


def read(context: Context) -> dict[str, Any]:
    """The result of the module."""
    return {"changed": False, **collect(context.oa, context.options["resource_classes"])}


MODULE = oa_module(
    {"resource_classes": {"type": "list", "elements": "str", "required": True}},
    read,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
