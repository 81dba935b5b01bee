# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a script that takes a password only as an option, without a password on any command line (Python 2.7 or 3).

``python launch.py start LOG STATUS LOCK OPTION SCRIPT ARGUMENT...`` reads the password from standard input, starts the
script in the background and returns. The script sees ``OPTION password`` behind its arguments, unless the password is
empty; what it prints goes into LOG, the password masked, and its exit code into STATUS. While it runs, it holds LOCK.
Exit code 75: another one holds it.

``python launch.py state LOG STATUS LOCK`` prints one JSON object: ``state`` (``running``, ``ended``, or ``gone`` where
it was ended together with its watcher), ``rc`` (negative: the signal) and ``tail`` (the last lines of the log).
"""

from __future__ import print_function

import fcntl
import io
import json
import os
import runpy
import sys

BUSY = 75
MASK = b"********"
TAIL_BYTES = 4096
TAIL_LINES = 20


def take(path):
    """The lock as an open file descriptor, or None where another process holds it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError):
        os.close(lock)
        return None
    return lock


def start(log, status, lock_path, option, script, *arguments):
    password = getattr(sys.stdin, "buffer", sys.stdin).read()
    lock = take(lock_path)
    if lock is None:
        print("another import script is still running", file=sys.stderr)
        return BUSY
    if os.fork():
        return 0
    os.setsid()
    os.umask(0o077)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.close(writing)
        run(script, arguments, option, password)
        return 0
    os.close(writing)
    keep_output(reading, log, password)
    code = os.waitpid(child, 0)[1]
    write_status(status, -os.WTERMSIG(code) if os.WIFSIGNALED(code) else os.WEXITSTATUS(code))
    # after the status: whoever finds the lock free finds the status
    os.close(lock)
    return 0


def run(script, arguments, option, password):
    sys.argv = [script]
    sys.argv.extend(arguments)
    if password:
        sys.argv.extend([option, password if isinstance(password, str) else os.fsdecode(password)])
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")


def keep_output(reading, path, password):
    with os.fdopen(reading, "rb") as output, io.open(path, "wb") as log:
        for line in iter(output.readline, b""):
            log.write(line.replace(password, MASK) if password else line)
            log.flush()


def write_status(path, code):
    with open(path + ".new", "w") as stream:
        json.dump({"rc": code}, stream)
    os.rename(path + ".new", path)


def state(log, status, lock_path):
    answer = {"state": "gone", "rc": None, "tail": tail(log)}
    lock = None
    if not os.path.exists(status):
        lock = take(lock_path)
        if lock is None:
            answer["state"] = "running"
    # looked for again: the script may have ended between the two looks
    if os.path.exists(status):
        with open(status) as stream:
            answer.update(json.load(stream), state="ended")
    if lock is not None:
        os.close(lock)
    print(json.dumps(answer))
    return 0


def tail(path):
    if not os.path.exists(path):
        return []
    with io.open(path, "rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - TAIL_BYTES))
        return stream.read().decode("utf-8", "replace").splitlines()[-TAIL_LINES:]


if __name__ == "__main__":
    sys.exit({"start": start, "state": state}[sys.argv[1]](*sys.argv[2:]))
