# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock that one run holds, in one file (Python 2.7 or 3).

Run as ``python - look|take|replace|release FILE OWNER``; OWNER is a JSON object with ``id``. Prints one JSON object:
``held`` (is it ours now?) and ``holder`` (whose it is, null where nobody's). ``look`` changes nothing, ``take`` gets a
free lock, ``replace`` that of the holder whose id is OWNER's ``breaks``, ``release`` gives ours up.
"""

from __future__ import print_function

import errno
import io
import json
import os
import sys


def read(path):
    try:
        with io.open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except (IOError, OSError):
        return None
    except ValueError:
        return {"id": "unreadable"}


def write(path, owner):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        kept = dict(item for item in owner.items() if item[0] != "breaks")
        stream.write(json.dumps(kept).encode("utf-8"))
        stream.flush()
        os.fsync(stream.fileno())


def look(path, owner):
    pass


def take(path, owner):
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o700)
    fresh = path + "." + owner["id"]
    try:
        write(fresh, owner)
        # in one step: it fails where the name exists, and what it names is complete
        os.link(fresh, path)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
    finally:
        if os.path.lexists(fresh):
            os.unlink(fresh)


def replace(path, owner):
    """Whoever renames the old lock first has broken it; for anybody else it is gone."""
    broken = path + ".broken-" + owner["id"]
    holder = read(path)
    if holder is not None and holder.get("id") == owner["breaks"]:
        os.rename(path, broken)
        if (read(broken) or {}).get("id") != owner["breaks"]:
            os.link(broken, path)  # it was another one by now: put it back
        os.unlink(broken)
    take(path, owner)


def release(path, owner):
    holder = read(path)
    if holder is not None and holder.get("id") == owner["id"]:
        os.unlink(path)


def main():
    action, path, owner = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    try:
        {"look": look, "take": take, "replace": replace, "release": release}[action](path, owner)
    except (IOError, OSError) as error:
        # a full disk or a missing right is no defect of this program: its place in it would only hide the reason
        sys.exit("%s: %s" % (path, error))
    holder = read(path)
    print(json.dumps({"held": holder is not None and holder.get("id") == owner["id"], "holder": holder}))


main()
