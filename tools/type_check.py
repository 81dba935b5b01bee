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


def runs() -> Iterator[tuple[str, ...]]:
    """``MYPYPATH`` and the arguments of each run. Each folder of the lab's tests has helper modules of its own."""
    yield "lab/src", "lab/src"
    for folder in sorted(path for path in (ROOT / "lab" / "tests").iterdir() if path.is_dir()):
        if any(folder.glob("*.py")):
            yield f"lab/src:{folder}", str(folder)
    yield "", "tools", "bench", "tests/tools", "tests/powershell"
    yield str(CACHE), "-p", "ansible_collections.odin.office365.plugins"


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
