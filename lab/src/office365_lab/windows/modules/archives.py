"""community.windows.win_unzip."""

from __future__ import annotations

import ntpath
import zipfile

from office365_lab.windows.errors import ModuleError, WindowsError
from office365_lab.windows.modules.registry import Result, Task, module
from office365_lab.windows.unpacking import unpack


@module("community.windows.win_unzip")
def win_unzip(task: Task) -> Result:
    """Unpacks a zip; its mark goes on to every member. Always changed, as the module says of itself."""
    disk, source, dest = task.host.disk, task.path("src"), task.path("dest")
    result: Result = {"changed": False, "src": source, "dest": dest, "removed": False}
    creates = task.get("creates")
    if creates is not None and disk.exists(str(creates)):
        return {**result, "skipped": True, "msg": f"win_unzip: {creates} exists already"}
    if not disk.is_file(source):
        raise ModuleError(f"win_unzip: there is no file {source}", **result)
    if ntpath.splitext(source)[1].lower() != ".zip" or task.flag("recurse") or task.get("password"):
        raise ModuleError("win_unzip: this needs the PowerShell extension PSCX, which the host does not have", **result)
    try:
        result["changed"] = unpack(disk, source, dest, check=task.check)
        if task.flag("delete_archive") or task.flag("rm"):
            if not task.check:
                disk.remove(source)
            result["removed"] = True
    except (zipfile.BadZipFile, WindowsError) as error:
        raise ModuleError(f"win_unzip: {source} cannot be unpacked to {dest}: {error}", **result) from error
    return result
