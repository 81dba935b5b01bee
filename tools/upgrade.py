"""Run the main playbook of an installed collection against a lab."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.checkout import ROOT, environment

PLAYBOOK = "odin.office365.upgrade_syndication"
PLAN = "odin.office365.plan"
# What passes the point of no return: the text of the version change
CONFIRMATION = "16.6.4 to 16.8.4"


def run_environment(collections: Path, log: Path, site_packages: Path | None = None) -> dict[str, str]:
    """Environment in which ``collections`` holds this collection and ``site_packages`` the Windows collections."""
    packages = site_packages or Path(sysconfig.get_path("purelib"))
    return environment(
        ANSIBLE_CONFIG=str(ROOT / "tools" / "ansible.cfg"),
        ANSIBLE_COLLECTIONS_PATH=f"{collections}:{packages}",
        ANSIBLE_LOG_PATH=str(log),
        ANSIBLE_HOME=str(ROOT / ".cache" / "ansible-home"),
    )


def upgrade_command(lab: Path, variables: Mapping[str, str] | None = None, program: Path | None = None) -> list[str]:
    """Command line of the upgrade of the installation that ``lab`` stands for."""
    playbook = program or Path(sys.executable).with_name("ansible-playbook")
    command = [str(playbook), PLAYBOOK, "-i", str(lab / "inventory")]
    for name, value in {"office365_confirm": CONFIRMATION, **(variables or {})}.items():
        command += ["-e", f"{name}='{value}'"]
    return command


def plan_command(lab: Path) -> list[str]:
    """Command line of the plan for the installation that ``lab`` stands for."""
    return [str(Path(sys.executable).with_name("ansible-playbook")), PLAN, "-i", str(lab / "inventory")]


def plan_id(lab: Path) -> str:
    """The id of the plan that was made last. Raises ``ValueError`` where there is none."""
    plan = _newest(lab, "plan-*.json")
    if plan is None:
        raise ValueError(f"there is no plan in {lab / 'reports'}")
    return plan.stem.removeprefix("plan-")


def newest_report(lab: Path) -> Path | None:
    """The page of the run that was reported last; None where there is none."""
    return _newest(lab, "run-*.html")


def _newest(lab: Path, pattern: str) -> Path | None:
    return max((lab / "reports").glob(pattern), key=lambda path: path.stat().st_mtime, default=None)


def run_upgrade(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run the playbook in the foreground; returns its exit code."""
    return subprocess.run(command, env=dict(env), stdin=subprocess.DEVNULL, check=False).returncode
