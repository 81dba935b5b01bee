"""Planned faults of the channel ``management_node``, taken from the lab's own file. Works with Python 2.7 and 3.

The file and its lock are those of ``office365_lab.faults``, which says what they hold.
"""
# Python 2.7 reads this too: type comments use the imports below.
# ruff: noqa: F401, PTH104

import fcntl
import io
import json
import os
import re
import time

MYPY = False
if MYPY:
    from typing import Any, Dict, Optional

_PLACE = "management_node:mn01:"


def before(script):
    # type: (str) -> Optional[str]
    """Take a fault that is due before a script does anything; the message of ``fail``, after ``delay`` None."""
    fault = _take(script, "delay", "fail")
    if fault is None:
        return None
    if fault["do"] == "fail":
        return str(fault.get("message", "planned fault"))
    time.sleep(float(fault.get("seconds", 0)))
    return None


def has_to_die(script):
    # type: (str) -> bool
    """Take a fault that is due when a script has done a part of its work: it is killed there (``die``)."""
    return _take(script, "die") is not None


def has_to_multiply_fees(script):
    # type: (str) -> bool
    """Take a fault that makes a script do what issue APSA-17557 tells of (``multiply_fees``)."""
    return _take(script, "multiply_fees") is not None


def _take(script, *words):
    # type: (str, *str) -> Optional[Dict[str, Any]]
    path = os.environ["OFFICE365_LAB_FAULTS"]
    stem = path[: -len(".json")]
    with io.open(stem + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with io.open(path, encoding="utf-8") as stream:
                plan = json.load(stream)
        except IOError:  # nothing was ever planned
            return None
        for fault in plan:
            if fault["times"] > 0 and fault["do"] in words and re.search(fault["where"], _PLACE + script):
                fault["times"] -= 1
                fault["fired"] += 1
                with io.open(stem + ".new", "wb") as fresh:
                    fresh.write(json.dumps(plan, indent=1).encode("utf-8"))
                os.rename(stem + ".new", path)
                return dict(fault)
    return None
