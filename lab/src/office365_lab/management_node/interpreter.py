"""Which real Python stands behind the management node's ``python``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

_SECONDS = 20


def find_python() -> Path:
    """A real Python 2.7 where this machine has one, else the Python that runs the lab.

    A program called ``python2.7`` may be a version manager's shim that refuses to work, so it is asked.
    """
    named = shutil.which("python2.7")
    candidates = [Path(named)] if named else []
    candidates += sorted(Path.home().glob(".pyenv/versions/2.7*/bin/python2.7"), reverse=True)
    for candidate in candidates:
        real = _real_python2(candidate)
        if real is not None:
            return real
    return Path(sys.executable)


def _real_python2(candidate: Path) -> Path | None:
    question = "import sys; sys.stdout.write('%d.%d %s' % (sys.version_info[0], sys.version_info[1], sys.executable))"
    try:
        answer = subprocess.run(
            [str(candidate), "-c", question], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version, _, path = answer.stdout.partition(" ")
    return Path(path) if answer.returncode == 0 and version == "2.7" else None
