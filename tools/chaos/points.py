"""Where and how a run is disturbed, made from what an undisturbed run did: most points are listed nowhere."""

from __future__ import annotations

import dataclasses
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

HOLD_SECONDS = 3.0  # how long the lab holds a call in which the run is killed
_API_WORDS = ("reset", "http_500", "timeout_before", "timeout_after", "answer_lost")
_LAUNCHER = "launch.py"  # of the collection: starts the scripts of the vendor
AGENT = "odin.office365"  # how calls of the collection name themselves
# Of a call that is held: before its effect, after its effect.
_HELD = {"before": "delay", "after": "late"}

Fault = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Act:
    """What somebody or something does to a ``Site``, at the stop of the point, or before the run where it has none.

    ``undo``: what the operator does about it before he runs the same command again. ``refusal``: the text with which
    the disturbed run must end; empty where it may go on. ``expected``: the start state as the judge has to take it.
    ``disk``: the site whose files lie on a small disk; ``clock``: the controller has a clock that can be set.
    ``planned``: the plan is made before the act, and the run confirms it by its id.
    """

    do: Callable[[Any], None]
    undo: Callable[[Any], None] = lambda _site: None
    refusal: str = ""
    expected: Callable[[Any], Any] = lambda state: state
    disk: str = ""
    clock: bool = False
    planned: bool = False


@dataclasses.dataclass(frozen=True)
class Point:
    """One disturbance.

    ``stop`` is the event (event, task, host, number) at which the run is killed, or waits for ``act``; ``faults`` are
    planned in the lab.
    ``kill``: kill the run when the fault fires. ``orphans``: kill the process group only, so that what a worker of
    Ansible is doing goes on (since core 2.19 a worker is in a group of its own); otherwise everything, as when the
    controller loses its power.
    """

    name: str
    stop: tuple[str, str, str, int] | None = None
    faults: tuple[Fault, ...] = ()
    kill: bool = False
    orphans: bool = False
    act: Act | None = None


