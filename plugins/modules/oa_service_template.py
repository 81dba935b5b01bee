#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_service_template
short_description: Activate or deactivate service templates and add resource types to them
version_added: 1.0.0
description:
  - Brings many templates to a state and adds resource types that they lack.
  - Each template is changed as a whole or not at all. One that fails, or cannot be read, does not keep the others from
    being changed; the module fails at its end and names it.
  - Resource types of an active template cannot be edited; that is refused before anything is changed.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.change
options:
  service_template_ids:
    description: The templates.
    type: list
    elements: int
    required: true
  state:
    description: Bring the templates to this state; leave it out to keep the state.
    type: str
    choices: [active, inactive]
  resource_types:
    description: Resource types that the templates must hold.
    type: list
    elements: dict
    default: []
    suboptions:
      resource_type_id:
        description: Number of the resource type.
        type: int
        required: true
      limit:
        description: Limit in the template; V(-1) is unlimited. Leave it out to keep what the platform sets.
        type: int
  assume_inactive:
    description:
      - In check mode, judge the templates as if they were inactive.
      - For a run in which an earlier task deactivates them, which check mode does not do.
    type: bool
    default: false
  readers:
    description: How many templates are read at the same time.
    type: int
    default: 4
  timeout:
    description: Seconds to wait for the platform's tasks.
    type: int
    default: 600
  poll_interval:
    description:
      - Seconds between two looks at the tasks, at most.
      - The first looks follow one another sooner, after a fifth of the time that was waited.
    type: int
    default: 2
"""

EXAMPLES = r"""
- name: Stop the sale of two templates
  odin.office365.oa_service_template:
    api_url: http://mn01.example.com:8440/RPC2
    service_template_ids: [12, 13]
    state: inactive

- name: Add a resource type to them
  odin.office365.oa_service_template:
    api_url: http://mn01.example.com:8440/RPC2
    service_template_ids: [12, 13]
    resource_types:
      - resource_type_id: 77
        limit: -1
"""

RETURN = r"""
rows:
  description: One row for each template.
  type: list
  elements: dict
  returned: always
  contains:
    service_template_id:
      description: Number of the template.
      type: int
    name:
      description: Name; empty where it could not be read.
      type: str
    owner_id:
      description: Account that owns it; null where it could not be read.
      type: int
    changed:
      description: Whether it was changed.
      type: bool
    outcome:
      description: V(changed), V(unchanged) or V(failed).
      type: str
    active_before:
      description: Whether it was active before; null where it could not be read.
      type: bool
    active:
      description: Whether it is active now; null where it could not be read.
      type: bool
    resource_types_added:
      description: Numbers of resource types that were added.
      type: list
      elements: int
    limits_changed:
      description: Numbers of resource types whose limit was changed.
      type: list
      elements: int
    message:
      description: Why it failed; empty otherwise.
      type: str
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module, wait_argument_spec
from ansible_collections.odin.office365.plugins.module_utils._service_templates import Wanted, apply


def change(context: Context) -> dict[str, Any]:
    """The result of the module."""
    options = context.options
    wanted = Wanted(
        service_template_ids=options["service_template_ids"],
        active=None if options["state"] is None else options["state"] == "active",
        limits={row["resource_type_id"]: row["limit"] for row in options["resource_types"]},
        readers=options["readers"],
        timeout=options["timeout"],
        poll_interval=options["poll_interval"],
        assume_inactive=options["assume_inactive"],
    )
    return apply(context.oa, wanted)


_RESOURCE_TYPE = {"resource_type_id": {"type": "int", "required": True}, "limit": {"type": "int"}}
MODULE = oa_module(
    {
        **wait_argument_spec(600, poll_interval=2),
        "service_template_ids": {"type": "list", "elements": "int", "required": True},
        "state": {"type": "str", "choices": ["active", "inactive"]},
        "resource_types": {"type": "list", "elements": "dict", "default": [], "options": _RESOURCE_TYPE},
        "assume_inactive": {"type": "bool", "default": False},
        "readers": {"type": "int", "default": 4},
    },
    change,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
