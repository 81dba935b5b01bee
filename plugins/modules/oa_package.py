#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_package
short_description: Import or remove one version of an application package
version_added: 1.0.0
description:
  - Imports a package and waits until the platform has taken it in, upgrade relations included.
  - Removes one version that no instance uses. The application itself, and its last package, are never removed.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.change
options:
  application:
    description: APS id of the application.
    type: str
    default: http://www.parallels.com/Office365
  version:
    description: Version, with or without release.
    type: str
    required: true
  package_url:
    description:
      - Address from which the platform reads the package; C(file://) is a file on the management node.
      - Needed only where the package is not imported yet.
    type: str
  enabled:
    description: Import the package enabled, so that it can be used.
    type: bool
    default: true
  state:
    description: Whether the platform has this version.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: Seconds to wait for the platform's tasks.
    type: int
    default: 3600
  poll_interval:
    description:
      - Seconds between two looks at the tasks, at most.
      - The first looks follow one another sooner, after a fifth of the time that was waited.
    type: int
    default: 5
"""

EXAMPLES = r"""
- name: Import the package
  odin.office365.oa_package:
    api_url: http://mn01.example.com:8440/RPC2
    version: 16.8.4-34
    package_url: file:///root/office365/packages/Office365-16.8.4-34.app.zip

- name: Remove a version that was imported too early
  odin.office365.oa_package:
    api_url: http://mn01.example.com:8440/RPC2
    version: 16.8.4-34
    state: absent
"""

RETURN = r"""
application_id:
  description: Number of the application on this platform; null where it has none.
  type: int
  returned: success
package_version:
  description: Version and release.
  type: str
  returned: success
  sample: 16.8.4-34
status:
  description: State of the package on the platform, V(absent) where it has none.
  type: str
  returned: success
  sample: Ready
status_messages:
  description: What the platform says of a failed task.
  type: list
  elements: str
  returned: when a task of the import failed
resource_settings_missing:
  description: Whether a failed task asks for the resource-settings script.
  type: bool
  returned: when a task of the import failed
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._instances import DEFAULT_APPLICATION
from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module, wait_argument_spec
from ansible_collections.odin.office365.plugins.module_utils._packages import Wanted, absent, present

STATES = {"present": present, "absent": absent}


def change(context: Context) -> dict[str, Any]:
    """The result of the module."""
    options = context.options
    wanted = Wanted(
        application=options["application"],
        version=options["version"],
        package_url=options["package_url"],
        enabled=options["enabled"],
        timeout=options["timeout"],
        poll_interval=options["poll_interval"],
    )
    return STATES[options["state"]](context.oa, context.aps, wanted)


MODULE = oa_module(
    {
        **wait_argument_spec(3600),
        "application": {"type": "str", "default": DEFAULT_APPLICATION},
        "version": {"type": "str", "required": True},
        "package_url": {"type": "str"},
        "enabled": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": sorted(STATES, reverse=True), "default": "present"},
    },
    change,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
