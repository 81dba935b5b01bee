"""Loaded by every Python that the lab's ``usr/bin/python`` starts. Works with Python 2.7 and 3.

Three things make the fake host look real: names are resolved by its own ``etc/hosts``, the wire log learns which
script was started with which arguments, and ``time.time`` is off by the seconds in ``etc/clock-offset``, where there
is such a file.
"""
# Python 2.7 reads this too: type comments use the imports below; it has no pathlib.
# ruff: noqa: F401, PTH109, PTH118, PTH119, PTH123

import io
import json
import os
import socket
import time

MYPY = False
if MYPY:
    from typing import Any, Dict, List

_SECRET_WORDS = ("password", "passwd", "pwd", "token", "secret")
_MASK = "********"
_NODE = os.environ.get("OFFICE365_LAB_NODE", "")
_WIRE_LOG = os.environ.get("OFFICE365_LAB_WIRE_LOG", "")


def _hosts():
    # type: () -> Dict[str, str]
    names = {}  # type: Dict[str, str]
    with io.open(os.path.join(_NODE, "etc", "hosts"), encoding="utf-8") as stream:
        for line in stream:
            words = line.split("#")[0].split()
            for name in words[1:]:
                names.setdefault(name.lower(), words[0])
    return names


def _resolve(host):
    # type: (Any) -> Any
    """The address that ``etc/hosts`` gives for a name; what is not there goes on to the real resolver."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return _hosts().get(host.lower().rstrip("."), host) if host else host


def _patch_resolver():
    # type: () -> None
    real_getaddrinfo = socket.getaddrinfo
    real_gethostbyname = socket.gethostbyname

    def getaddrinfo(host, *arguments, **options):
        # type: (Any, *Any, **Any) -> Any
        return real_getaddrinfo(_resolve(host), *arguments, **options)

    def gethostbyname(host):
        # type: (Any) -> Any
        return real_gethostbyname(_resolve(host))

    socket.getaddrinfo = getaddrinfo
    socket.gethostbyname = gethostbyname


def _patch_clock():
    # type: () -> None
    path = os.path.join(_NODE, "etc", "clock-offset")
    real_time = time.time

    def lab_time():
        # type: () -> float
        try:
            with io.open(path, encoding="ascii") as stream:
                return real_time() + float(stream.read())
        except IOError:
            return real_time()

    time.time = lab_time


def _arguments():
    # type: () -> List[str]
    """What stands after the interpreter on the command line; ``sys.argv`` is not set yet at this point."""
    with open("/proc/self/cmdline", "rb") as stream:
        words = stream.read().split(b"\0")[1:-1]
    return [word.decode("utf-8", "replace") for word in words]


def _masked(arguments):
    # type: (List[str]) -> List[str]
    masked = []
    secret_follows = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        secret = name.startswith("-") and any(word in name.lower() for word in _SECRET_WORDS)
        if secret_follows:
            argument = _MASK
        elif secret and equals:
            argument = name + "=" + _MASK
        secret_follows = secret and not equals
        masked.append(argument)
    return masked


def _log_start():
    # type: () -> None
    arguments = _masked(_arguments())
    script = next((index for index, word in enumerate(arguments) if not word.startswith("-")), None)
    if script is None or any(word in ("-c", "-m") for word in arguments[:script]):
        call, rest = "python " + " ".join(arguments[:1]), arguments[1:]
    else:
        call, rest = "python " + os.path.basename(arguments[script]), arguments[script + 1 :]
    line = {
        "time": round(time.time(), 4),
        "channel": "management_node",
        "host": "mn01",
        "client": "",
        "call": call.strip(),
        "write": False,
        "arguments": rest,
        "outcome": "ok",
        "seconds": 0.0,
        "folder": os.getcwd(),
    }
    # one write of one line to a file opened for appending: lines of several processes do not mix
    log = os.open(_WIRE_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(log, (json.dumps(line) + "\n").encode("utf-8"))
    os.close(log)


if _NODE and _WIRE_LOG:
    _patch_resolver()
    _log_start()  # before the clock is off: the wire log is the lab's and not the node's
    _patch_clock()
