# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a script in the background, so that its outcome is known whatever becomes of who started it (Python 2.7 or 3).

``python launch.py start LOG STATUS LOCK OPTION SCRIPT ARGUMENT...`` starts the script and returns. What it prints goes
into LOG, its exit code into STATUS. While it runs, it holds LOCK. Exit code 75: another one holds it.

A password for the script comes by standard input, so that it is on no command line: the script sees ``OPTION password``
behind its arguments, and in the log it is masked. Where standard input is empty, there is neither.

``python launch.py state LOG STATUS LOCK [SECONDS]`` prints one JSON object: ``state`` (``running``, ``ended``, or
``gone`` where it was ended together with its watcher), ``rc`` (negative: the signal) and ``tail`` (the last lines of
the log). While the script runs, it waits up to SECONDS for its end.
"""

from __future__ import print_function

import fcntl
import io
import json
import os
import runpy
import subprocess
import sys
import time

BUSY = 75
MASK = b"********"
TAIL_BYTES = 4096
TAIL_LINES = 20
LOOK_SECONDS = 0.2


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
    if not os.path.isdir(os.path.dirname(lock_path)):
        os.makedirs(os.path.dirname(lock_path), 0o700)
    lock = take(lock_path)
    if lock is None:
        print("another script of the vendor is still running", file=sys.stderr)
        return BUSY
    if os.path.exists(status):
        os.unlink(status)
    if os.fork():
        return 0
    os.setsid()
    os.umask(0o077)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if password:
        output, wait = fork_script(script, arguments, option, password)
    else:
        command = [sys.executable, script]
        command.extend(arguments)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, wait = process.stdout, process.wait
    keep_output(output, log, password)
    write_status(status, wait())
    # after the status: whoever finds the lock free finds the status
    os.close(lock)
    return 0


def fork_script(script, arguments, option, password):
    """The output and a function that waits: like a process, but it gets the password without a command line."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.close(writing)
        sys.argv = [script]
        sys.argv.extend(arguments)
        sys.argv.extend([option, password if isinstance(password, str) else os.fsdecode(password)])
        sys.path[0] = os.path.dirname(os.path.abspath(script))
        runpy.run_path(script, run_name="__main__")
        sys.exit(0)
    os.close(writing)

    def wait():
        code = os.waitpid(child, 0)[1]
        return -os.WTERMSIG(code) if os.WIFSIGNALED(code) else os.WEXITSTATUS(code)

    return os.fdopen(reading, "rb"), wait


def keep_output(output, path, password):
    with output, io.open(path, "wb") as log:
        for line in iter(output.readline, b""):
            log.write(line.replace(password, MASK) if password else line)
            log.flush()


def write_status(path, code):
    with open(path + ".new", "w") as stream:
        json.dump({"rc": code}, stream)
    os.rename(path + ".new", path)


def state(log, status, lock_path, seconds="0"):
    deadline = time.time() + float(seconds)
    answer = look(log, status, lock_path)
    while answer["state"] == "running" and time.time() < deadline:
        time.sleep(LOOK_SECONDS)
        answer = look(log, status, lock_path)
    print(json.dumps(answer))
    return 0


def look(log, status, lock_path):
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
    return answer


def tail(path):
    if not os.path.exists(path):
        return []
    with io.open(path, "rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - TAIL_BYTES))
        return stream.read().decode("utf-8", "replace").splitlines()[-TAIL_LINES:]


if __name__ == "__main__":
    sys.exit({"start": start, "state": state}[sys.argv[1]](*sys.argv[2:]))
