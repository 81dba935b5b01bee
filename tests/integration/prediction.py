"""A run in check mode and the real one after it: does the first predict what the second changes?"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from integration_lab import IntegrationLab, Run
from test_procedures import done

CALLBACKS = Path(__file__).with_name("callbacks")
# One row for each of these tasks and folders, wherever it is first: check mode makes no folder, so that each task that
# needs one predicts it again, while a real run makes it once.
FOLDERS = ("stage_import_scripts | Make the folders",)
# What check mode cannot tell, and why.
UNPREDICTED = {
    "fees_before | Make the folder": "it is above the journal's folder, which the run has made before",
    "stage | Unblock O365-Web.zip before it is unpacked": "whether a file carries a mark shows when it has arrived",
}
# autoconf.py adds Tenant Contact Data as well; what a script of the vendor leaves to do is known when it has run.
DONE_BY_AUTOCONF = {
    "Main | Create the resource type where it is missing": "autoconf.py makes it before",
    "Main | Add it to every service template": "autoconf.py does it before",
}
Key = tuple[str, str, str, str]


@dataclasses.dataclass(frozen=True)
class Recorded:
    """What a run told of its tasks: changed ones, and the rows of modules that work on many things."""

    run: Run
    changed: frozenset[Key]
    rows: dict[Key, list[dict[str, Any]]]


@dataclasses.dataclass(frozen=True)
class Compared:
    """A run in check mode and the real one after it; ``unpredicted`` tasks are left out."""

    check: Recorded
    real: Recorded
    touched: list[str]
    same_state: bool
    new_types: frozenset[int]


def recorded(lab: IntegrationLab, results: Path, leave_out: set[str], *arguments: str, **variables: Any) -> Recorded:
    """Run the playbook with the callback that writes every result down."""
    results.touch()
    lab.environment.update(
        ANSIBLE_CALLBACK_PLUGINS=str(CALLBACKS), ANSIBLE_CALLBACKS_ENABLED="task_results", TASK_RESULTS=str(results)
    )
    run = done(lab.run(*arguments, **variables))
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    kept = [(key(line), line) for line in lines if line["task"].rpartition(" : ")[2] not in leave_out]
    return Recorded(
        run,
        frozenset(name for name, line in kept if line["changed"]),
        {name: line["rows"] for name, line in kept if line["rows"]},
    )


def key(line: dict[str, Any]) -> Key:
    """Play, host, task and label of a result."""
    if line["task"].rpartition(" : ")[2] in FOLDERS:
        return "", "", line["task"], line["label"]
    return line["play"], line["host"], line["task"], line["label"]


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of the lab with size and time, and every folder.

    Without the lab's own log, and the reports: a plan is for people and changes no installation. A folder has no time,
    because Ansible uses the hosts' folders for temporary files.
    """
    found: dict[str, tuple[int, int]] = {}
    for path in folder.rglob("*"):
        if path.is_relative_to(folder / "reports") or path == folder / "wire.jsonl":
            continue
        state = path.lstat()
        found[str(path)] = (0, 0) if path.is_dir() else (state.st_size, state.st_mtime_ns)
    return found


def compare(
    lab: IntegrationLab,
    results: Path,
    *real_arguments: str,
    unpredicted: Collection[str] = (),
    **variables: Any,
) -> Compared:
    """Check a fresh installation, then upgrade it; ``results`` is a folder for what the runs tell of their tasks."""
    leave_out = {*UNPREDICTED, *unpredicted}
    state, before = lab.state(), files(lab.layout.root)
    check = recorded(lab, results / "check.jsonl", leave_out, "--check", "--diff", **variables)
    after = files(lab.layout.root)
    touched = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    same_state = lab.state() == state
    known = {row["id"] for row in state["resource_types"]}
    real = recorded(lab, results / "real.jsonl", leave_out, *real_arguments, **variables)
    new_types = frozenset(row["id"] for row in lab.state()["resource_types"]) - known
    lab.environment.clear()
    return Compared(check, real, touched, same_state, new_types)


def changes_nothing(compared: Compared) -> None:
    """Check mode left the installation as it was."""
    assert compared.check.run.writes == []
    assert compared.touched == []
    assert compared.same_state


def predicts_the_changed_tasks(compared: Compared) -> None:
    """The same tasks are changed in both runs."""
    assert len(compared.real.changed) > 35
    assert sorted(compared.check.changed - compared.real.changed) == []
    assert sorted(compared.real.changed - compared.check.changed) == []


def predicts_the_rows(compared: Compared) -> None:
    """So are the rows of modules that work on many things; a resource type that does not exist yet has the id 0."""
    changed = {name: rows for name, rows in compared.real.rows.items() if any(row.get("changed") for row in rows)}
    assert len(changed) >= 5
    for name, rows in changed.items():
        expected = [with_unknown_types(row, compared.new_types) for row in rows]
        assert compared.check.rows[name] == expected, name


def with_unknown_types(row: dict[str, Any], new_types: frozenset[int]) -> dict[str, Any]:
    """The row as check mode can know it."""
    if "resource_types_added" not in row:
        return row
    return {
        **row,
        "resource_types_added": [0 if number in new_types else number for number in row["resource_types_added"]],
    }


def shows_the_command_line_of_setup(compared: Compared) -> None:
    """A person can read what would be run."""
    assert "setup.cmd" in compared.check.run.text
    assert "-GatewaySiteName" in compared.check.run.text
