"""Run one role with Ansible and read what became of it."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tools.quick_ansible import ansible_environment

PLAYBOOKS = Path(__file__).resolve().parent / "playbooks"
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a playbook; ``shown`` are the variables that were asked for, by host."""

    exit_code: int
    output: str
    shown: dict[str, dict[str, Any]]

    @property
    def text(self) -> str:
        """The output with every line break and indentation as one space, so that sentences can be searched for."""
        return " ".join(self.output.replace("\\n", " ").split())

    @property
    def changed(self) -> dict[str, int]:
        """Number of changed tasks by host."""
        return {host: int(changed) for host, changed, _failed in _RECAP.findall(self.output)}


class Player:
    """Runs playbooks of ``tests/roles/playbooks`` with the collection in ``collections``."""

    def __init__(self, collections: Path, folder: Path, inventory: str) -> None:
        self._folder = folder
        self._inventory = inventory
        self._collections = collections
        self._runs = 0

    def playbook(self, name: str, *arguments: str, check: bool = False, **variables: Any) -> Run:
        """Run a playbook with extra variables."""
        self._runs += 1
        shown = self._folder / f"shown-{self._runs}"
        given = self._folder / f"variables-{self._runs}.json"
        given.write_text(json.dumps({"test_shown": str(shown), **variables}), encoding="utf-8")
        command = ["ansible-playbook", str(PLAYBOOKS / name), "-i", self._inventory, "-e", f"@{given}", *arguments]
        result = subprocess.run(
            [*command, *(["--check"] if check else [])],
            cwd=self._folder,
            env=ansible_environment(self._collections),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        found = {
            path.name.removeprefix(f"{shown.name}."): json.loads(path.read_text(encoding="utf-8"))
            for path in self._folder.glob(f"{shown.name}.*")
        }
        return Run(result.returncode, result.stdout, found)

    def role(
        self,
        role: str,
        *,
        hosts: str = "localhost",
        task_file: str = "main",
        show: tuple[str, ...] = (),
        check: bool = False,
        **variables: Any,
    ) -> Run:
        """Run a task file of a role alone."""
        told = {"test_hosts": hosts, "test_role": role, "test_task_file": task_file, "test_show": list(show)}
        return self.playbook("one_role.yml", check=check, **told, **variables)