def all_points(events: Sequence[Mapping[str, Any]], calls: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Every point of an undisturbed run with these ``events`` and these lines of the wire log."""
    return [*_tasks(events), *_calls(calls), *_scripts(calls), *_api_faults(calls), *LISTED]


def sample(points: Sequence[Point], number: int, seed: int) -> list[Point]:
    """A ``number`` of points, the same for the same ``seed``; each kind of point in turn, so that none is left out."""
    kinds: dict[str, list[Point]] = {}
    for point in points:
        kinds.setdefault(point.name.split(":")[0], []).append(point)
    generator = random.Random(seed)  # noqa: S311 - a choice of tests, no secret
    for rows in kinds.values():
        generator.shuffle(rows)
    chosen: list[Point] = []
    while len(chosen) < number and any(kinds.values()):
        chosen += [rows.pop() for rows in kinds.values() if rows]
    return chosen[:number]


def _tasks(events: Iterable[Mapping[str, Any]]) -> Iterator[Point]:
    """Before and after every task that changed something, and after each item of its loop.

    Between the end of one and the start of the next on its host, or the last item of a loop and its end, nothing is
    changed where no other host acts meanwhile: those two are one point.
    """
    rows = list(events)
    acting = {(row["task"], row["host"]) for row in rows if row["changed"]}
    before = ("", "")
    for row in rows:
        place = (row["task"], row["host"])
        if place not in acting or not (row["event"] in ("start", "item") or row["changed"]):
            continue
        if (*before, row["event"]) not in (("end", row["host"], "start"), ("item", row["host"], "end")):
            stop = (row["event"], *place, row["number"])
            yield Point(f"task: {row['event']} of {row['task']} on {row['host']} ({row['number']})", stop=stop)
        before = (row["event"], row["host"])


def _calls(calls: Iterable[Mapping[str, Any]]) -> Iterator[Point]:
    """In every call of the collection that writes: before and after its effect."""
    for call in _numbered(calls):
        if not call.is_ours or not call.is_write:
            continue
        for moment, word in _HELD.items():
            fault = call.fault(word, seconds=HOLD_SECONDS)
            name = f"{moment} the effect of {call.place[2]} on {call.place[1]} ({call.number})"
            yield Point(f"call: {name}", faults=(fault,), kill=True)
            if call.place[0] == "public_api":
                yield Point(f"orphan: {name}", faults=(fault,), kill=True, orphans=True)


def _scripts(calls: Iterable[Mapping[str, Any]]) -> Iterator[Point]:
    """While each script of the vendor runs on the management node, where it goes on."""
    writes: dict[str, list[_Call]] = {}
    script = ""
    for call in _numbered(calls):
        if call.place[0] == "management_node":
            name = call.place[2].removeprefix("python ")
            if name.endswith(".py") and name != _LAUNCHER:
                script = name
                writes.setdefault(script, [])
        elif script and call.place[0] == "public_api" and call.is_write and not call.is_ours:
            writes[script].append(call)
    for name, made in sorted(writes.items()):
        place = ("management_node", "mn01", name)
        yield Point(f"script: while {name} runs", faults=(_fault(place, "delay", seconds=HOLD_SECONDS),), kill=True)
        yield Point(f"script: {name} fails", faults=(_fault(place, "fail"),))
        yield Point(f"script: {name} is killed", faults=(_fault(place, "die"),))
        for which, call in (("first", made[0]), ("last", made[-1])) if made else ():
            held = call.fault("delay", seconds=HOLD_SECONDS)
            yield Point(f"script: while {name} is in its {which} call that writes", faults=(held,), kill=True)
            yield Point(f"script: reset in the {which} call of {name} that writes", faults=(call.fault("reset"),))


def _api_faults(calls: Iterable[Mapping[str, Any]]) -> Iterator[Point]:
    """Every way in which a call can fail, for every method with which the collection writes."""
    first: dict[tuple[str, str, str], _Call] = {}
    for call in _numbered(calls):
        if call.place[0] in ("public_api", "aps") and call.is_ours and call.is_write:
            first.setdefault(call.place, call)
    for place, call in sorted(first.items()):
        for word in _API_WORDS:
            yield Point(f"api: {word} in {place[2]}", faults=(call.fault(word, seconds=1.0),))


@dataclasses.dataclass(frozen=True)
class _Call:
    """A line of the wire log: ``number`` counts the calls of one place, whoever made them."""

    place: tuple[str, str, str]
    number: int
    is_write: bool
    is_ours: bool

    def fault(self, word: str, **more: Any) -> Fault:
        """A fault in this very call."""
        return _fault(self.place, word, skip=self.number - 1, **more)


def _numbered(calls: Iterable[Mapping[str, Any]]) -> Iterator[_Call]:
    """The calls as places at which the lab takes faults. Scripts of the vendor call the Public API, too: not ours."""
    numbers: Counter[tuple[str, str, str]] = Counter()
    for line in calls:
        is_module = line["channel"] == "winrm"
        place = (line["channel"], line["host"], f"module:{line['call']}" if is_module else line["call"])
        numbers[place] += 1
        is_write = line["write"] and (not is_module or "." in line["call"])
        is_ours = line["channel"] in ("winrm", "aps") or line.get("agent") == AGENT
        yield _Call(place, numbers[place], is_write, is_ours)


def _fault(place: tuple[str, str, str], word: str, **more: Any) -> Fault:
    return {"where": f"^{re.escape(':'.join(place))}$", "do": word, **more}


def _host(name: str, where: str, word: str, **more: Any) -> Point:
    return Point(f"host: {name}", faults=({"where": where, "do": word, **more},))


_FULL_DISK = "There is not enough space on the disk."
# What no log of a good run can tell.
LISTED = (
    *(
        _host(f"WinRM drops {verb} ({skip} calls later)", f"^winrm:iis01:{verb}$", "drop", skip=skip)
        for verb in ("Create", "Command", "Send", "Receive", "Signal")
        for skip in (0, 8, 20, 32)
    ),
    _host("it restarts in setup.cmd", "^setup:iis01:", "reboot", seconds=4.0),
    _host("setup.cmd ends with exit code 1", "^setup:iis01:", "fail"),
    _host("setup.cmd ends with exit code 0 and leaves the application pool stopped", "^setup:iis01:", "silent"),
    _host("its disk is full at the upload", "^winrm:iis01:.*win_copy$", "fail", message=_FULL_DISK),
    _host("its disk is full at unpacking", "^winrm:iis01:.*win_unzip$", "fail", message=_FULL_DISK),
    *(
        Point(f"task of the platform: {word} at {name}", faults=({"where": f"^task:.*{name}", "do": word},))
        for word in ("fail", "cancel")
        for name in ("[Uu]pgrade", "[Ii]mport")
    ),
)
