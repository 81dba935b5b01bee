#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_application_instance
short_description: Change settings of application instances and upgrade them
version_added: 1.0.0
description:
  - Sets settings that differ, upgrades to a package version, and waits until every instance is ready.
  - Secrets cannot be read from the platform, so they are written only on demand, see O(update_secrets).
  - After a failure no further instance is started.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.change
options:
  application:
    description: APS id of the application; used to find the release of O(package_version).
    type: str
    default: http://www.parallels.com/Office365
  instance_ids:
    description: The instances.
    type: list
    elements: int
    required: true
  settings:
    description: Settings by id, with values that can be read and compared.
    type: dict
    default: {}
  secret_settings:
    description: Settings whose values cannot be read.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Id of the setting.
        type: str
        required: true
      value:
        description: Value of the setting.
        type: str
        required: true
  update_secrets:
    description: When O(secret_settings) are written.
    type: str
    choices: [with_changes, always, never]
    default: with_changes
  package_version:
    description: Version to upgrade to, with or without release.
    type: str
  parallel:
    description: How many instances are upgraded at the same time.
    type: int
    default: 1
  timeout:
    description: Seconds to wait for the platform's tasks of one instance.
    type: int
    default: 7200
  poll_interval:
    description:
      - Seconds between two looks at the tasks, at most.
      - The first looks follow one another sooner, after a fifth of the time that was waited.
    type: int
    default: 5
"""

EXAMPLES = r"""
- name: Set the address of the Public API
  odin.office365.oa_application_instance:
    api_url: http://mn01.example.com:8440/RPC2
    instance_ids: [1001]
    settings:
      oa_api_url: http://mn01.example.com:8440/
    secret_settings:
      - name: oa_api_password
        value: "{{ vault_api_password }}"

- name: Upgrade two instances, one after the other
  odin.office365.oa_application_instance:
    api_url: http://mn01.example.com:8440/RPC2
    instance_ids: [1001, 1002]
    package_version: 16.8.4-34
"""

RETURN = r"""
rows:
  description: One row for each instance.
  type: list
  elements: dict
  returned: always
  contains:
    application_instance_id:
      description: Number of the instance.
      type: int
    changed:
      description: Whether it was changed.
      type: bool
    outcome:
      description: V(changed), V(unchanged) or V(failed).
      type: str
    settings_changed:
      description: Ids of the settings that were changed.
      type: list
      elements: str
    secrets_written:
      description: Ids of the secret settings that were written.
      type: list
      elements: str
    package_version_before:
      description: Version and release before.
      type: str
    package_version:
      description: Version and release now.
      type: str
    status:
      description: State of the instance.
      type: str
    message:
      description: Why it failed; empty otherwise.
      type: str
    status_messages:
      description: What the platform says of a failed task.
      type: list
      elements: str
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._instance_changes import Wanted, apply
from ansible_collections.odin.office365.plugins.module_utils._instances import DEFAULT_APPLICATION
from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module, wait_argument_spec
from ansible_collections.odin.office365.plugins.module_utils._values import parameter_text


def change(context: Context) -> dict[str, Any]:
    """The result of the module."""
    options = context.options
    wanted = Wanted(
        application=options["application"],
        instance_ids=options["instance_ids"],
        settings={name: parameter_text(value) for name, value in options["settings"].items()},
        secret_settings={row["name"]: row["value"] for row in options["secret_settings"]},
        update_secrets=options["update_secrets"],
        package_version=options["package_version"],
        parallel=options["parallel"],
        timeout=options["timeout"],
        poll_interval=options["poll_interval"],
    )
    return apply(context.oa, context.aps, wanted)


_SECRET = {"name": {"type": "str", "required": True}, "value": {"type": "str", "required": True, "no_log": True}}
MODULE = oa_module(
    {
        **wait_argument_spec(7200),
        "application": {"type": "str", "default": DEFAULT_APPLICATION},
        "instance_ids": {"type": "list", "elements": "int", "required": True},
        "settings": {"type": "dict", "default": {}},
        # the list itself is no secret, each value in it is
        "secret_settings": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "no_log": False,
            "options": _SECRET,
        },
        "update_secrets": {
            "type": "str",
            "choices": ["with_changes", "always", "never"],
            "default": "with_changes",
            "no_log": False,
        },
        "package_version": {"type": "str"},
        "parallel": {"type": "int", "default": 1},
    },
    change,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
