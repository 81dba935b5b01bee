"""A lab, the playbook that is run on it, and what that run did according to the lab's own witnesses."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import yaml
from office365_lab import supervisor, wirelog
from office365_lab.faults import FaultPlan
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions

from tools.laboratory import call_public_api
from tools.quick_ansible import ansible_environment

SYNDICATION = "odin.office365.upgrade_syndication"
CSP = "odin.office365.upgrade_csp"
Snapshot = dict[str, Any]
_WARNING = re.compile(r"^\[(?:DEPRECATION )?WARNING\]: .*$", re.MULTILINE)
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", re.MULTILINE)
_WAIT_SECONDS = 30.0
_DATABASE_OWNER = "postgres"


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of the playbook; ``calls`` are the lines of the wire log that it caused."""

    exit_code: int
    output: str
    calls: tuple[dict[str, Any], ...]

    @property
    def text(self) -> str:
        """The output with every line break and indentation as one space, so that sentences can be searched for."""
        return " ".join(self.output.split())

    @property
    def writes(self) -> list[str]:
        """The calls that changed something."""
        return [f"{line['channel']} {line['host']} {line['call']}" for line in self.calls if line["write"]]

    @property
    def warnings(self) -> list[str]:
        """Ansible's warnings, deprecations included."""
        return _WARNING.findall(self.output)

    @property
    def changed(self) -> dict[str, int]:
        """Host name -> number of changed tasks."""
        return {host: int(number) for host, number in _RECAP.findall(self.output)}


class IntegrationLab:
    """A running lab; ``collections`` is a folder with the collection and an ``ansible.cfg``."""

    def __init__(self, folder: Path, collections: Path, options: LabOptions) -> None:
        self.layout = LabLayout(folder)
        self.environment: dict[str, str] = {}  # of the runs, beside what every run has
        self._collections = collections
        self._told = supervisor.up(folder, options)

    def down(self) -> None:
        """End the lab."""
        supervisor.down(self.layout.root)

    def reset(self) -> None:
        """Back to the start state, at the same addresses."""
        supervisor.reset(self.layout.root)

    def state(self) -> Snapshot:
        """The snapshot of the lab's database and disks."""
        return supervisor.current_state(self.layout.root)

    @property
    def ports(self) -> dict[str, int]:
        """The lab's ports by name (``api_http``, ``api_https``, ``aps``, ``winrm_http``, ``winrm_https``)."""
        ports: dict[str, int] = self._told["ports"]
        return ports

    @property
    def packages(self) -> dict[str, str]:
        """Version -> path of its package."""
        packages: dict[str, str] = self._told["packages"]
        return packages

    @property
    def faults(self) -> FaultPlan:
        """The planned faults."""
        return FaultPlan(self.layout.faults)

    def secrets(self) -> list[str]:
        """Every password of the inventory."""
        return list(self._secret_variables().values())

    def _secret_variables(self) -> dict[str, str]:
        text = (self.layout.inventory / "group_vars" / "all" / "secrets.yml").read_text(encoding="utf-8")
        return {name: str(value) for name, value in yaml.safe_load(text).items()}

    def variables(self) -> dict[str, Any]:
        """The inventory's variables without the secrets."""
        text = (self.layout.inventory / "group_vars" / "all" / "main.yml").read_text(encoding="utf-8")
        variables: dict[str, Any] = yaml.safe_load(text)
        return variables

    def calls(self) -> list[dict[str, Any]]:
        """The lines of the wire log."""
        return list(wirelog.read(self.layout.wire_log))

    def call(self, method: str, **arguments: object) -> Any:
        """Call the platform's Public API as somebody else would."""
        return call_public_api(self.layout.root, method, **arguments)

    def wait(self, reached: Callable[[Snapshot], bool]) -> None:
        """Wait until the state is as wanted."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not reached(self.state()):
            assert time.monotonic() < deadline, "the lab did not come to the state that was waited for"
            time.sleep(0.1)

    def execute(self, statement: LiteralString, *values: object) -> None:
        """Change the platform's database behind the platform's back."""
        with psycopg.connect(host=self._told["database"]["host"], user=_DATABASE_OWNER, dbname="oss") as connection:
            connection.execute(statement, values)

    @contextlib.contextmanager
    def host_state(self, name: str) -> Iterator[dict[str, Any]]:
        """What the endpoint host ``name`` keeps besides its disk; changes are written at the end of the block."""
        path = self.layout.endpoint_hosts / name / "state.json"
        data = json.loads(path.read_text(encoding="utf-8"))
        yield data
        fresh = path.with_suffix(".edited")
        fresh.write_text(json.dumps(data), encoding="utf-8")
        fresh.replace(path)

    def run(self, *arguments: str, playbook: str = SYNDICATION, **variables: object) -> Run:
        """Run a playbook with extra ``variables``; it plans only, unless ``office365_confirm`` is among them."""
        command = [
            str(Path(sys.executable).parent / "ansible-playbook"),
            playbook,
            "-i",
            str(self.layout.inventory),
            "-e",
            json.dumps(variables),
            *arguments,
        ]
        before = len(list(wirelog.read(self.layout.wire_log)))
        result = subprocess.run(
            command,
            cwd=self.layout.root.parent,
            env=ansible_environment(self._collections, PYTHONUTF8="1", **self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
        calls = tuple(wirelog.read(self.layout.wire_log))[before:]
        return Run(result.returncode, result.stdout, calls)


LabStarter = Callable[..., IntegrationLab]
