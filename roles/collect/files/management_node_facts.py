# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the management node knows, read with the Python of the vendor's scripts (2.7 or 3).

Run as ``python - JOURNAL_FOLDER SCRIPT_LOCK LOG_FOLDER SECONDS NAME...``; prints one JSON object: ``python_version``,
``poaupdater`` (can it be imported?), ``names`` ({name: {"addresses": [IPv4 text], "error": text}}), ``journal``
({key: entry}; ``ended`` of an entry is what the launcher kept of the script that it tells of), ``script_running`` (does
a script of an earlier run hold SCRIPT_LOCK? It is waited for up to SECONDS), ``script_ended`` (was one waited for that
has ended now?), ``logs`` (their names in LOG_FOLDER, one for each script that a run has started).
"""

from __future__ import print_function

import fcntl
import io
import json
import os
import platform
import re
import socket
import sys
import time

LOOK_SECONDS = 0.2


def resolve(name):
    try:
        answers = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except (socket.error, UnicodeError) as error:
        return {"addresses": [], "error": str(error)}
    return {"addresses": sorted(set(answer[4][0] for answer in answers)), "error": ""}


def read_journal(folder):
    entries = {}
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if name.endswith(".json"):
            with io.open(os.path.join(folder, name), encoding="utf-8") as stream:
                entry = json.load(stream)
            entry["ended"] = read_status(entry.get("detail", {}).get("status"))
            entries[name[: -len(".json")]] = entry
    return entries


def read_names(folder):
    """The logs in a folder; ours have no other letters, and Python 2 could not print those of any encoding."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(name for name in names if re.match(r"[\w.-]+\.log$", name))


def read_status(path):
    if not path or not os.path.exists(path):
        return None
    with io.open(path, encoding="utf-8") as stream:
        return json.load(stream)


def is_held(path):
    try:
        lock = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (IOError, OSError):
        return True
    finally:
        os.close(lock)
    return False


def elapsed():
    """Seconds since some moment in the past, whatever becomes of the clock; Python 2.7 has no time.monotonic."""
    return os.times()[4]


def still_held(path, seconds):
    deadline = elapsed() + seconds
    while is_held(path):
        if elapsed() >= deadline:
            return True
        time.sleep(LOOK_SECONDS)
    return False


def can_import(module):
    try:
        __import__(module)
    except ImportError:
        return False
    return True


# first of all: what the script leaves is read afterwards
found_script = is_held(sys.argv[2])
script_running = found_script and still_held(sys.argv[2], float(sys.argv[4]))
print(
    json.dumps(
        {
            "script_running": script_running,
            "script_ended": found_script and not script_running,
            "python_version": platform.python_version(),
            "poaupdater": can_import("poaupdater"),
            "names": dict((name, resolve(name)) for name in sys.argv[5:]),
            "journal": read_journal(sys.argv[1]),
            "logs": read_names(sys.argv[3]),
        }
    )
)
