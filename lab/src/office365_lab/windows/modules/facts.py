"""setup and win_ping."""

from __future__ import annotations

import datetime
from typing import Any

from office365_lab.windows import iis
from office365_lab.windows.errors import WindowsError
from office365_lab.windows.modules.registry import Result, Task, module

WINDOWS_VERSION = "10.0.17763.0"
POWERSHELL_VERSION = "5.1.17763.1"
_DISTRIBUTION = "Microsoft Windows Server 2019 Standard"


@module("ansible.windows.win_ping")
def win_ping(task: Task) -> Result:
    """Answers ``pong`` or the text that was given."""
    if task.get("data") == "crash":
        raise WindowsError("win_ping was asked to crash.")
    return {"ping": task.get("data", default="pong")}


@module("ansible.windows.setup")
def setup(task: Task) -> Result:
    """The facts of a Windows Server 2019 in a workgroup; ``gather_subset`` without ``all`` leaves hardware out."""
    host, environment = task.host, task.host.environment
    subset = [str(item) for item in task.get("gather_subset", default=["all"])]
    now = datetime.datetime.now(datetime.UTC)
    facts: dict[str, Any] = {
        "ansible_architecture": "64-bit",
        "ansible_architecture2": "x86_64",
        "ansible_date_time": {
            "date": now.strftime("%Y-%m-%d"),
            "time": now.strftime("%H:%M:%S"),
            "epoch": str(int(now.timestamp())),
            "iso8601": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tz": "UTC",
            "tz_offset": "+00:00",
        },
        "ansible_distribution": _DISTRIBUTION,
        "ansible_distribution_major_version": "10",
        "ansible_distribution_version": WINDOWS_VERSION,
        "ansible_domain": "",
        "ansible_env": environment,
        "ansible_fqdn": f"{host.name}.hosting.local",
        "ansible_hostname": environment["COMPUTERNAME"],
        "ansible_kernel": WINDOWS_VERSION,
        "ansible_nodename": environment["COMPUTERNAME"],
        "ansible_os_family": "Windows",
        "ansible_os_name": _DISTRIBUTION,
        "ansible_os_product_type": "server",
        "ansible_powershell_version": 5,
        "ansible_reboot_pending": False,
        "ansible_system": "Win32NT",
        "ansible_user_dir": environment["USERPROFILE"],
        "ansible_user_id": environment["USERNAME"],
        "gather_subset": subset,
        "module_setup": True,
    }
    if "!all" not in subset and set(subset) != {"min"}:
        addresses = sorted({address for site in host.state.get("iis")["sites"] for address in iis.addresses(site)})
        facts |= {"ansible_memtotal_mb": 8192, "ansible_processor_vcpus": 4, "ansible_ip_addresses": addresses}
    return {"ansible_facts": facts}
