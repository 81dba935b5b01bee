#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_application_instance_info
short_description: Read application instances
version_added: 1.0.0
description:
  - Reads version, state, end-point URI, services and on request the settings of the instances of an application.
  - Values of settings whose names look like secrets are masked.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.info
options:
  application:
    description: APS id of the application.
    type: str
    default: http://www.parallels.com/Office365
  instance_ids:
    description: Only these instances; empty means all.
    type: list
    elements: int
    default: []
  settings:
    description: Read the settings, too.
    type: bool
    default: false
  readers:
    description: How many instances are read at the same time.
    type: int
    default: 4
"""

EXAMPLES = r"""
- name: Read all instances with their settings
  odin.office365.oa_application_instance_info:
    api_url: http://mn01.example.com:8440/RPC2
    settings: true
  register: application
"""

RETURN = r"""
application_id:
  description: Number of the application on this platform; null where it has none.
  type: int
  returned: success
instances:
  description: The instances, by number.
  type: list
  elements: dict
  returned: success
  contains:
    application_instance_id:
      description: Number of the instance.
      type: int
    application_resource_id:
      description: APS resource of the instance, a UUID.
      type: str
    package_version:
      description: Version and release.
      type: str
    version:
      description: Version without release.
      type: str
    status:
      description: State, such as V(Ready).
      type: str
    url:
      description: End-point URI.
      type: str
    endpoint:
      description: Host name and application of the end-point URI.
      type: dict
      contains:
        valid:
          description: Whether the URI has the form that the guide describes.
          type: bool
        hostname:
          description: Host name of the gateway site.
          type: str
        application:
          description: Name of the gateway application.
          type: str
        reason:
          description: Why the URI is not valid.
          type: str
    settings:
      description: Settings by id; empty unless O(settings) is set.
      type: dict
    service_resource_types:
      description: Services with their C(service_id) and C(resource_type_id), 0 where a service has none.
      type: list
      elements: dict
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._instances import DEFAULT_APPLICATION, collect
from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module


def read(context: Context) -> dict[str, Any]:
    """The result of the module."""
    options = context.options
    found = collect(
        context.oa,
        application=options["application"],
        instance_ids=options["instance_ids"],
        settings=options["settings"],
        readers=options["readers"],
    )
    return {"changed": False, **found}


MODULE = oa_module(
    {
        "application": {"type": "str", "default": DEFAULT_APPLICATION},
        "instance_ids": {"type": "list", "elements": "int", "default": []},
        "settings": {"type": "bool", "default": False},
        "readers": {"type": "int", "default": 4},
    },
    read,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
