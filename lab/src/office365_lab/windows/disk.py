"""Drive C: of one host, kept in a folder of the lab: names match whatever their case, as on NTFS.

The state names what cannot be written (``readonly``: the path and all below; ``locked``: that file), folders that
cannot be listed (``unreadable``), how much fits
(``free_bytes``) and which files carry the mark of having come from elsewhere (``blocked_files``, true-case paths).
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from office365_lab.windows import paths
from office365_lab.windows.errors import WindowsError
from office365_lab.windows.state import HostState, State


class Disk:
    """All paths are Windows paths; relative ones start in the profile of the user."""

    def __init__(self, folder: Path, state: HostState, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._state = state
        self._environment = environment

    def absolute(self, path: str) -> str:
        """Normal form of a path; raises :class:`WindowsError` where it cannot be one."""
        return paths.absolute(path, self._environment)

    def local(self, path: str) -> Path:
        """Where the path lies in the lab, whether it exists or not."""
        here = self._folder
        for part in self.absolute(path)[len(paths.DRIVE) :].split("\\"):
            name = part.rstrip(" .")
            if not name:
                continue
            here = self._child(here, name)
        return here

    def true_path(self, path: str) -> str:
        """The path with the names' case as it is on the disk."""
        return self.windows(self.local(path))

    def windows(self, local: Path) -> str:
        """The Windows path of something in the lab's folder."""
        parts = local.relative_to(self._folder).parts
        return paths.DRIVE + "\\" + "\\".join(parts)

    def exists(self, path: str) -> bool:
        """Is there a file or folder?"""
        return self.local(path).exists()

    def is_file(self, path: str) -> bool:
        """Is there a file?"""
        return self.local(path).is_file()

    def is_dir(self, path: str) -> bool:
        """Is there a folder?"""
        return self.local(path).is_dir()

    def refuse_unreadable(self, folder: str) -> None:
        """Raises :class:`WindowsError` for a folder that the user may not list."""
        path = self.true_path(folder)
        if any(path.lower() == unreadable.lower() for unreadable in self._state.get("unreadable")):
            raise WindowsError(f"Access to the path '{path}' is denied.")

    def files(self, folder: str) -> Iterator[str]:
        """Every file below a folder, sorted, as Windows paths; nothing where there is no folder."""
        for local in sorted(self.local(folder).rglob("*")):
            if local.is_file():
                yield self.windows(local)

    def read(self, path: str) -> bytes:
        """The content. Raises :class:`WindowsError`."""
        local = self.local(path)
        if not local.is_file():
            raise WindowsError(f"There is no file {self.absolute(path)}.")
        return local.read_bytes()

    def write(self, path: str, content: bytes, *, blocked: bool = False) -> None:
        """Create or replace a file in an existing folder; ``blocked`` sets its mark, else it loses one.

        Raises :class:`WindowsError` for a missing folder, a protected path or a full disk.
        """
        local = self.local(path)
        if not local.parent.is_dir():
            raise WindowsError(f"There is no folder {self.windows(local.parent)}.")
        if local.is_dir():
            raise WindowsError(f"Access to {self.absolute(path)} is denied: it is a folder.")
        name = self.windows(local)

        def account(state: State) -> None:
            _refuse_protected(state, name)
            more = len(content) - (local.stat().st_size if local.exists() else 0)
            if more > state["free_bytes"]:
                raise WindowsError(f"There is not enough space on the disk to write {name}.")
            state["free_bytes"] -= more
            _unmark(state, name)
            if blocked:
                state["blocked_files"].append(name)

        self._state.change(account)
        # replaced in one step: a job's file is read while its job writes it
        fresh = local.with_name(f"{local.name}.{threading.get_ident()}.lab-new")
        fresh.write_bytes(content)
        fresh.replace(local)

    def make_folder(self, path: str) -> bool:
        """Create a folder and its parents; False where it is there already. Raises :class:`WindowsError`."""
        local = self.local(path)
        if local.is_dir():
            return False
        _refuse_protected(self._state.read(), self.windows(local))
        try:
            local.mkdir(parents=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise WindowsError(f"The folder {self.absolute(path)} cannot be made: a file is in the way.") from error
        return True

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all in it. Raises :class:`WindowsError`, and then removes nothing."""
        local = self.local(path)
        if not local.exists():
            raise WindowsError(f"There is no {self.absolute(path)}.")
        name = self.windows(local)
        gone = [self.windows(item) for item in local.rglob("*")] if local.is_dir() else []
        freed = sum(item.stat().st_size for item in (local, *local.rglob("*")) if item.is_file())

        def account(state: State) -> None:
            for victim in (name, *gone):
                _refuse_protected(state, victim)
            state["free_bytes"] += freed
            state["acls"] = {path: acl for path, acl in state["acls"].items() if not paths.is_below(path, name)}
            _unmark(state, name)

        self._state.change(account)
        shutil.rmtree(local) if local.is_dir() else local.unlink()

    def is_blocked(self, path: str) -> bool:
        """Does the file carry the mark?"""
        return self.true_path(path) in self._state.get("blocked_files")

    def unblock(self, path: str) -> bool:
        """Take the mark away; False where there was none."""
        name = self.true_path(path)
        return self._state.change(lambda state: _unmark(state, name))

    def free_bytes(self) -> int:
        """What still fits."""
        return int(self._state.get("free_bytes"))

    @staticmethod
    def _child(folder: Path, name: str) -> Path:
        exact = folder / name
        if exact.exists() or not folder.is_dir():
            return exact
        low = name.lower()
        return next((item for item in folder.iterdir() if item.name.lower() == low), exact)


def _refuse_protected(state: State, path: str) -> None:
    if any(paths.is_below(path, protected) for protected in state["readonly"]):
        raise WindowsError(f"Access to {path} is denied.")
    if any(path.lower() == locked.lower() for locked in state["locked"]):
        raise WindowsError(f"Another process has {path} open.")


def _unmark(state: State, path: str) -> bool:
    kept = [marked for marked in state["blocked_files"] if not paths.is_below(marked, path)]
    changed = len(kept) != len(state["blocked_files"])
    state["blocked_files"] = kept
    return changed
