"""One point, from a fresh installation to the verdict."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from pathlib import Path
from typing import Any

from office365_lab import supervisor, wirelog
from office365_lab.faults import FaultPlan
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.windows.state import HostState

from tools.chaos import disk, events, judge, playbook
from tools.chaos.acts import CONTROLLER, NODE, Site
from tools.chaos.points import HOLD_SECONDS, Act, Point
from tools.laboratory import call_public_api
from tools.upgrade import plan_command, plan_id, run_environment, upgrade_command

CONVERGED, GATED, WRONG, NOT_REACHED = "converged", "gated", "wrong", "not reached"
OPTIONS = LabOptions(gateways=3, hosts=2, service_templates=4, subscriptions=20, max_seconds=6 * 3600.0)
_RUN_SECONDS = 900.0
_ATTEMPTS = 8  # a transaction that a killed run left open locks its objects for two minutes
_LOCK_WAITS = 40
_LOCK_PAUSE_SECONDS = 1.0
_LOCK_TEXT = "Another run works on this installation"
_SCRIPT_GATE = "resource_settings_outcome="
_NOT_RUN = re.compile(r"not_run:\w+")
_TASK_GATE = "restart them in Operations > Tasks"
_POOL_GATE = "is not started\n  The platform cannot provision through such a site."
# as the failed step and as the finding of the plan write it
_IMPORT_GATE = re.compile(r"office365_recover_import(: |=)true")
_LOCK_GATE, _LOCK_ADVICE = "An object is locked by another transaction", "end it with txn.Rollback"
_TRANSACTION_ENDS = ("txn.Commit", "txn.Rollback")
_SHOWN = 1500
_TRACEBACK = "Traceback (most recent call last)"
CLOCK = Path(__file__).with_name("clock")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What came of the point of this name.

    ``attempts`` counts the runs after the disturbed one, ``detail`` is for people, ``commit`` names what was tried.
    """

    point: str
    outcome: str
    attempts: int
    seconds: float
    detail: str = ""
    commit: str = ""


