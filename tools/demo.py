"""``make demo``: build the artifact, install it, and upgrade a lab installation with it.

Environment: ``DEMO_ARGS`` holds further options of ``office365-lab up``, e.g. ``DEMO_ARGS="--gateways 9" make demo``.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from tools import check_upgrade, laboratory
from tools.artifact import build_artifact, install_artifact
from tools.checkout import BUILD, ROOT
from tools.upgrade import (
    PLAN,
    PLAYBOOK,
    newest_report,
    plan_command,
    plan_id,
    run_environment,
    run_upgrade,
    upgrade_command,
)

LAB = ROOT / ".lab" / "demo"


def say(text: str) -> None:
    """One line about the demo itself, marked so that it stands out from what the tools print."""
    print(f"\n==> {text}", flush=True)


def write_state(path: Path) -> check_upgrade.State:
    """Write the lab's state to ``path`` and return it."""
    state = laboratory.state(LAB)
    path.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    return state


def upgrade_in_lab(collections: Path) -> int:
    """Upgrade the running lab and judge the outcome; returns an exit code."""
    log = LAB / "ansible.log"
    log.unlink(missing_ok=True)
    before = write_state(LAB / "state-before.json")
    env = run_environment(collections, log)
    say(f"Plan, which changes nothing: ansible-playbook {PLAN}")
    code = run_upgrade(plan_command(LAB), env)
    if code != 0:
        return code
    confirmed = plan_id(LAB)
    say(f"Upgrade, confirmed by the plan's id: ansible-playbook {PLAYBOOK} -e office365_confirm={confirmed}")
    started = time.monotonic()
    code = run_upgrade(upgrade_command(LAB, {"office365_confirm": confirmed}), env)
    after = write_state(LAB / "state.json")
    say(f"The playbook ended with exit code {code} after {time.monotonic() - started:.0f} s")
    if code != 0:
        return code
    return 0 if check_upgrade.report(before, after) else 1


def main() -> int:
    """Exit code 0 only where the playbook succeeded and the lab's state is as it should be."""
    started = time.monotonic()
    collections = BUILD / "demo" / "collections"
    say("Build the collection's artifact and install it where nothing else is")
    try:
        install_artifact(build_artifact(BUILD / "demo" / "artifact"), collections)
        say("Start the laboratory")
        with laboratory.running_lab(LAB, shlex.split(os.environ.get("DEMO_ARGS", ""))):
            code = upgrade_in_lab(collections)
    except subprocess.CalledProcessError as error:
        command = shlex.join(map(str, error.cmd))
        print(f"make demo: this command failed with exit code {error.returncode}: {command}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmake demo: interrupted; the laboratory has been ended.", file=sys.stderr)
        return 130
    say(f"Demo {'passed' if code == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s")
    for what, path in (
        ("state before and after", f"{LAB}/state-before.json, {LAB}/state.json"),
        ("what Ansible printed", LAB / "ansible.log"),
        ("every call on the wire", LAB / "wire.jsonl"),
        ("plan and reports", LAB / "reports"),
        ("report of the upgrade", newest_report(LAB) or "none"),
    ):
        print(f"    {what + ':':<24}{path}")
    return code


if __name__ == "__main__":
    sys.exit(main())
