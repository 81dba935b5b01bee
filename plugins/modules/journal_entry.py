#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs on the management node, which may have nothing newer than Python 2.7: standard library only, no annotations.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: journal_entry
short_description: Write one entry of the journal of an upgrade
version_added: 1.1.0
description:
  - Writes a file that says whether an action is about to be done or was done, so that a later run knows.
  - The file is complete on the disk when the module ends; before that, the former entry stands. So neither a run that
    is killed nor a host that loses power leaves half an entry.
  - Each action has a file of its own, so hosts that act at the same time never disturb each other.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.attributes.change
options:
  path:
    description:
      - The entry's file. Only its owner can read it.
      - Where its folder is missing, it is made, for its owner only.
    type: path
    required: true
  status:
    description: Whether the action is about to be done or was done.
    type: str
    choices: [started, done]
    required: true
  detail:
    description: What must be remembered of the action. Never a secret.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Note that setup.cmd is about to run
  odin.office365.journal_entry:
    path: /var/lib/odin-office365/journal/site-gw01-Gateway.json
    status: started
    detail:
      site: Gateway
      host: gw01
"""

RETURN = r"""
file:
  description: The entry's file.
  type: str
  returned: success
entry:
  description: The entry as it is now, or in check mode would be.
  type: dict
  returned: success
  contains:
    status:
      description: What O(status) says.
      type: str
    time:
      description:
        - When the entry was written, in UTC, as C(2026-11-28T01:15:00Z).
        - An entry that says the same already keeps its time.
      type: str
    detail:
      description: What O(detail) says.
      type: dict
"""

import io
import json
import os
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_native


def read(path):
    # type: (str) -> dict[str, object]
    """The entry of the file; empty where there is none, or none that can be read."""
    try:
        with io.open(path, encoding="utf-8") as stream:
            entry = json.load(stream)
    except (IOError, OSError, ValueError):
        return {}
    return entry if isinstance(entry, dict) else {}


def as_text(entry):
    # type: (dict[str, object]) -> str
    """The entry as its file holds it."""
    return json.dumps(entry, indent=4, sort_keys=True) + "\n" if entry else ""


def synchronize(path):
    # type: (str) -> None
    """Let a folder reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path, text):
    # type: (str, str) -> None
    """Replace the file in one step. Raises IOError or OSError; the former file stands then."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o700)
    # mkstemp makes it for its owner only
    handle, fresh = tempfile.mkstemp(prefix=".journal-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(fresh, path)
    except Exception:
        os.unlink(fresh)
        raise
    # the new name is on the disk with its folder
    synchronize(folder)


def main():
    # type: () -> None
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "status": {"type": "str", "required": True, "choices": ["started", "done"]},
            "detail": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    path = module.params["path"]
    said = {name: module.params[name] for name in ("status", "detail")}
    before = read(path)
    changed = {name: before.get(name) for name in said} != said
    entry = dict(said, time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())) if changed else before
    if changed and not module.check_mode:
        try:
            write(path, as_text(entry))
        except (IOError, OSError) as error:
            module.fail_json(
                msg="The journal entry {0} could not be written: {1}. Without it a later run does not know what this "
                "one has done, so the run ends here. Make room, or give the right to write there; then run the same "
                "command again.".format(path, to_native(error))
            )
    diff = {"before_header": path, "after_header": path, "before": as_text(before), "after": as_text(entry)}
    module.exit_json(changed=changed, file=path, entry=entry, diff=diff)


if __name__ == "__main__":
    main()
