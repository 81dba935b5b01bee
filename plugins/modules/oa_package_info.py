#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_package_info
short_description: List the imported packages of an application
version_added: 1.0.0
description:
  - Lists the package versions that the platform has imported for an application, with the state of their import.
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
"""

EXAMPLES = r"""
- name: List the packages of the Office 365 application
  odin.office365.oa_package_info:
    api_url: http://mn01.example.com:8440/RPC2
    aps_ca_path: /etc/pki/oa-ca.pem
  register: imported
"""

RETURN = r"""
packages:
  description: The packages, oldest first.
  type: list
  elements: dict
  returned: success
  contains:
    package_version:
      description: Version and release.
      type: str
      sample: 16.6.4-20
    version:
      description: Version without release.
      type: str
      sample: 16.6.4
    status:
      description: State of its import; only V(Ready) is complete.
      type: str
      sample: Ready
    active:
      description: Whether the APS controller lists it as active, which a package that is not enabled is not.
      type: bool
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._instances import DEFAULT_APPLICATION
from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module
from ansible_collections.odin.office365.plugins.module_utils._packages import collect


def read(context: Context) -> dict[str, Any]:
    """The result of the module."""
    return {"changed": False, **collect(context.oa, context.aps, context.options["application"])}


MODULE = oa_module({"application": {"type": "str", "default": DEFAULT_APPLICATION}}, read)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
