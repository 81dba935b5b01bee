# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a script in the background, so that its outcome is known whatever becomes of who started it (Python 2.7 or 3).

``python launch.py start LOG STATUS LOCK SECONDS OPTION SCRIPT ARGUMENT...`` starts the script and tells its state as
below, up to SECONDS later: one call for a script that is quick. What it prints goes into LOG, its exit code into
STATUS. While it runs, it holds LOCK. Exit code 75: another one holds it.

A password for the script comes by standard input, so that it is on no command line: the script sees ``OPTION password``
behind its arguments, and in the log it is masked. Where standard input is empty, there is neither. Nothing is started
where the disk has no room for STATUS; a log that does not fit is cut, and the script goes on.

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
FULL = 74
MASK = b"********"
TAIL_BYTES = 4096
TAIL_LINES = 20
LOOK_SECONDS = 0.2
STATUS_BYTES = 64


def take(path):
    """The lock as an open file descriptor, or None where another process holds it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError):
        os.close(lock)
        return None
    return lock


def start(log, status, lock_path, seconds, option, script, *arguments):
    password = getattr(sys.stdin, "buffer", sys.stdin).read()
    if not os.path.isdir(os.path.dirname(lock_path)):
        os.makedirs(os.path.dirname(lock_path), 0o700)
    lock = take(lock_path)
    if lock is None:
        print("another script of the vendor is still running", file=sys.stderr)
        return BUSY
    if os.path.exists(status):
        os.unlink(status)
    try:
        reserve(status)
    except (IOError, OSError) as error:
        print("the script was not started, because its exit code could not be kept: %s" % error, file=sys.stderr)
        return FULL
    if os.fork():
        os.close(lock)  # it is the script's now
        return state(log, status, lock_path, seconds)
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
    """Never stops to read: a script whose output nobody takes would wait for ever, and be ended by a closed pipe."""
    with output:
        log = open_log(path)
        for line in iter(output.readline, b""):
            keep_line(log, line.replace(password, MASK) if password else line)
        log.close()


def keep_line(log, line):
    """False where the disk has no room for it."""
    try:
        log.write(line)
    except (IOError, OSError):
        return False
    return True


def open_log(path):
    """The log without a buffer, so that what does not fit does not come again; nothing where it cannot be made."""
    try:
        return io.open(path, "wb", 0)
    except (IOError, OSError):
        return io.open(os.devnull, "wb", 0)


def reserve(path):
    """Take the room for the exit code while the script has not begun: the disk may be full when it ends."""
    descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, b" " * STATUS_BYTES)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_status(path, code):
    """Overwrite what was reserved, in the same length: that needs no room."""
    text = json.dumps({"rc": code}).encode("ascii").ljust(STATUS_BYTES)
    descriptor = os.open(path + ".new", os.O_WRONLY)
    os.write(descriptor, text)
    os.close(descriptor)
    os.rename(path + ".new", path)


def elapsed():
    """Seconds since some moment in the past, whatever becomes of the clock; Python 2.7 has no time.monotonic."""
    return os.times()[4]


def state(log, status, lock_path, seconds="0"):
    """Print the state of the script, at the latest after some seconds."""
    deadline = elapsed() + float(seconds)
    answer = look(log, status, lock_path)
    while answer["state"] == "running" and elapsed() < deadline:
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
        return stream.read(TAIL_BYTES).decode("utf-8", "replace").splitlines()[-TAIL_LINES:]


if __name__ == "__main__":
    sys.exit({"start": start, "state": state}[sys.argv[1]](*sys.argv[2:]))
