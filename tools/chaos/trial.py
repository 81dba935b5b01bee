"""One point, from a fresh installation to the verdict."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

from office365_lab import supervisor, wirelog
from office365_lab.faults import FaultPlan
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions

from tools.chaos import events, judge, playbook
from tools.chaos.points import HOLD_SECONDS, Point
from tools.upgrade import run_environment, upgrade_command

CONVERGED, GATED, WRONG, NOT_REACHED = "converged", "gated", "wrong", "not reached"
OPTIONS = LabOptions(gateways=3, hosts=2, service_templates=4, subscriptions=20, max_seconds=6 * 3600.0)
_RUN_SECONDS = 900.0
_ATTEMPTS = 8  # a transaction that a killed run left open locks its objects for two minutes
_LOCK_WAITS = 40
_LOCK_PAUSE_SECONDS = 1.0
_LOCK_TEXT = "Another run works on this installation"
_SCRIPT_GATE = "resource_settings_outcome="
_IMPORT_GATE = "office365_recover_import: true"
_SHOWN = 1500


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What came of a point; ``attempts`` counts the runs after the disturbed one, ``detail`` is for people."""

    point: Point
    outcome: str
    attempts: int
    seconds: float
    detail: str = ""


class Bench:
    """A lab on which trials run one after another; ``log`` keeps what all runs printed."""

    def __init__(self, folder: Path, collections: Path) -> None:
        self.folder = folder
        self._lab = folder / "lab"
        self._log = folder / "runs.log"
        self._events = folder / "events.jsonl"
        self._layout = LabLayout(self._lab)
        self._env = run_environment(collections, folder / "ansible.log")
        folder.mkdir(parents=True, exist_ok=True)
        supervisor.down(self._lab)  # one that an earlier campaign left behind
        supervisor.up(self._lab, OPTIONS)
        self._began = time.time()
        self._before = supervisor.current_state(self._lab)

    def down(self) -> None:
        """End the lab."""
        supervisor.down(self._lab)

    def record(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Events and calls of an undisturbed run. Raises ``RuntimeError`` where it does not end well."""
        self._reset()
        done = self._run(None, {})
        problems = self._problems()
        if done.exit_code != 0 or problems:
            raise RuntimeError(f"the undisturbed run ended with {done.exit_code}: {problems}; see {self._log}")
        return events.read(self._events), self._calls()

    def try_point(self, point: Point) -> Verdict:
        """Disturb a run at ``point``, run the same command until it ends well, and judge the installation."""
        started = time.monotonic()
        self._reset()
        self._note(f"===== {point.name}")
        for fault in point.faults:
            self._faults.add(**fault)
        try:
            outcome, attempts, detail = self._carry_through(point)
        except TimeoutError as error:
            outcome, attempts, detail = WRONG, 0, str(error)
        verdict = Verdict(point, outcome, attempts, time.monotonic() - started, detail)
        self._note(f"===== {outcome} after {attempts} more run(s): {detail}")
        return verdict

    def _carry_through(self, point: Point) -> tuple[str, int, str]:
        first = self._run(point, {})
        if not first.killed and not all(fault["fired"] for fault in self._faults.all()):
            return NOT_REACHED, 0, f"exit code {first.exit_code}"
        if (point.stop or point.kill) and not first.killed:
            return NOT_REACHED, 0, f"the run ended with {first.exit_code} before it was killed"
        if first.killed:
            time.sleep(HOLD_SECONDS if point.kill and not point.orphans else 0)
        outcome, variables, last, attempts = CONVERGED, dict[str, str](), first, 0
        while last.killed or last.exit_code != 0:
            if attempts == _ATTEMPTS:
                return WRONG, attempts, f"it never ended well: {last.output[-_SHOWN:]}"
            if _IMPORT_GATE in last.output and attempts:
                outcome, variables = GATED, {**variables, "office365_recover_import": "true"}
            if _SCRIPT_GATE in last.output and "resource_settings_outcome" not in variables:
                outcome, found = GATED, self._found_by_operator()
                if not found:
                    return GATED, attempts, "half done: only the vendor can help, and nothing goes on by itself"
                variables = {**variables, "resource_settings_outcome": found}
            last = self._run_when_free(variables)
            attempts += 1
        problems = self._problems()
        return (WRONG if problems else outcome), attempts, "; ".join(problems)

    def _problems(self) -> list[str]:
        return judge.problems(self._before, supervisor.current_state(self._lab), self._calls())

    def _calls(self) -> list[dict[str, Any]]:
        """The lines of the wire log since the last reset."""
        return [line for line in wirelog.read(self._layout.wire_log) if line["time"] >= self._began]

    def _found_by_operator(self) -> str:
        """What a person sees who looks at the platform, as the gate's message asks; empty where neither is true."""
        time.sleep(HOLD_SECONDS)
        settings = supervisor.current_state(self._lab)["resource_settings"]
        if settings["converted"]:
            return "completed"
        return "not_run" if settings == self._before["resource_settings"] else ""

    def _run_when_free(self, variables: dict[str, str]) -> playbook.Run:
        """The same command again, as often as it says that the earlier run still works."""
        for _attempt in range(_LOCK_WAITS):
            done = self._run(None, variables)
            if _LOCK_TEXT not in done.output:
                return done
            time.sleep(_LOCK_PAUSE_SECONDS)
        return done

    def _run(self, point: Point | None, variables: dict[str, str]) -> playbook.Run:
        for file in (self._events, self._events.with_suffix(".reached")):
            file.unlink(missing_ok=True)
        told = events.settings(self._events, point.stop if point else None)

        def is_due() -> bool:
            if point is None:
                return False
            if point.kill:
                return any(fault["fired"] for fault in self._faults.all())
            return events.reached(self._events)

        return playbook.run(
            upgrade_command(self._lab, variables),
            {**self._env, **told},
            self._log,
            _RUN_SECONDS,
            is_due,
            orphans=point is not None and point.orphans,
            foreign=str(self._layout.management_node),
        )

    @property
    def _faults(self) -> FaultPlan:
        return FaultPlan(self._layout.faults)

    def _reset(self) -> None:
        supervisor.reset(self._lab)
        self._began = time.time()
        self._faults.clear()

    def _note(self, text: str) -> None:
        with self._log.open("a", encoding="utf-8") as stream:
            stream.write(f"\n{text}\n")
