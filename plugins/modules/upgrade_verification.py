#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file holds documentation only; the action plugin of the same name does the work on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: upgrade_verification
short_description: Say what of the guide is fulfilled after an upgrade of the Office 365 application
version_added: 1.1.0
description:
  - Compares what the systems say with every demand of the vendor's guide for the procedure that was followed.
  - Each demand on each target has passed, has failed, or is not checkable, with what a person can look at.
  - The journal proves nothing here; where only it could know, its claim is told as a claim.
  - Runs on the controller and asks nobody. It is used by the role P(odin.office365.verify#role).
author:
  - The odin.office365 engineers (@odin-office365)
options:
  release:
    description: The release of the catalog that the installation was upgraded to, as in C(roles/plan/files/releases/).
    type: dict
    required: true
  scenario:
    description: How Office 365 is sold on this installation.
    type: str
    required: true
  facts:
    description:
      - What the role P(odin.office365.collect#role) gathered, with the member C(verification) for what only the role
        P(odin.office365.verify#role) reads. Demands whose part of C(verification) is missing are not checkable.
    type: dict
    default: {}
  choices:
    description:
      - The operator's choices, such as overrides of discovered names.
      - C(from_version) names the version that the upgrade started from, where neither journal nor platform know it.
    type: dict
    default: {}
  problem:
    description: Why the platform could not be read; then this is the only row, and it has failed.
    type: str
    default: ""
  report_folder:
    description:
      - Folder on the controller for the file of the verification, C(verification-<time in UTC>.json), with all rows.
      - It is written in check mode, too, because it changes nothing of the installation. Only its owner can read it.
      - Without it no file is written. A file that cannot be written is a warning.
    type: str
    default: ""
extends_documentation_fragment:
  - odin.office365.attributes.action
seealso:
  - module: odin.office365.upgrade_plan
  - name: Upgrade guide of 16.8.4
    description: The vendor's guide, whose demands are looked at.
    link: https://kb.cloudblue.com/en/130351
"""

EXAMPLES = r"""
- name: Verify the upgrade
  odin.office365.upgrade_verification:
    release: "{{ lookup('ansible.builtin.file', 'releases/16.8.4.yml') | from_yaml }}"
    scenario: syndication
    facts: "{{ collected_facts }}"
  register: verified

- name: Stop where a demand is not fulfilled
  ansible.builtin.fail:
    msg: "{{ verified.failed_text }}"
  when: verified.counts.failed > 0
"""

RETURN = r"""
rows:
  description: Every demand on every target, in the order of the guide.
  type: list
  elements: dict
  returned: success
  contains:
    key:
      description: Names the demand; it never changes.
      type: str
    step:
      description: Step of the guide that it belongs to, such as V(A5); V(all) for what holds in every procedure.
      type: str
    target:
      description: What it is about.
      type: str
    state:
      description: V(passed), V(failed) or V(not_checkable).
      type: str
    detail:
      description: What was seen, and why it matters or cannot be seen.
      type: str
    remedy:
      description: What to do, or what a person can look at; empty where all is well.
      type: str
counts:
  description: How many rows there are of each state.
  type: dict
  returned: success
  sample: {"passed": 40, "failed": 1, "not_checkable": 6}
lines:
  description: The counts and all rows that have not passed as text, one element a line; many targets are shortened.
  type: list
  elements: str
  returned: success
failed_text:
  description: The rows that have failed as one text.
  type: str
  returned: success
procedure:
  description: The guide's procedure whose demands were looked at.
  type: str
  returned: success
  sample: A
origin:
  description: The version that the upgrade started from (C(version)), and how that is known (C(source)).
  type: dict
  returned: success
file:
  description: Path of the file; empty without O(report_folder) and where it could not be written.
  type: str
  returned: success
to_ask:
  description:
    - What has to be read beside what the role P(odin.office365.collect#role) reads.
    - C(words) has the steps of the procedure, C(endpoint_hosts) the gateways by endpoint host, C(subscriptions) what
      M(odin.office365.oa_subscription_resources_info) takes as requirements.
  type: dict
  returned: success
"""
