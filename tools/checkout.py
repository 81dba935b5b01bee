"""Where things are in the checkout, and the environment in which its tools run commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
CACHE = ROOT / ".cache"
BIN = ROOT / ".venv" / "bin"

# Settings of the person's shell that would make a run here mean something else than in a fresh clone.
FOREIGN_PREFIXES = ("ANSIBLE_", "MOLECULE_", "OA_", "PYTEST_", "PYTHONPATH", "PYTHONHOME", "MAKE", "MFLAGS")


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment without foreign settings, with this Python's scripts first on PATH, plus ``extra``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_PREFIXES)}
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, **extra}


def source_files(root: Path = ROOT) -> list[str]:
    """Paths relative to ``root`` of all files that git knows or would add, uncommitted ones included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout.decode()
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def described_commit(root: Path = ROOT) -> str:
    """Short name of the commit in the checkout, with ``-dirty`` where files differ from it."""
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout.decode().strip()


def copy_collection(destination: Path, *, leave_out: tuple[str, ...] = (), root: Path = ROOT) -> Path:
    """Copy the source files to ``destination/ansible_collections/odin/office365`` and return that folder.

    Several tools insist on this folder structure. A former copy is replaced; ``leave_out`` are path prefixes.
    The copy is a git repository of its own, because the tools ask git what belongs to it, and the checkout ignores it.
    """
    target = destination / "ansible_collections" / "odin" / "office365"
    shutil.rmtree(target, ignore_errors=True)
    for name in source_files(root):
        if name.startswith(leave_out):
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name)
    subprocess.run(["git", "init", "--quiet", target], check=True)
    return target
