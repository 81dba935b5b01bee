#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: aps_service_template_info
short_description: List the service templates of all accounts and the applications that they sell
version_added: 1.1.0
description:
  - Asks the APS controller for the service templates of the provider and of all resellers.
  - The Public API lists those of one account only.
  - Also lists the applications of the platform.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.info
options:
  service_template_type:
    description: APS type of a service template; newer versions of the type implement older ones.
    type: str
    default: http://parallels.com/aps/types/pa/serviceTemplate/1.2
"""

EXAMPLES = r"""
- name: Find out who sells what
  odin.office365.aps_service_template_info:
    api_url: http://mn01.example.com:8440/RPC2
    aps_url: https://mn01.example.com:6308
  register: listed
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
    application_ids:
      description: Numbers of the applications that it sells, as text.
      type: list
      elements: str
applications:
  description: The applications of the platform, in its order.
  type: list
  elements: dict
  returned: success
  contains:
    application_id:
      description: Number of the application.
      type: int
    aps_application_id:
      description: APS id.
      type: str
    name:
      description: Name.
      type: str
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module
from ansible_collections.odin.office365.plugins.module_utils._service_template_list import (
    SERVICE_TEMPLATE_TYPE,
    collect,
)


def read(context: Context) -> dict[str, Any]:
    """The result of the module."""
    return {"changed": False, **collect(context.oa, context.aps, context.options["service_template_type"])}


MODULE = oa_module(
    {"service_template_type": {"type": "str", "default": SERVICE_TEMPLATE_TYPE}},
    read,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
