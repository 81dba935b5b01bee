"""A small disk of its own, so that a full one is a real one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "24m"


@contextmanager
def small(place: Path, *, mounted: bool) -> Iterator[None]:
    """``place`` is a disk of :data:`SIZE` while the block runs; nothing is done where it is not to be ``mounted``.

    Raises ``subprocess.CalledProcessError`` where this user must not mount.
    """
    if not mounted:
        yield
        return
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "chaos", place], check=True)
    try:
        yield
    finally:
        # lazily: a process that a killed run left may still have a file of it open
        subprocess.run(["umount", "--lazy", place], check=True)
