"""Who upgrades the lab: the collection's playbook and the two baselines, each as a command of its own."""

from __future__ import annotations

import dataclasses
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.checkout import ROOT, environment
from tools.processes import run_logged
from tools.upgrade import run_environment, upgrade_command

BASELINES = ROOT / "bench" / "baselines"
USUAL_FORKS = 10  # of the configuration of these runs, tools/ansible.cfg


@dataclasses.dataclass(frozen=True)
class Attempt:
    """What a contender works with; ``notes`` is the operator's JSON file, ``folder`` is for logs."""

    lab: Path
    notes: Path
    collections: Path
    folder: Path
    parallel: int
    hosts: int

    @property
    def forks(self) -> tuple[str, str]:
        """As many as there are endpoint hosts, as the plan asks for where there are fewer; not fewer than usual."""
        return "--forks", str(max(USUAL_FORKS, self.hosts))


Command = tuple[list[str], dict[str, str]]  # command line and environment


@dataclasses.dataclass(frozen=True)
class Cost:
    """Seconds of a run, and processor seconds (user and system) of its whole process tree."""

    seconds: float
    processor_seconds: float


def collection(attempt: Attempt) -> Command:
    """The playbook of the built artifact."""
    command = upgrade_command(attempt.lab, {"application_parallel": str(attempt.parallel)})
    return [*command, *attempt.forks], run_environment(attempt.collections, attempt.folder / "ansible.log")


def runbook(attempt: Attempt) -> Command:
    """The literal runbook."""
    return [sys.executable, str(BASELINES / "runbook.py"), str(attempt.notes)], environment()


def runbook_together(attempt: Attempt) -> Command:
    """The literal runbook that does not wait for one instance before it upgrades the next."""
    command, variables = runbook(attempt)
    return [*command, "--instances", "together"], variables


def naive(attempt: Attempt) -> Command:
    """The naive playbook."""
    playbook = Path(sys.executable).with_name("ansible-playbook")
    command = [str(playbook), "-i", str(attempt.lab / "inventory"), "-e", f"@{attempt.notes}"]
    variables = run_environment(attempt.collections, attempt.folder / "ansible.log")
    return [*command, *attempt.forks, str(BASELINES / "naive" / "upgrade.yml")], variables


CONTENDERS: Mapping[str, Callable[[Attempt], Command]] = {
    "collection": collection,
    "runbook": runbook,
    "runbook_together": runbook_together,
    "naive": naive,
}


def run(command: Sequence[str], variables: Mapping[str, str], output: Path, limit: float) -> Cost:
    """Run a contender to its end. Raises ``RuntimeError`` where it fails or takes more than ``limit`` seconds."""
    before, started = _children(), time.monotonic()
    code = run_logged(command, output, cwd=ROOT, env=variables, seconds=limit)
    seconds = time.monotonic() - started
    if code != 0:
        raise RuntimeError(f"exit code {code} after {seconds:.0f} s; its output is in {output}")
    return Cost(round(seconds, 1), round(_children() - before, 1))


def _children() -> float:
    """Processor seconds of all children of this process that have ended, theirs included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
