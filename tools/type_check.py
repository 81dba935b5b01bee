"""Type checks of the lab, the tools with their tests, and the collection's plugins.

One mypy run each: the plugins import one another as ``ansible_collections.odin.office365``, so they are checked in the
copy of the collection that lies in these folders.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from tools.checkout import CACHE, ROOT, environment

MYPY = ("mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"))
TESTS = ("lab/tests", "tests")


def runs() -> Iterator[tuple[str, ...]]:
    """``MYPYPATH`` and the arguments of each run.

    The scripts of the lab's packages import what lies beside them and in the Python of the management node. Each folder
    of tests has helper modules of its own, some with the same names.
    """
    lab = "lab/src/office365_lab"
    yield f"lab/src:{lab}/packages/content/scripts:{lab}/management_node/python_lab", "lab/src"
    yield "", "tools", "bench"
    yield str(CACHE), "-p", "ansible_collections.odin.office365.plugins"
    yield str(CACHE), "-p", "ansible_collections.odin.office365.tests.unit"
    for folder in sorted(
        {path.parent for parent in TESTS for path in (ROOT / parent).glob("*/*.py")} - {ROOT / "tests" / "unit"}
    ):
        yield f"lab/src:{folder}", str(folder)


def main() -> int:
    """Exit code 1 where one of the runs found something."""
    clean = True
    for path, *arguments in runs():
        print(f"$ MYPYPATH={path}", *MYPY, *arguments, flush=True)
        env = environment(MYPYPATH=path)
        result = subprocess.run([*MYPY, *arguments], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False)
        clean &= result.returncode == 0
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
