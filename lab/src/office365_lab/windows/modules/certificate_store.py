"""ansible.windows.win_certificate_info."""

from __future__ import annotations

from office365_lab.windows.modules.registry import Result, Task, module


@module("ansible.windows.win_certificate_info")
def win_certificate_info(task: Task) -> Result:
    """The certificates of a store, or the one with a thumbprint."""
    thumbprint = task.get("thumbprint")
    found = [
        {name: value for name, value in certificate.items() if name not in ("store_name", "store_location")}
        for certificate in task.host.state.get("certificates")
        if certificate["store_name"].lower() == task.need("store_name").lower()
        and certificate["store_location"].lower() == task.need("store_location").lower()
        and (thumbprint is None or certificate["thumbprint"].lower() == thumbprint.lower())
    ]
    return {"exists": bool(found), "certificates": sorted(found, key=lambda item: str(item["thumbprint"]))}
