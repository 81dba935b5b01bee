"""Type checks of the lab, the tools with their tests, and the collection's plugins.

One mypy run each: the plugins import one another as ``ansible_collections.odin.office365``, so they are checked in the
copy of the collection that lies in these folders.
"""

from __future__ import annotations

import subprocess
import sys

from tools.checkout import CACHE, ROOT, environment

MYPY = ("mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"))
RUNS: tuple[tuple[str, ...], ...] = (
    (*MYPY, "lab/src", "lab/tests"),
    (*MYPY, "tools", "bench", "tests/tools", "tests/powershell"),
    (*MYPY, "-p", "ansible_collections.odin.office365.plugins"),
)


def main() -> int:
    """Exit code 1 where one of the runs found something."""
    env = environment(MYPYPATH=str(CACHE))
    clean = True
    for command in RUNS:
        print("$", *command, flush=True)
        clean &= subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False).returncode == 0
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
