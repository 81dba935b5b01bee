"""win_copy in its four modes (windows-lab.md 3: win_copy), which win_template uses as well."""

from __future__ import annotations

import base64
import datetime
import io
import ntpath
import zipfile
from typing import Any

from office365_lab.windows import paths
from office365_lab.windows.disk import Disk
from office365_lab.windows.errors import ModuleError
from office365_lab.windows.modules.registry import Result, Task, digest, module


@module("ansible.windows.win_copy")
def win_copy(task: Task) -> Result:
    """``_copy_mode`` is query (which of these files differ?), single, explode (a zip of many) or remote."""
    mode = task.get("_copy_mode", default="single")
    modes = {"query": _query, "single": _single, "explode": _explode, "remote": _remote}
    if mode not in modes:
        raise ModuleError(f"win_copy: unknown mode {mode}")
    return modes[mode](task)


def marked(task: Task, path: str) -> bool:
    """Does a file that arrives at this path get the mark of having come from elsewhere (switch ``mark_uploads``)?"""
    return bool(task.host.state.get("mark_uploads")) and path.lower().endswith(".zip")


def _query(task: Task) -> Result:
    disk, dest = task.host.disk, task.path("dest")
    force = task.flag("force", True)
    files, directories = [], []
    for item in task.get("files", default=[]):
        path = paths.join(dest, item["dest"])
        if disk.is_dir(path):
            path = paths.join(path, ntpath.basename(item["src"].replace("/", "\\")))
        if disk.is_dir(path):
            raise ModuleError(f"win_copy: {path} is a folder, so no file can be put there")
        if not disk.exists(path) or (force and digest(disk.read(path)) != item["checksum"]):
            files.append(item)
    for item in task.get("directories", default=[]):
        path = paths.join(dest, item["dest"])
        if disk.is_file(path) or disk.is_file(ntpath.dirname(path)):
            raise ModuleError(f"win_copy: a file is in the way of the folder {path}")
        if not disk.is_dir(path):
            directories.append(item)
    return {"files": files, "directories": directories, "symlinks": []}


def _explode(task: Task) -> Result:
    disk, source, dest = task.host.disk, task.path("src"), task.path("dest")
    if not disk.is_file(source):
        raise ModuleError(f"win_copy: there is no zip {source} to unpack")
    if task.check:
        return {"changed": True}
    with zipfile.ZipFile(io.BytesIO(disk.read(source))) as archive:
        for entry in archive.infolist():
            # the controller encodes every name, so that no character gets lost; a folder has a slash after it
            name = base64.b64decode(entry.filename.rstrip("/\\")).decode()
            path = paths.join(dest, name.replace("/", "\\"))
            if entry.is_dir():
                disk.make_folder(path)
            else:
                disk.make_folder(ntpath.dirname(path))
                disk.write(path, archive.read(entry), blocked=marked(task, path))
    return {"changed": True}


def _single(task: Task) -> Result:
    disk, source, dest = task.host.disk, task.path("src"), task.path("dest")
    if not disk.is_file(source):
        raise ModuleError(f"win_copy: there is no file {source} to copy")
    target = dest
    if dest.endswith(("/", "\\")) or disk.is_dir(dest):
        target = paths.join(dest, task.need("_original_basename"))
    folder = ntpath.dirname(disk.absolute(target))
    if disk.is_file(folder):
        raise ModuleError(f"win_copy: {folder} is a file")
    if not disk.is_dir(folder):
        if target == dest:
            raise ModuleError(f"win_copy: there is no folder {folder}")
        disk.make_folder(folder)
    result: Result = {"changed": True}
    if task.flag("backup") and disk.is_file(target):
        result["backup_file"] = _backup(disk, target)
    content = disk.read(source)
    if task.host.fault("module:ansible.windows.win_copy", "spoil") is not None:
        content = content[:-1]
    disk.write(target, content, blocked=marked(task, target))
    return result


def _remote(task: Task) -> Result:
    disk, source, dest = task.host.disk, task.path("src"), task.path("dest")
    result: Result = {"changed": False, "src": source, "dest": dest}
    if not disk.exists(source):
        raise ModuleError(f"win_copy: there is no {source} to copy")
    name = ntpath.basename(disk.true_path(source))
    if disk.is_dir(source):
        result["operation"] = "folder_copy"
        if not source.endswith(("/", "\\")):
            result["dest"] = paths.join(dest, name)
        _copy_folder(task, source, result["dest"], result)
    else:
        result |= {"operation": "file_copy", "original_basename": name}
        if dest.endswith(("/", "\\")) or disk.is_dir(dest):
            result["dest"] = paths.join(dest, name)
        folder = ntpath.dirname(disk.absolute(result["dest"]))
        if not disk.is_dir(folder) and result["dest"] == dest:
            raise ModuleError(f"win_copy: there is no folder {folder}")
        _copy_file(task, source, result["dest"], result)
        result["checksum"] = digest(disk.read(source)) if task.flag("force", True) else None
    result["size"] = _size(disk, result["dest"])
    return result


def _copy_folder(task: Task, source: str, dest: str, result: Result) -> None:
    disk = task.host.disk
    if disk.is_file(dest):
        raise ModuleError(f"win_copy: {dest} is a file, so the folder {source} cannot be copied there")
    if not disk.is_dir(dest):
        result["changed"] = True
        if not task.check:
            disk.make_folder(dest)
    for local in sorted(disk.local(source).iterdir()):
        path, target = disk.windows(local), paths.join(dest, local.name)
        (_copy_folder if local.is_dir() else _copy_file)(task, path, target, result)


def _copy_file(task: Task, source: str, dest: str, result: Result) -> None:
    disk = task.host.disk
    if disk.is_dir(dest):
        raise ModuleError(f"win_copy: {dest} is a folder, so the file {source} cannot be copied there")
    content = disk.read(source)
    if disk.is_file(dest) and (not task.flag("force", True) or disk.read(dest) == content):
        return
    result["changed"] = True
    if task.check:
        return
    if task.flag("backup") and disk.is_file(dest):
        result["backup_file"] = _backup(disk, dest)
    disk.make_folder(ntpath.dirname(disk.absolute(dest)))
    disk.write(dest, content, blocked=disk.is_blocked(source))


def _backup(disk: Disk, path: str) -> str:
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S")
    name = f"{disk.absolute(path)}.1000.{stamp}.bak"
    disk.write(name, disk.read(path), blocked=disk.is_blocked(path))
    return name


def _size(disk: Disk, path: str) -> int | None:
    if disk.is_dir(path):
        return sum(len(disk.read(name)) for name in disk.files(path))
    size: Any = disk.local(path).stat().st_size if disk.is_file(path) else None
    return None if size is None else int(size)
