#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_subscription_resources
short_description: Add resource types to many subscriptions
version_added: 1.0.0
description:
  - Reads what each subscription has and writes only what it lacks, in batches that take effect as a whole.
  - Some subscriptions are read while others are written; however many there are, memory and result stay small.
  - A batch that the platform refuses is tried one by one, so that one bad subscription does not stop the others.
  - After a stop, run the same again; finished subscriptions are only read.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.change
options:
  service_template_ids:
    description: All subscriptions of these service templates.
    type: list
    elements: int
    default: []
  subscription_ids:
    description: These subscriptions.
    type: list
    elements: int
    default: []
  resource_types:
    description: Resource types that the subscriptions must have.
    type: list
    elements: dict
    required: true
    suboptions:
      resource_type_id:
        description: Number of the resource type.
        type: int
        required: true
      limit:
        description: Limit; V(-1) is unlimited.
        type: int
        default: -1
  update_limits:
    description: Change limits of types that a subscription has already.
    type: bool
    default: false
  autoprovide:
    description: Provision what is added.
    type: bool
    default: false
  batch_size:
    description: How many subscriptions are written in one transaction at most.
    type: int
    default: 50
  batch_seconds:
    description:
      - Seconds that one transaction, and with it the locks of its subscriptions, should last at most.
      - While the platform needs longer, transactions get smaller; later they grow again, up to O(batch_size).
    type: float
    default: 5
  batch_pause:
    description: Seconds that each writer waits before its next transaction, to leave a busy platform room for others.
    type: float
    default: 0
  readers:
    description: How many subscriptions are read at the same time.
    type: int
    default: 4
  writers:
    description:
      - How many transactions are written at the same time, beside the readers.
      - Where Billing is integrated, O(readers) and O(writers) together should stay within 20 % of the setting
        C(Threads) of its API server C(xmlrpcd), as its documentation demands of all callers together.
      - With one reader and one writer, one call is made at a time.
    type: int
    default: 1
  return_unchanged:
    description: Return rows of subscriptions that lack nothing, too.
    type: bool
    default: false
  max_rows:
    description:
      - How many rows, and how many subscriptions in the difference, are returned at most; RV(counts) counts all.
      - Failed subscriptions come before others.
    type: int
    default: 1000
"""

EXAMPLES = r"""
- name: Add a resource type to all subscriptions of a template
  odin.office365.oa_subscription_resources:
    api_url: http://mn01.example.com:8440/RPC2
    service_template_ids: [12]
    resource_types:
      - resource_type_id: 77
"""

RETURN = r"""
counts:
  description: How many subscriptions there are, and how many were changed, were unchanged and failed.
  type: dict
  returned: always
  sample: {"subscriptions": 200, "changed": 180, "unchanged": 20, "failed": 0}
rows:
  description: One row for each subscription that was changed or failed, at most O(max_rows), by number.
  type: list
  elements: dict
  returned: always
  contains:
    subscription_id:
      description: Number of the subscription.
      type: int
    service_template_id:
      description: Number of its service template.
      type: int
    owner_id:
      description: Account that owns it.
      type: int
    changed:
      description: Whether it was changed.
      type: bool
    outcome:
      description: V(changed), V(unchanged) or V(failed).
      type: str
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
    error:
      description: Method and numbers of the platform's error; null otherwise.
      type: dict
rows_left_out:
  description: How many rows are missing because there are more than O(max_rows).
  type: int
  returned: always
  sample: 0
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module
from ansible_collections.odin.office365.plugins.module_utils._subscriptions import Wanted, apply

_WANTED = (
    "service_template_ids",
    "subscription_ids",
    "autoprovide",
    "update_limits",
    "batch_size",
    "batch_seconds",
    "batch_pause",
    "readers",
    "writers",
    "return_unchanged",
    "max_rows",
)


def change(context: Context) -> dict[str, Any]:
    """The result of the module."""
    options = context.options
    limits = {row["resource_type_id"]: row["limit"] for row in options["resource_types"]}
    wanted = Wanted(limits=limits, diff=context.diff, **{name: options[name] for name in _WANTED})
    return apply(context.oa, context.aps, wanted)


_RESOURCE_TYPE = {"resource_type_id": {"type": "int", "required": True}, "limit": {"type": "int", "default": -1}}
MODULE = oa_module(
    {
        "service_template_ids": {"type": "list", "elements": "int", "default": []},
        "subscription_ids": {"type": "list", "elements": "int", "default": []},
        "resource_types": {"type": "list", "elements": "dict", "required": True, "options": _RESOURCE_TYPE},
        "update_limits": {"type": "bool", "default": False},
        "autoprovide": {"type": "bool", "default": False},
        "batch_size": {"type": "int", "default": 50},
        "batch_seconds": {"type": "float", "default": 5},
        "batch_pause": {"type": "float", "default": 0},
        "readers": {"type": "int", "default": 4},
        "writers": {"type": "int", "default": 1},
        "return_unchanged": {"type": "bool", "default": False},
        "max_rows": {"type": "int", "default": 1000},
    },
    change,
    mutually_exclusive=[("service_template_ids", "subscription_ids")],
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
