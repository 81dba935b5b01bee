#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file holds documentation only; the action plugin of the same name does the work on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: win_async_wait
short_description: Wait for a background job of a Windows host and keep its result
version_added: 1.1.0
description:
  - Waits for a job that a task with O(ignore:async) and O(ignore:poll=0) has started, and returns the job's result.
  - The file with the result stays on the host, so that a later run can read how the job ended even where this one is
    killed at once. Remove it when its result is noted.
  - A lost connection is no failure while the host comes back in time. As the host may have been restarted, the task
    then ends even where the job has not, with RV(connection_lost); something else has to tell whether it still runs.
  - Used by the role P(odin.office365.endpoint#role) for C(setup.cmd).
author:
  - The odin.office365 engineers (@odin-office365)
options:
  jid:
    description: The job, C(ansible_job_id) of the task that started it.
    type: str
    required: true
  timeout:
    description: Seconds to wait for the end of the job. It is not ended after that.
    type: float
    default: 3600
  poll_interval:
    description: Seconds between two looks.
    type: float
    default: 5
  reconnect_timeout:
    description: Seconds for which the host may be away, as while it restarts. After that it is unreachable.
    type: float
    default: 900
extends_documentation_fragment:
  - odin.office365.attributes.action
notes:
  - The job's file is looked for in the folder that the variable C(ansible_async_dir) names, as
    M(ansible.builtin.async_status) does.
seealso:
  - module: ansible.builtin.async_status
"""

EXAMPLES = r"""
- name: Start a command that takes long
  ansible.windows.win_command: whoami.exe
  async: 3600
  poll: 0
  changed_when: true
  register: started

- name: Wait for it
  odin.office365.win_async_wait:
    jid: "{{ started.ansible_job_id }}"
    poll_interval: 1
  register: waited
  failed_when: not waited.finished or waited.rc != 0

- name: Remove its result
  ansible.builtin.async_status:
    jid: "{{ started.ansible_job_id }}"
    mode: cleanup
"""

RETURN = r"""
finished:
  description: Whether the job has ended. Where it has, everything that its module returned is here, too.
  type: bool
  returned: always
  sample: true
connection_lost:
  description: Whether the host did not answer for some time while the job was waited for.
  type: bool
  returned: always
  sample: false
"""
