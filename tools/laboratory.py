"""Start, ask and end a lab through its command line, as any user would."""

from __future__ import annotations

import base64
import json
import subprocess
import xmlrpc.client
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.checkout import environment
from tools.processes import terminated_as_exit


def lab_command(*arguments: str | Path) -> list[str]:
    """The command line of ``office365-lab`` with ``arguments``."""
    return ["office365-lab", *map(str, arguments)]


def run_lab(*arguments: str | Path) -> None:
    """Run ``office365-lab`` with its output shown. Raises ``subprocess.CalledProcessError`` where it fails."""
    subprocess.run(lab_command(*arguments), env=environment(), stdin=subprocess.DEVNULL, check=True)


def state(folder: Path) -> dict[str, Any]:
    """The lab's own account of its state, read from its database and disks (``office365-lab state``)."""
    answer = subprocess.run(
        lab_command("state", folder), env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True
    )
    data: dict[str, Any] = json.loads(answer.stdout)
    return data


def wire_size(folder: Path) -> int:
    """Bytes in the lab's wire log: a mark from which :func:`writes_since` reads."""
    log = folder / "wire.jsonl"
    return log.stat().st_size if log.exists() else 0


def writes_since(folder: Path, mark: int) -> list[dict[str, Any]]:
    """Calls after ``mark`` that changed something outliving the call (``write`` in the wire log)."""
    with (folder / "wire.jsonl").open("rb") as log:
        log.seek(mark)
        return [call for call in map(json.loads, log) if call["write"]]


@contextmanager
def running_lab(folder: Path, options: Sequence[str]) -> Iterator[None]:
    """A lab in ``folder``, started anew and ended however the block ends."""
    with terminated_as_exit():
        if folder.exists():
            run_lab("down", folder)
        try:
            run_lab("up", "--dir", folder, *options)
            yield
        finally:
            run_lab("down", folder)


def call_public_api(folder: Path, method: str, **arguments: Any) -> Any:
    """The result of a method, called as somebody else does it. Raises ``RuntimeError`` where the platform refuses."""
    told = json.loads((folder / "lab.json").read_text(encoding="utf-8"))
    login = told["credentials"]
    word = base64.b64encode(f"{login['api_username']}:{login['api_password']}".encode()).decode()
    headers = [("Authorization", f"Basic {word}")]
    with xmlrpc.client.ServerProxy(told["urls"]["public_api"], headers=headers, use_builtin_types=True) as platform:
        answer: Any = getattr(platform, method)(arguments)
    if answer["status"] != 0:
        raise RuntimeError(f"{method} of the lab failed: {answer}")
    return answer.get("result")
