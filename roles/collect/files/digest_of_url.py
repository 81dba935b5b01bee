# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is at an address, read with the Python of the vendor's scripts (2.7 or 3). Nothing of it is kept.

Run as ``python - URL SECONDS``; prints one JSON object: ``sha256`` (hexadecimal, empty where it could not be read) and
``error`` (text, empty where it could). SECONDS is how long the server may be silent.
"""

from __future__ import print_function

import hashlib
import importlib
import json
import sys

# Ansible's own way to call addresses is not there: this is no module, and runs with the vendor's Python.
urlopen = importlib.import_module("urllib.request" if sys.version_info[0] > 2 else "urllib2").urlopen
CHUNK_BYTES = 1024 * 1024


def digest_of(url, seconds):
    digest = hashlib.sha256()
    answer = urlopen(url, timeout=seconds)
    chunk = answer.read(CHUNK_BYTES)
    while chunk:
        digest.update(chunk)
        chunk = answer.read(CHUNK_BYTES)
    return digest.hexdigest()


try:
    result = {"sha256": digest_of(sys.argv[1], float(sys.argv[2])), "error": ""}
except Exception as error:  # whatever is wrong with an address or a server is a finding of the plan
    result = {"sha256": "", "error": "%s: %s" % (type(error).__name__, error)}
print(json.dumps(result))
