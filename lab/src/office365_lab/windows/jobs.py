"""Background jobs: a module that goes on after its task, in a thread that no shell owns (windows-lab.md 3: async)."""

from __future__ import annotations

import secrets
import threading
from typing import Any

from office365_lab.windows.call import AsyncJob, Call
from office365_lab.windows.errors import WindowsError
from office365_lab.windows.host import Host, HostGoneError
from office365_lab.windows.modules.background import job_path, write_job
from office365_lab.windows.run_module import run_module


def start_job(host: Host, call: Call, job: AsyncJob, client: str) -> dict[str, Any]:
    """Start the module of ``call`` and give the answer that async tasks get; its result goes into the job's file.

    Raises :class:`WindowsError` where that file cannot be written.
    """
    job_id = f"{job.job_id}.{1000 + secrets.randbelow(60000)}"
    path = job_path(host, job.folder, job_id)
    # what stands for true and false differs between the two wire formats
    yes, no = (True, False) if call.wire == "2.19+" else (1, 0)
    state = {"started": yes, "finished": no, "results_file": path, "ansible_job_id": job_id}
    state["_ansible_suppress_tmpdir_delete"] = True
    write_job(host, path, state)
    host.log("async_start", client=client, arguments={"module": call.name, "job": job_id}, wire=call.wire)
    ended = threading.Event()
    boots = host.boots

    def finish(result: dict[str, Any]) -> None:
        if not ended.is_set():
            ended.set()
            host.require_boot(boots)
            write_job(host, path, {**state, **result, "finished": yes})

    def work() -> None:
        try:
            finish(run_module(host, call, client, job_id).result)
        except (HostGoneError, WindowsError):
            # the host went down, or the disk has no room: nobody can write the result, so the job stays unfinished
            ended.set()

    def watch() -> None:
        try:
            host.wait_for(ended, job.timeout)
            # in the words of Ansible's async_watchdog.ps1; what the module has started goes on
            prefix = "failure during async watchdog: " if call.wire == "2.19+" else ""
            finish({"failed": True, "changed": False, "msg": f"{prefix}timed out waiting for module completion"})
        except (HostGoneError, WindowsError):
            ended.set()

    for target in (work, watch):
        threading.Thread(target=target, daemon=True).start()
    return state