class Bench:
    """A lab in ``folder`` on which trials of ``commit`` run one after another; its log keeps what all runs printed."""

    def __init__(self, folder: Path, collections: Path, commit: str) -> None:
        self.folder = folder
        self._commit = commit
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
        self._site = Site(self._lab, self._before, folder / "clock", folder / "disk")
        self._act: Act | None = None

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
        self._act = point.act
        self._site.clock.unlink(missing_ok=True)
        try:
            with disk.small(self._site.disk, mounted=bool(point.act and point.act.disk)):
                outcome, attempts, detail = self._carry_through(point)
        except TimeoutError as error:
            outcome, attempts, detail = WRONG, 0, str(error)
        finally:
            self._act = None
        seconds = round(time.monotonic() - started, 1)
        verdict = Verdict(point.name, outcome, attempts, seconds, detail, self._commit)
        self._note(f"===== {outcome} after {attempts} more run(s): {detail}")
        return verdict

    def _carry_through(self, point: Point) -> tuple[str, int, str]:
        first = self._disturbed_run(point)
        if point.act is not None:
            if point.stop and not events.reached(self._events):
                return NOT_REACHED, 0, f"the run ended with {first.exit_code} before anything was done to it"
            problem = _not_as_expected(point.act, first)
            if problem:
                return problem[0], 0, problem[1]
            point.act.undo(self._site)
        if not first.killed and not all(fault["fired"] for fault in self._faults.all()):
            return NOT_REACHED, 0, f"exit code {first.exit_code}"
        if (point.kill or (point.stop and point.act is None)) and not first.killed:
            return NOT_REACHED, 0, f"the run ended with {first.exit_code} before it was killed"
        if first.killed:
            time.sleep(HOLD_SECONDS if point.kill and not point.orphans else 0)
        outcome, variables, last, attempts, restarted = CONVERGED, dict[str, str](), first, 0, False
        while last.killed or last.exit_code != 0:
            if attempts == _ATTEMPTS:
                return WRONG, attempts, f"it never ended well: {last.output[-_SHOWN:]}"
            if _POOL_GATE in last.output:
                outcome = GATED
                self._start_application_pools()
            elif _TASK_GATE in last.output and not restarted:
                outcome, restarted = GATED, True
                self._restart_failed_tasks()
            elif _IMPORT_GATE.search(last.output) and attempts:
                outcome, variables = GATED, {**variables, "office365_recover_import": "true"}
            elif _LOCK_GATE in last.output and _LOCK_ADVICE in last.output:
                outcome = GATED
                self._roll_back_open_transactions()
            if _SCRIPT_GATE in last.output and "resource_settings_outcome" not in variables:
                outcome, found = GATED, self._found_by_operator(last.output)
                if found is None:
                    return GATED, attempts, "half done: only the vendor can help, and nothing goes on by itself"
                variables = {**variables, "resource_settings_outcome": found}
            last = self._run_when_free(variables)
            attempts += 1
        problems = self._problems()
        return (WRONG if problems else outcome), attempts, "; ".join(problems)

    def _disturbed_run(self, point: Point) -> playbook.Run:
        act = point.act
        if act is None or point.stop is not None:
            return self._run(point, {})
        variables = {}
        if act.planned:
            playbook.run(plan_command(self._lab), self._env, self._log, _RUN_SECONDS)
            variables["office365_confirm"] = plan_id(self._lab)
        act.do(self._site)
        return self._run(None, variables)

    def _problems(self) -> list[str]:
        before = self._act.expected(self._before) if self._act else self._before
        return judge.problems(before, supervisor.current_state(self._lab), self._calls())

    def _calls(self) -> list[dict[str, Any]]:
        """The lines of the wire log since the last reset."""
        return [line for line in wirelog.read(self._layout.wire_log) if line["time"] >= self._began]

    def _restart_failed_tasks(self) -> None:
        """What a person does in Operations > Tasks about those that failed since the run began."""
        known = {task["id"] for task in self._before["tasks"]}
        for task in supervisor.current_state(self._lab)["tasks"]:
            if task["status"] == "f" and task["id"] not in known:
                call_public_api(self._lab, "pem.tasks.rescheduleTask", task_id=task["id"])

    def _roll_back_open_transactions(self) -> None:
        """What a person does who finds the calls of a transaction that nobody has ended in poa.log."""
        calls = [(line, line["arguments"]) for line in self._calls() if isinstance(line["arguments"], dict)]
        inside = [(line, told["txn_id"]) for line, told in calls if "txn_id" in told]
        ended = {txn_id for line, txn_id in inside if line["call"] in _TRANSACTION_ENDS and line["outcome"] == "ok"}
        for txn_id in sorted({txn_id for _line, txn_id in inside} - ended):
            # the platform itself has ended one in which a call failed, and says so
            with contextlib.suppress(RuntimeError):
                call_public_api(self._lab, "txn.Rollback", txn_id=txn_id)

    def _start_application_pools(self) -> None:
        """What a person does in IIS Manager of each host about pools that are stopped, for good."""

        def start(state: dict[str, Any]) -> None:
            for pool in state["iis"]["pools"]:
                pool.update(state="Started", auto_start=True)

        for folder in self._layout.endpoint_hosts.iterdir():
            HostState(folder / "state.json").change(start)

    def _found_by_operator(self, output: str) -> str | None:
        """What a person says who looks at the platform, as the gate's message asks; None where the script is half done.

        Empty where nothing was done and no start is asked about.
        """
        time.sleep(HOLD_SECONDS)
        settings = supervisor.current_state(self._lab)["resource_settings"]
        if settings["converted"]:
            return "completed"
        if settings != self._before["resource_settings"]:
            return None
        offered = _NOT_RUN.search(output)
        return offered[0] if offered else ""

    def _run_when_free(self, variables: dict[str, str]) -> playbook.Run:
        """The same command again, as often as it says that the earlier run still works."""
        for _attempt in range(_LOCK_WAITS):
            done = self._run(None, variables)
            if _LOCK_TEXT not in done.output:
                return done
            time.sleep(_LOCK_PAUSE_SECONDS)
        return done

    def _run(self, point: Point | None, variables: dict[str, str]) -> playbook.Run:
        events.forget(self._events)
        told = events.settings(self._events, point.stop if point else None)

        def is_due() -> bool:
            if point is None:
                return False
            if point.kill:
                return any(fault["fired"] for fault in self._faults.all())
            if point.act is None:
                return events.reached(self._events)
            if events.reached(self._events) and not events.is_let_go(self._events):
                point.act.do(self._site)
                events.let_go(self._events)
            return False

        return playbook.run(
            upgrade_command(self._lab, {**self._disk_variables(), **variables}),
            {**self._env, **told, **self._act_environment()},
            self._log,
            _RUN_SECONDS,
            is_due,
            orphans=point is not None and point.orphans,
            foreign=str(self._layout.management_node),
        )

    def _disk_variables(self) -> dict[str, str]:
        """What of the installation is on the small disk."""
        small = self._site.disk
        if self._act and self._act.disk == NODE:
            return {"office365_state_folder": str(small / "state"), "office365_work_folder": str(small / "work")}
        if self._act and self._act.disk == CONTROLLER:
            return {"office365_report_folder": str(small / "reports")}
        return {}

    def _act_environment(self) -> dict[str, str]:
        """The controller's own clock and the place of its temporary files."""
        if self._act and self._act.clock:
            return {"PYTHONPATH": str(CLOCK), "CHAOS_CLOCK": str(self._site.clock)}
        if self._act and self._act.disk == CONTROLLER:
            return {"ANSIBLE_LOCAL_TEMP": str(self._site.disk / "tmp")}
        return {}

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


def _not_as_expected(act: Act, first: playbook.Run) -> tuple[str, str] | None:
    """Outcome and detail where the run in which somebody acted did not end as it has to."""
    text = " ".join(first.output.split())
    if _TRACEBACK in text:
        return WRONG, f"a traceback: {first.output[-_SHOWN:]}"
    if act.refusal and (first.exit_code == 0 or act.refusal not in text):
        return WRONG, f"it ended with {first.exit_code} and without {act.refusal!r}: {first.output[-_SHOWN:]}"
    return None
