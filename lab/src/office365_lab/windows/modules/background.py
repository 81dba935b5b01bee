"""async_status, and the file of a background job that it reads."""

from __future__ import annotations

import json
from typing import Any

from office365_lab.windows import paths
from office365_lab.windows.errors import ModuleError
from office365_lab.windows.host import Host
from office365_lab.windows.modules.registry import Result, Task, module


def job_path(host: Host, folder: str, job_id: str) -> str:
    """Where a job's file lies; ``folder`` may hold %VARIABLES%."""
    return paths.join(host.disk.absolute(paths.expand(folder, host.environment)), job_id)


def write_job(host: Host, path: str, data: dict[str, Any]) -> None:
    """Write a job's file; its folder is made where it is missing."""
    host.disk.make_folder(path.rsplit("\\", 1)[0])
    host.disk.write(path, json.dumps(data).encode())


@module("ansible.windows.async_status")
def async_status(task: Task) -> Result:
    """What a job's file says; ``mode: cleanup`` removes it. An unknown job is a failure that counts as finished."""
    job_id = str(task.need("jid"))
    path = job_path(task.host, str(task.need("_async_dir")), job_id)
    disk = task.host.disk
    if not disk.is_file(path):
        raise ModuleError(f"async_status: there is no job {job_id}", ansible_job_id=job_id, started=1, finished=1)
    if task.get("mode", default="status") == "cleanup":
        disk.remove(path)
        return {"ansible_job_id": job_id, "erased": path}
    found: Result = json.loads(disk.read(path))
    return found
