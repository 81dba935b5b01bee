#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: aps_package_info
short_description: Check an APS package file without unpacking it
version_added: 1.0.0
description:
  - Reads what a package says of itself and compares every member with C(APP-LIST.xml).
  - Finds files that are truncated, of another version or application, damaged, or that would be unpacked outside their
    folder, inner archives included.
  - A bad file is a result, not a failure, so that a caller sees all problems at once.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.attributes.info
options:
  path:
    description: The package file.
    type: path
    required: true
  expected_name:
    description: Name or APS id that the package must have.
    type: str
  expected_version:
    description: Version that the package must have, with or without release.
    type: str
  requires:
    description: Members that the package must have.
    type: list
    elements: str
    default: []
  installed_versions:
    description: Say for these versions whether the package accepts an upgrade from them.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Check the package
  odin.office365.aps_package_info:
    path: /srv/packages/Office365-16.8.4-34.app.zip
    expected_name: Office365
    expected_version: 16.8.4
    requires: [O365-Web.zip, O365-Import.zip]
    installed_versions: [16.6.4]
  register: package
"""

RETURN = r"""
path:
  description: The file.
  type: str
  returned: success
exists:
  description: Whether the file is there.
  type: bool
  returned: success
size:
  description: Size in bytes.
  type: int
  returned: success
sha256:
  description: SHA-256 of the file in hexadecimal digits.
  type: str
  returned: success
name:
  description: Name of the application.
  type: str
  returned: success
application_id:
  description: APS id of the application.
  type: str
  returned: success
version:
  description: Version without release.
  type: str
  returned: success
release:
  description: Release.
  type: str
  returned: success
package_version:
  description: Version and release.
  type: str
  returned: success
  sample: 16.8.4-34
upgrade_match:
  description: Expression by which the package accepts installed versions; empty where it accepts none.
  type: str
  returned: success
accepts:
  description: For each of O(installed_versions), whether the package accepts an upgrade from it.
  type: dict
  returned: success
services:
  description: Ids of the services.
  type: list
  elements: str
  returned: success
settings:
  description: Settings with C(id) and C(name).
  type: list
  elements: dict
  returned: success
members:
  description: Number of files in the package.
  type: int
  returned: success
nested:
  description: Inner archives by name with C(exists), C(members) (a number) and C(scripts) (names of Python scripts).
  type: dict
  returned: success
problems:
  description: What is wrong, rows with C(code), which never changes, and C(message).
  type: list
  elements: dict
  returned: success
valid:
  description: Whether nothing is wrong.
  type: bool
  returned: success
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.odin.office365.plugins.module_utils._package_file import examine


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "expected_name": {"type": "str"},
            "expected_version": {"type": "str"},
            "requires": {"type": "list", "elements": "str", "default": []},
            "installed_versions": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    options = {name: value for name, value in module.params.items() if name != "path"}
    module.exit_json(changed=False, **examine(Path(module.params["path"]), **options))


if __name__ == "__main__":
    main()
