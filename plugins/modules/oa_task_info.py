#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs on the management node, which may have nothing newer than Python 2.7: standard library only, no annotations.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: oa_task_info
short_description: List open and failed tasks of the Task Manager
version_added: 1.0.0
description:
  - Reads the table C(tm_tasks) of the system database with C(psql), in a read-only transaction.
  - The Public API cannot list tasks. Periodic tasks that wait for their next run are left out.
  - Run it on the management node or another host that reaches the database.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.attributes.info
options:
  patterns:
    description: Texts; a task counts where its name or description holds one of them, whatever the case of letters.
    type: list
    elements: str
    required: true
  database:
    description: How to reach the system database; what is left out is left to C(psql).
    type: dict
    default: {}
    suboptions:
      psql:
        description: The program.
        type: str
        default: psql
      host:
        description: Host, or folder of the socket.
        type: str
      port:
        description: Port.
        type: int
      user:
        description: Database user; reading is enough.
        type: str
      password:
        description: Password of the user. It reaches C(psql) through its environment, never on a command line.
        type: str
      name:
        description: Name of the database.
        type: str
        default: oss
  timeout:
    description: Seconds that a query may take.
    type: int
    default: 60
requirements:
  - psql
"""

EXAMPLES = r"""
- name: List the tasks of Office 365
  odin.office365.oa_task_info:
    patterns: [Office365]
    database:
      host: /var/run/postgresql
      user: oss_reader
  register: tasks
"""

RETURN = r"""
open:
  description: Tasks that are still to be processed.
  type: list
  elements: dict
  returned: success
  contains: &task
    task_id:
      description: Number of the task.
      type: int
    name:
      description: Name.
      type: str
    status:
      description: One letter, as in the database.
      type: str
    state:
      description: What the letter means.
      type: str
    method:
      description: Method that the task calls.
      type: str
    subscription_id:
      description: Number of the subscription; null where there is none.
      type: int
failed_tasks:
  description: Tasks that failed and were neither restarted nor canceled.
  type: list
  elements: dict
  returned: success
  contains: *task
canceled_tasks:
  description: Tasks that somebody canceled.
  type: list
  elements: dict
  returned: success
  contains: *task
"""

import csv

from ansible.module_utils.basic import AnsibleModule

# Letters of tm_tasks.status. A task that ended well is no longer in the table; 'n' is not queued and waits for nobody.
OPEN = {"u": "unprocessed", "b": "being scheduled", "e": "running", "s": "rescheduled", "r": "restarted"}
FAILED = {"f": "failed"}
# Somebody decided that the task is not to be done, and the row stays for ever; so it waits for nobody either.
CANCELED = {"c": "canceled"}
STATES = dict(list(OPEN.items()) + list(FAILED.items()) + list(CANCELED.items()))
COLUMNS = ("task_id", "name", "status", "method", "subscription_id")


# A periodic task is shown as rescheduled between two runs, so it would be open for ever (oa-api.md 2.2).
# What differs from run to run reaches the statement as variables of psql, which quotes them. Patterns, one a line, are
# compared as plain text, not as LIKE patterns.
QUERY = """\
SET statement_timeout = :milliseconds;
BEGIN TRANSACTION READ ONLY;
COPY (
    SELECT task_id, name, status, method, subscription_id FROM tm_tasks
    WHERE strpos(:'letters', status::text) > 0 AND EXISTS (
        SELECT 1 FROM unnest(string_to_array(:'patterns', chr(10))) AS pattern
        WHERE strpos(lower(coalesce(name, '') || ' ' || coalesce(description, '')), lower(pattern)) > 0
    ) AND NOT (status = 's' AND task_id IN (SELECT task_id FROM tm_periodic))
    ORDER BY task_id
) TO STDOUT WITH CSV;
COMMIT;
"""


def command(database, patterns, seconds):
    # type: (dict[str, str], list[str], int) -> list[str]
    """The command line of psql; it holds no secret."""
    variables = [
        "ON_ERROR_STOP=1",
        "milliseconds=%d" % (seconds * 1000),
        "letters=" + "".join(sorted(STATES)),
        "patterns=" + "\n".join(patterns),
    ]
    words = [database["psql"], "-X", "-q", "-w", "-d", database["name"]]
    for variable in variables:
        words += ["-v", variable]
    for option, name in (("-h", "host"), ("-p", "port"), ("-U", "user")):
        if database[name] is not None:
            words += [option, str(database[name])]
    return words


def rows(text):
    # type: (str) -> list[dict[str, object]]
    """The answer of psql as rows."""
    found = []
    for line in csv.reader(part + "\n" for part in text.split("\n")):
        if not line:
            continue
        row = dict(zip(COLUMNS, line))  # type: dict[str, object]
        number, status, subscription = line[0], line[2], line[4]
        row.update(
            task_id=int(number), subscription_id=int(subscription) if subscription else None, state=STATES[status]
        )
        found.append(row)
    return found


def main():
    # type: () -> None
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "patterns": {"type": "list", "elements": "str", "required": True},
            "database": {
                "type": "dict",
                "default": {},
                "apply_defaults": True,
                "options": {
                    "psql": {"type": "str", "default": "psql"},
                    "host": {"type": "str"},
                    "port": {"type": "int"},
                    "user": {"type": "str"},
                    "password": {"type": "str", "no_log": True},
                    "name": {"type": "str", "default": "oss"},
                },
            },
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    patterns = [text for text in module.params["patterns"] if text]
    if not patterns:
        module.fail_json(
            msg="Option patterns is empty: every task of the platform would count. Give at least one text."
        )
    if any("\n" in text or "\0" in text for text in patterns):
        module.fail_json(
            msg="Option patterns holds a text with a line break; write each text as an element of its own."
        )
    database = module.params["database"]
    environment = {"PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "10"}
    if database["password"]:
        environment["PGPASSWORD"] = database["password"]
    if module.get_bin_path(database["psql"]) is None:
        module.fail_json(
            msg="The program %s was not found on this host. The tasks can only be read from the system database: "
            "install the PostgreSQL client, or give its path as database.psql." % database["psql"]
        )
    code, output, error = module.run_command(
        command(database, patterns, module.params["timeout"]), data=QUERY, environ_update=environment
    )
    if code != 0:
        module.fail_json(
            msg="psql could not read the tasks from database %s on %s: %s. Whether tasks are open is not known, so "
            "nothing may be changed. Check host, user and rights in the option database (oa_database)."
            % (database["name"], database["host"] or "this host", error.strip() or "exit code %d" % code)
        )
    found = rows(output)
    module.exit_json(
        changed=False,
        open=[row for row in found if row["status"] in OPEN],
        failed_tasks=[row for row in found if row["status"] in FAILED],
        canceled_tasks=[row for row in found if row["status"] in CANCELED],
    )


if __name__ == "__main__":
    main()
