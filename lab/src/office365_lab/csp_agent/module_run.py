"""``usr/bin/python3`` of the Linux host: runs what Ansible sends and notes in the wire log which files it changed.

The modules are the real ones and work on real files, so their effect is what is looked at, not what they say.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from office365_lab.csp_agent.linux_host import HOST, LinuxPaths
from office365_lab.layout import LabLayout
from office365_lab.wirelog import WireLog

_Files = dict[str, tuple[int, str]]


def main(arguments: list[str]) -> int:
    """Run this Python with these arguments; its exit code."""
    layout = LabLayout(Path(os.environ["OFFICE365_LAB"]))
    root = LinuxPaths(layout).root
    before = _files(root)
    code = subprocess.run([sys.executable, *arguments], check=False).returncode
    after = _files(root)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    script = next((Path(word).stem for word in arguments if not word.startswith("-")), "a script")
    WireLog(layout.wire_log).append(
        "linux",
        script.removeprefix("AnsiballZ_"),
        host=HOST,
        write=bool(changed),
        arguments={"changed": changed},
        outcome="ok" if code == 0 else f"error: exit code {code}",
    )
    return code


def _files(root: Path) -> _Files:
    """Mode and content of everything below the host's root."""
    return {
        path.relative_to(root).as_posix(): (
            path.lstat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in root.rglob("*")
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
