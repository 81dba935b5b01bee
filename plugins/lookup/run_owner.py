# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: run_owner
short_description: Tell who runs this playbook
version_added: 1.0.0
description:
  - Describes the running C(ansible-playbook) for a lock; a lock of a run that has ended can be recognised by it.
author:
  - The odin.office365 engineers (@odin-office365)
"""

EXAMPLES = r"""
- name: Show who runs
  ansible.builtin.debug:
    msg: "{{ lookup('odin.office365.run_owner') }}"
"""

RETURN = r"""
_raw:
  description:
    - One dictionary with C(id), C(user), C(controller) and C(since) (UTC).
    - C(machine), C(pid_namespace), C(boot), C(process), C(process_start) and C(command) (a digest of the command line)
      recognise the process and its workers.
  type: list
  elements: dict
"""

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible_collections.odin.office365.plugins.plugin_utils._run_owner import owner


class LookupModule(LookupBase):  # type: ignore[misc]
    """``odin.office365.run_owner``"""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        del terms, variables, kwargs
        return [owner()]
