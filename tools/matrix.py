"""``make matrix``: the upgrade with other versions of Ansible and other connections to the endpoint hosts.

Each row starts a lab, upgrades it, upgrades it again (which must change nothing and write nothing), and judges the
lab's state. A row that this machine cannot run says why.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tools import check_upgrade, laboratory
from tools.artifact import build_artifact, install_artifact
from tools.checkout import BUILD, ROOT
from tools.make_venv import VenvError, build_venv, is_current
from tools.processes import run_logged
from tools.upgrade import run_environment, upgrade_command

FOLDER = BUILD / "matrix"
COLLECTIONS = FOLDER / "collections"
SECONDS = 900.0  # a playbook run that takes longer has failed
MANAGEMENT_NODE = "mn01"
FAILING_HOST = "iis01"


class CannotRunError(Exception):
    """A row that this machine cannot run; the text says what is missing."""


class RowFailedError(Exception):
    """A row that ran and did not do what it should; the text says what."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One combination.

    ``lab`` holds options of ``office365-lab up``. ``core`` is the ansible-core of a virtual environment of its own, run
    by the first of ``pythons`` (major, minor) that the machine has; an empty one means the one in .venv. ``old_node``:
    the management node is managed with Python 2.7, where the machine has one.
    """

    name: str
    lab: tuple[str, ...] = ()
    core: str = ""
    pythons: tuple[tuple[int, int], ...] = ()
    old_node: bool = False


ROWS = (
    Row("core-2.16", core="2.16.19", pythons=((3, 11), (3, 12), (3, 10)), old_node=True),
    Row("core-2.21", core="2.21.5", pythons=((3, 13), (3, 12), (3, 14))),
    Row("psrp", lab=("--connection", "psrp")),
    Row("winrm-https", lab=("--winrm-scheme", "https")),
    Row("winrm-ntlm", lab=("--winrm-transport", "ntlm")),
    Row("psrp-https-ntlm", lab=("--connection", "psrp", "--winrm-scheme", "https", "--winrm-transport", "ntlm")),
)


def find_python(version: tuple[int, int]) -> Path | None:
    """A working Python of this version on PATH or among pyenv's; None where there is none."""
    name = f"python{version[0]}.{version[1]}"
    on_path = [Path(folder) / name for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    script = "import os, sys; print(os.path.realpath(sys.executable))"
    for candidate in (*on_path, *sorted(pyenv.glob(f"{version[0]}.{version[1]}.*/bin/{name}"))):
        if not candidate.exists():
            continue
        answer = subprocess.run([candidate, "-c", script], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            return Path(answer.stdout.strip())
    return None


def requirements(row: Row) -> list[str]:
    """What the row's own virtual environment holds: its ansible-core and our pinned clients."""
    ours = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    clients = [line for line in ours if line.startswith(("requests==", "pywinrm==", "pypsrp=="))]
    return [f"ansible-core=={row.core}", *clients]


def own_environment(row: Row) -> Path:
    """Build or reuse the row's virtual environment; returns its ``ansible-playbook``.

    Raises ``CannotRunError`` without a Python for it and ``RowFailedError`` where the installation fails.
    """
    found = next(filter(None, map(find_python, row.pythons)), None)
    if found is None:
        wanted = " or ".join(f"{major}.{minor}" for major, minor in row.pythons)
        raise CannotRunError(f"ansible-core {row.core} needs Python {wanted}, and none was found on PATH or in pyenv")
    venv = ROOT / f".venv-{row.name}"
    wanted_packages = requirements(row)
    stamp = hashlib.sha256("\n".join([str(venv), str(found), *wanted_packages]).encode()).hexdigest()
    if not is_current(venv, stamp):
        try:
            build_venv(found, venv, [wanted_packages], stamp, FOLDER / f"{row.name}-venv.log")
        except VenvError as error:
            raise RowFailedError(str(error)) from error
    return venv / "bin" / "ansible-playbook"


def python_2_inventory(folder: Path) -> Path | None:
    """An inventory file that has the management node managed with Python 2.7; None where the machine has none."""
    python = find_python((2, 7))
    if python is None:
        return None
    path = folder / "python-2.7.yml"
    path.write_text(
        f"all:\n  hosts:\n    {MANAGEMENT_NODE}:\n      ansible_python_interpreter: {python}\n", encoding="utf-8"
    )
    return path


def changed_hosts(output: str) -> list[str]:
    """Hosts whose line in the last play recap of ``output`` counts changes. ``RowFailedError`` without a recap."""
    if "PLAY RECAP" not in output:
        raise RowFailedError("the playbook printed no recap")
    recap = output.rpartition("PLAY RECAP")[2]
    return [match[1] for match in re.finditer(r"^(\S+) +: .*\bchanged=[1-9]", recap, re.MULTILINE)]


def play(command: Sequence[str], log: Path, env: dict[str, str], what: str) -> str:
    """Run the playbook with its output in ``log`` and return that output. Raises ``RowFailedError``."""
    log.unlink(missing_ok=True)
    code = run_logged(command, log, cwd=ROOT, env=env, seconds=SECONDS)
    output = log.read_text(encoding="utf-8", errors="replace")
    if code != 0:
        raise RowFailedError(
            "\n".join([*output.splitlines()[-40:], f"{what} ended with exit code {code}; its output is in {log}"])
        )
    return output


def upgrade_twice(row: Row, lab: Path, program: Path | None) -> str:
    """Upgrade the running lab twice and judge it; returns a remark for the table. Raises ``RowFailedError``."""
    overlay = python_2_inventory(lab) if row.old_node else None
    command = upgrade_command(lab, program=program)
    if overlay is not None:
        command += ["-i", str(overlay)]
    env = run_environment(COLLECTIONS, lab / "ansible.log")
    before = laboratory.state(lab)
    play(command, FOLDER / f"{row.name}.log", env, "the upgrade")
    after = laboratory.state(lab)
    if not check_upgrade.report(before, after):
        raise RowFailedError("the lab's state after the upgrade is wrong (above)")
    mark = laboratory.wire_size(lab)
    hosts = changed_hosts(play(command, FOLDER / f"{row.name}-again.log", env, "the second run"))
    writes = laboratory.writes_since(lab, mark)
    if hosts or writes:
        calls = sorted({f"{call['channel']} {call['call']}" for call in writes})
        raise RowFailedError(f"the second run changed something: hosts {hosts}, calls on the wire {calls}")
    return "management node on Python 2.7" if overlay is not None else ""


def fail_once(row: Row, lab: Path, program: Path | None) -> None:
    """Upgrade with a host on which setup.cmd fails: no release of Ansible may go on to the next steps.

    Raises ``RowFailedError``.
    """
    laboratory.run_lab("fault", lab, "--where", f"^setup:{FAILING_HOST}:", "--do", "fail")
    log = FOLDER / f"{row.name}-failed.log"
    env = run_environment(COLLECTIONS, lab / "ansible.log")
    code = run_logged(upgrade_command(lab, program=program), log, cwd=ROOT, env=env, seconds=SECONDS)
    after = laboratory.state(lab)
    if code == 0 or after["script_runs"] or any(row["active"] for row in check_upgrade.application_templates(after)):
        raise RowFailedError(f"setup.cmd failed on {FAILING_HOST}, and the steps behind it were taken: see {log}")


def run_row(row: Row) -> str:
    """Run one row to its end; returns a remark. Raises ``CannotRunError`` or ``RowFailedError``."""
    program = own_environment(row) if row.core else None
    lab = ROOT / ".lab" / f"matrix-{row.name}"
    try:
        with laboratory.running_lab(lab, row.lab):
            if row.core:
                fail_once(row, lab, program)
                laboratory.run_lab("reset", lab)
            return upgrade_twice(row, lab, program)
    except subprocess.CalledProcessError as error:
        raise RowFailedError(f"{error.cmd[0]} failed with exit code {error.returncode}") from error


def verdict(row: Row, runner: Callable[[Row], str] = run_row) -> tuple[str, str]:
    """What the table says of a row: ``passed``, ``skipped`` or ``FAILED``, and a remark."""
    try:
        return "passed", runner(row)
    except CannotRunError as reason:
        return "skipped", str(reason)
    except RowFailedError as reason:
        return "FAILED", str(reason)


def select(names: str, rows: Sequence[Row] = ROWS) -> list[Row]:
    """The rows that ``names`` (comma-separated) names, all where it is empty; ``ValueError`` for an unknown one."""
    words = [word.strip() for word in names.split(",") if word.strip()]
    unknown = set(words) - {row.name for row in rows}
    if unknown:
        raise ValueError(
            f"no such row: {', '.join(sorted(unknown))}. The rows are {', '.join(row.name for row in rows)}."
        )
    return [row for row in rows if not words or row.name in words]


def main() -> int:
    """Exit code 0 only where no row failed and at least one ran."""
    parser = argparse.ArgumentParser(description="Upgrade a lab with other Ansible versions and connections.")
    parser.add_argument("--rows", default="", help="comma-separated names; all without it")
    try:
        rows = select(parser.parse_args().rows)
    except ValueError as error:
        print(f"make: {error}", file=sys.stderr)
        return 2
    shutil.rmtree(FOLDER, ignore_errors=True)
    install_artifact(build_artifact(FOLDER / "artifact"), COLLECTIONS)
    table: list[str] = []
    count = {"passed": 0, "FAILED": 0, "skipped": 0}
    for row in rows:
        print(f"\n==> {row.name}", flush=True)
        started = time.monotonic()
        outcome, remark = verdict(row)
        count[outcome] += 1
        last_line = remark.splitlines()[-1] if remark else ""
        table.append(f"{row.name:<18}{outcome:<9}{time.monotonic() - started:6.1f} s  {last_line}")
        print(f"{row.name}: {outcome}. {remark}", flush=True)
    skipped = f", {count['skipped']} skipped" if count["skipped"] else ""
    print("", *table, f"\n{count['passed']} passed, {count['FAILED']} failed{skipped}", sep="\n")
    return 0 if count["passed"] and not count["FAILED"] else 1


if __name__ == "__main__":
    sys.exit(main())
