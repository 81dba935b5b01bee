#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: billing_plan_info
short_description: Read service plans of Billing with their rates
version_added: 1.1.0
description:
  - Reads the details of plans and their resource rates, as rows of values without names.
  - Which column of a rate means what is not documented. Two public clients read the number of the rate, its name, a
    description, the included amount, the upper and the lower limit, the unit of measure, the setup fee and the
    recurring fee, in this order; more columns follow.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.billing
  - odin.office365.attributes.info
options:
  plan_ids:
    description: Numbers of the plans. Billing has no documented call that lists the plans of a service template.
    type: list
    elements: int
    required: true
  readers:
    description:
      - Plans that are read at the same time.
      - Stay well below 20 % of the setting C(Threads) of C(xmlrpcd); near that setting most parts of Billing may stop.
    type: int
    default: 2
"""

EXAMPLES = r"""
- name: Read two plans
  odin.office365.billing_plan_info:
    api_url: https://billing01.example.com:5224/RPC2
    plan_ids: [301, 302]
  register: fees
"""

RETURN = r"""
version:
  description: Version of Billing; empty where it tells none.
  type: str
  returned: success
  sample: 7.1.0
plans:
  description: The plans, in the order of O(plan_ids), each once.
  type: list
  elements: dict
  returned: success
  contains:
    plan_id:
      description: Number of the plan.
      type: int
    name:
      description: Name.
      type: str
    details:
      description: All columns of the plan as they came; number and name are the first two.
      type: list
      elements: raw
    rates:
      description: A row of columns for each rate, as they came.
      type: list
      elements: list
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._billing_client import BillingClient
from ansible_collections.odin.office365.plugins.module_utils._billing_module import billing_module
from ansible_collections.odin.office365.plugins.module_utils._billing_plans import collect


def read(billing: BillingClient, options: dict[str, Any]) -> dict[str, Any]:
    """The result of the module."""
    return {"changed": False, **collect(billing, plan_ids=options["plan_ids"], readers=options["readers"])}


MODULE = billing_module(
    {
        "plan_ids": {"type": "list", "elements": "int", "required": True},
        "readers": {"type": "int", "default": 2},
    },
    read,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
