"""win_stat, win_file, win_find and slurp."""

from __future__ import annotations

import base64
import fnmatch
import ntpath
import re
import time
from typing import Any

from office365_lab.windows import paths
from office365_lab.windows.errors import ModuleError, WindowsError
from office365_lab.windows.host import Host
from office365_lab.windows.modules.registry import Result, Task, digest, module

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_TIMES = {"mtime": "lastwritetime", "ctime": "creationtime", "atime": "lastaccesstime"}


def describe(host: Host, path: str, *, algorithm: str | None, size: bool = True) -> dict[str, Any]:
    """What win_stat and win_find say about something that exists; no checksum where ``algorithm`` is None."""
    local = host.disk.local(path)
    status, is_dir = local.stat(), local.is_dir()
    full = host.disk.true_path(path)
    found: dict[str, Any] = {
        "attributes": "Directory" if is_dir else "Archive",
        "creationtime": status.st_ctime,
        "exists": True,
        "filename": ntpath.basename(full) or full,
        "hlnk_targets": [],
        "isarchive": not is_dir,
        "isdir": is_dir,
        "ishidden": False,
        "isjunction": False,
        "islnk": False,
        "isreadonly": False,
        "isreg": not is_dir,
        "isshared": False,
        "lastaccesstime": status.st_atime,
        "lastwritetime": status.st_mtime,
        "nlink": 1,
        "owner": "BUILTIN\\Administrators",
        "path": full,
    }
    if is_dir:
        if size:
            found["size"] = sum(len(host.disk.read(name)) for name in host.disk.files(path))
        return found
    found |= {"extension": ntpath.splitext(full)[1]}
    if size:
        found["size"] = status.st_size
    if algorithm is not None:
        found["checksum"] = digest(local.read_bytes(), algorithm)
    return found


@module("ansible.windows.win_stat")
def win_stat(task: Task) -> Result:
    """``stat.exists`` false where there is nothing."""
    path = task.path("path", "dest", "name")
    if not task.host.disk.exists(path):
        return {"stat": {"exists": False}}
    algorithm = task.get("checksum_algorithm", default="sha1") if task.flag("get_checksum", True) else None
    return {"stat": describe(task.host, path, algorithm=algorithm, size=task.flag("get_size", True))}


@module("ansible.windows.win_file")
def win_file(task: Task) -> Result:
    """States absent, directory, file and touch; without a state a path that ends in a separator is a folder."""
    disk = task.host.disk
    path, state = task.path("path", "dest", "name"), task.get("state")
    if state not in (None, "absent", "directory", "file", "touch"):
        raise ModuleError(f"win_file: state must be absent, directory, file or touch, not {state}")
    if disk.is_dir(path) and task.get("_original_basename"):
        path = paths.join(path, task.get("_original_basename"))
    if state == "absent":
        return {"changed": _remove(task, path)}
    if state == "touch":
        if not task.check:
            disk.write(path, disk.read(path) if disk.is_file(path) else b"")
        return {"changed": True}
    if state is None:
        state = "directory" if disk.is_dir(path) or not ntpath.basename(path) else "file"
    if state == "file":
        if not disk.is_file(path):
            raise ModuleError(f"win_file: {path} is no file, and state file makes none")
        return {"changed": False}
    if disk.is_file(path):
        raise ModuleError(f"win_file: {path} is a file, not a folder")
    changed = not disk.is_dir(path)
    if not task.check:
        disk.make_folder(path)
    return {"changed": changed}


def _remove(task: Task, path: str) -> bool:
    if not task.host.disk.exists(path):
        return False
    if not task.check:
        try:
            task.host.disk.remove(path)
        except WindowsError as error:
            raise ModuleError(f"win_file: {path} cannot be removed: {error}") from error
    return True


@module("ansible.windows.slurp")
def slurp(task: Task) -> Result:
    """The content of a file in base64."""
    path = task.path("src", "path")
    if not task.host.disk.is_file(path):
        what = "is a folder" if task.host.disk.is_dir(path) else "does not exist"
        raise ModuleError(f"slurp: {path} {what}")
    return {"content": base64.b64encode(task.host.disk.read(path)).decode(), "encoding": "base64"}


@module("ansible.windows.win_find")
def win_find(task: Task) -> Result:
    """Files and folders below paths, sorted; a path that is no folder is a warning."""
    host = task.host
    result: Result = {"examined": 0, "matched": 0, "files": [], "warnings": []}
    seen: set[str] = set()
    for folder in task.need("paths"):
        if not host.disk.is_dir(folder):
            result["warnings"].append(f"win_find: {folder} is no folder and was left out")
            continue
        for path in _walk(host, folder, recurse=task.flag("recurse"), depth=task.get("depth")):
            if path.lower() in seen:
                continue
            seen.add(path.lower())
            result["examined"] += 1
            if _matches(task, path):
                result["files"].append(_found(task, path))
    result["matched"] = len(result["files"])
    result["files"].sort(key=lambda item: item["path"])
    if not result["warnings"]:
        del result["warnings"]
    return result


def _walk(host: Host, folder: str, *, recurse: bool, depth: int | None) -> list[str]:
    found = []
    for local in host.disk.local(folder).iterdir():
        path = host.disk.windows(local)
        found.append(path)
        if local.is_dir() and recurse and depth != 1:
            found += _walk(host, path, recurse=True, depth=None if depth is None else depth - 1)
    return found


def _found(task: Task, path: str) -> dict[str, Any]:
    algorithm = task.get("checksum_algorithm") if task.flag("get_checksum", True) else None
    empty = dict.fromkeys(("checksum", "extension", "size", "sharename", "lnk_source", "lnk_target"))
    return {**empty, **describe(task.host, path, algorithm=algorithm, size=not task.host.disk.is_dir(path))}


def _matches(task: Task, path: str) -> bool:
    local, name = task.host.disk.local(path), ntpath.basename(path)
    kind = task.get("file_type")
    if kind != "any" and local.is_dir() != (kind == "directory"):
        return False
    patterns = task.get("patterns")
    if patterns is not None and not any(_like(task, name, pattern) for pattern in patterns):
        return False
    if task.get("size") is not None and not _at_least(local.stat().st_size, task.get("size"), _BYTES, "b"):
        return False
    if task.get("age") is None:
        return True
    stamp = describe(task.host, path, algorithm=None, size=False)[_TIMES[task.get("age_stamp")]]
    return _at_least(time.time() - stamp, task.get("age"), _SECONDS, "s")


def _like(task: Task, name: str, pattern: str) -> bool:
    if task.flag("use_regex"):
        return re.search(pattern, name, 0 if task.flag("case_sensitive") else re.IGNORECASE) is not None
    return fnmatch.fnmatchcase(name.lower(), pattern.lower())


def _at_least(value: float, wanted: str, units: dict[str, int], plain: str) -> bool:
    """Is ``value`` at least ``wanted``, such as ``10m``? A negative one asks for at most."""
    found = re.fullmatch(rf"(-?\d+)([{''.join(units)}])?", wanted)
    if found is None:
        raise ModuleError(f"win_find: {wanted} is no size or age")
    amount = int(found.group(1)) * units[found.group(2) or plain]
    return value >= amount if amount >= 0 else value <= -amount
