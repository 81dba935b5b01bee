#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file holds documentation only; the action plugin of the same name does the work on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: upgrade_plan
short_description: Plan an upgrade of the Office 365 application and check that it can be done
version_added: 1.0.0
description:
  - Compares the facts of an installation with a release of the catalog and the operator's choices.
  - Finds the procedure of the vendor's guide, its steps in order, every target by name, and what is left to do.
  - Gives all findings of one run, never just the first.
  - Runs on the controller and asks nobody. It is used by the role P(odin.office365.plan#role).
author:
  - The odin.office365 engineers (@odin-office365)
options:
  release:
    description: The release of the catalog that is the goal, as in C(roles/plan/files/releases/).
    type: dict
    required: true
  scenario:
    description: How Office 365 is sold on this installation.
    type: str
    choices: [syndication, csp]
    required: true
  facts:
    description: What the role P(odin.office365.collect#role) gathered.
    type: dict
    required: true
  choices:
    description: The operator's choices, such as overrides of discovered names.
    type: dict
    default: {}
  report_folder:
    description:
      - Folder on the controller for the files of the plan, C(plan-<id>) with the suffixes C(json), C(txt) and C(html).
      - They are written in check mode, too, because they change nothing of the installation, and only their owner can
        read them.
      - Without it no files are written.
    type: str
    default: ""
extends_documentation_fragment:
  - odin.office365.attributes.action
seealso:
  - name: Upgrade guide of 16.8.4
    description: The vendor's guide, which the catalog's first entry follows.
    link: https://kb.cloudblue.com/en/130351
"""

EXAMPLES = r"""
- name: Plan the upgrade
  odin.office365.upgrade_plan:
    release: "{{ lookup('ansible.builtin.file', 'releases/16.8.4.yml') | from_yaml }}"
    scenario: syndication
    facts: "{{ collected_facts }}"
  register: planned

- name: Stop where something is in the way
  ansible.builtin.fail:
    msg: "{{ planned.finding_lines }}"
  when: planned.blockers | length > 0
"""

RETURN = r"""
plan:
  description: The plan; only meaningful where RV(blockers) is empty.
  type: dict
  returned: success
  sample: {"procedure": "A", "from_version": "16.6.4", "release": "16.8.4"}
lines:
  description: The plan as text, one element a line.
  type: list
  elements: str
  returned: success
findings:
  description: Every finding, blockers first.
  type: list
  elements: dict
  returned: success
  contains:
    key:
      description: Names the kind of finding; it never changes.
      type: str
    severity:
      description: V(blocker), V(warning) or V(info).
      type: str
    target:
      description: What the finding is about.
      type: str
    title:
      description: What happened.
      type: str
    detail:
      description: Why it matters.
      type: str
    remedy:
      description: What to do next.
      type: str
    link:
      description: Where to read more; may be empty.
      type: str
finding_lines:
  description: The findings as text, one element a line.
  type: list
  elements: str
  returned: success
finding_text:
  description: The findings as one text.
  type: str
  returned: success
files:
  description: Path of the plan's files without the suffix; empty without O(report_folder).
  type: str
  returned: success
blockers:
  description: The keys of the findings that stop the run.
  type: list
  elements: str
  returned: success
"""
