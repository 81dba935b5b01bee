"""Measure the provisioning window, what customers feel of an upgrade: ``python -m bench.outage --help``.

Each measurement starts a lab, lets one contender upgrade it, has the outcome judged (``tools.check_upgrade``: platform,
hosts and files as the lab sees them), and merges a row into ``build/bench/outage.json``. Contenders take turns, so that
a change of the machine's load meets all of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import contenders, results
from bench.durations import Durations, Size, critical_path, lab_options
from bench.goals import goals
from bench.installation_notes import write_notes
from bench.table import goal_table, row_table
from bench.window import read_calls, window_seconds
from tools import check_upgrade, laboratory
from tools.artifact import build_artifact, install_artifact
from tools.checkout import BUILD, ROOT

FOLDER = BUILD / "bench"
RESULTS = FOLDER / "outage.json"
LAB = ROOT / ".lab" / "bench"
KEY = ("part", "contender", "round", "size", "durations", "parallel")
LIMIT = 4 * 3600.0  # seconds; the runbook needs 45 minutes for 50 gateway sites


@dataclasses.dataclass(frozen=True)
class Part:
    """One size, and who upgrades it unless ``--contenders`` says otherwise."""

    size: Size
    contenders: tuple[str, ...]
    again: bool = False  # what is measured is the same command once more, on a finished upgrade


# For an upgrade that only has to be there
BRIEF = Durations(setup=1.0, iisreset=0.5, package_import=1.0, instance_upgrade=1.0)

PARTS = {
    "no_op": Part(Size(sites=3, hosts=2), ("collection",), again=True),
    "one_site": Part(Size(sites=1, hosts=1), ("collection", "runbook", "naive")),
    "ten_sites": Part(Size(sites=10, hosts=5), ("collection", "runbook", "naive")),
    "many_subscriptions": Part(Size(sites=10, hosts=5, subscriptions=2000), ("collection", "naive")),
    "fifty_sites": Part(Size(sites=50, hosts=10), ("collection",)),
    "one_site_each": Part(Size(sites=25, hosts=25), ("collection",)),
}


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One row to be made."""

    part: str
    contender: str
    round: int
    size: Size
    durations: Durations
    parallel: int

    @property
    def name(self) -> str:
        """For folders and messages."""
        return f"{self.part}-{self.contender}-{self.round}"


def measurements(options: argparse.Namespace) -> Iterator[Measurement]:
    """What the options ask for, in an order in which the contenders take turns."""
    names = [field.name for field in dataclasses.fields(Durations)]
    durations = Durations(**{name: getattr(options, name) for name in names})
    changes = {name: getattr(options, name) for name in ("sites", "hosts", "subscriptions")}
    given = {name: value for name, value in changes.items() if value is not None}
    for number in range(1, options.rounds + 1):
        for name in options.parts:
            part = PARTS[name]
            size = dataclasses.replace(part.size, **given)
            fitting = BRIEF if part.again else durations
            for contender in options.contenders or part.contenders:
                if not part.again or contender == "collection":
                    yield Measurement(name, contender, number, size, fitting, options.parallel)


def measure(wanted: Measurement, collections: Path) -> results.Row:
    """Make one row. Raises ``RuntimeError`` where the contender fails or leaves the lab in a wrong state."""
    folder = FOLDER / wanted.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    row = {**dataclasses.asdict(wanted), **results.circumstances()}
    notes = folder / "notes.json"
    attempt = contenders.Attempt(LAB, notes, collections, folder, wanted.parallel, wanted.size.hosts)
    command, variables = contenders.CONTENDERS[wanted.contender](attempt)
    options = [*lab_options(wanted.size, wanted.durations), "--max-seconds", str(LIMIT + 600)]
    with laboratory.running_lab(LAB, options):
        before = laboratory.state(LAB)
        write_notes(LAB, before, attempt.notes)
        cost = contenders.run(command, variables, folder / "output.txt", LIMIT)
        if not check_upgrade.report(before, laboratory.state(LAB)):
            raise RuntimeError("the state of the lab after the upgrade is wrong (above)")
        row["window_seconds"] = round(window_seconds(read_calls(LAB)), 1)
        if PARTS[wanted.part].again:
            mark = laboratory.wire_size(LAB)
            cost = contenders.run(command, variables, folder / "again.txt", LIMIT)
            row["writes"] = len(laboratory.writes_since(LAB, mark))
    row["critical_path_seconds"] = round(critical_path(wanted.size, wanted.durations, wanted.parallel), 1)
    return {**row, **dataclasses.asdict(cost)}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m bench.outage", description="Measure the provisioning window.")
    made.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="default: all")
    made.add_argument("--contenders", nargs="+", choices=contenders.CONTENDERS, help="instead of those of each part")
    made.add_argument("--rounds", type=int, default=1, help="how often everything is measured (default: 1)")
    made.add_argument("--sites", type=int, help="gateway sites, instead of those of each part")
    made.add_argument("--hosts", type=int, help="endpoint hosts, instead of those of each part")
    made.add_argument("--subscriptions", type=int, help="subscriptions (default: 200)")
    made.add_argument("--parallel", type=int, default=20, help="application_parallel of the collection (default: 20)")
    for field in dataclasses.fields(Durations):
        name = field.name.replace("_", "-")
        made.add_argument(f"--{name}", type=float, default=field.default, help=f"seconds (default: {field.default})")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where a contender failed; the others are measured all the same."""
    options = parser().parse_args(arguments)
    failed = []
    install_artifact(build_artifact(FOLDER / "artifact"), FOLDER / "collections")
    for wanted in measurements(options):
        print(f"\n==> {wanted.name}: {wanted.size}", flush=True)
        try:
            results.add_row(RESULTS, measure(wanted, FOLDER / "collections"), KEY)
        except (RuntimeError, ValueError, subprocess.CalledProcessError) as error:
            print(f"{wanted.name}: {error}", file=sys.stderr)
            failed.append(wanted.name)
    rows = results.read_rows(RESULTS)
    print(f"\n{row_table(rows)}\n\n{goal_table(goals(rows))}\n\nrows: {RESULTS}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
