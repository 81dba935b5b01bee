# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the management node knows, read with the Python of the vendor's scripts (2.7 or 3).

Run as ``python - JOURNAL_FOLDER NAME...``; prints one JSON object: ``python_version``, ``poaupdater`` (can it be
imported?), ``names`` ({name: {"addresses": [IPv4 text], "error": text}}), ``journal`` ({key: entry}).
"""

from __future__ import print_function

import io
import json
import os
import platform
import socket
import sys


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
                entries[name[: -len(".json")]] = json.load(stream)
    return entries


def can_import(module):
    try:
        __import__(module)
    except ImportError:
        return False
    return True


print(
    json.dumps(
        {
            "python_version": platform.python_version(),
            "poaupdater": can_import("poaupdater"),
            "names": dict((name, resolve(name)) for name in sys.argv[2:]),
            "journal": read_journal(sys.argv[1]),
        }
    )
)
