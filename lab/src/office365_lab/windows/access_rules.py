"""Who may use a folder: the owner and the rules that were set on it.

The state knows what was set, not what a folder inherits: ``acls`` maps a path to ``owner`` (a SID), ``inherits`` and
``rules`` (``sid`` and ``rights``, a name of .NET's FileSystemRights). Below ``C:\\ProgramData``, a folder without an
entry lets every user make files, as Windows does.
"""

from __future__ import annotations

from typing import Any

from office365_lab.windows import paths
from office365_lab.windows.errors import WindowsError
from office365_lab.windows.host import Host

ADMINISTRATORS = "S-1-5-32-544"
SYSTEM = "S-1-5-18"
USERS = "S-1-5-32-545"
_FULL = [{"sid": ADMINISTRATORS, "rights": "FullControl"}, {"sid": SYSTEM, "rights": "FullControl"}]
_READ = {"sid": USERS, "rights": "ReadAndExecute"}


def close(host: Host, path: str, *, readable: bool, check: bool) -> dict[str, Any]:
    """What ``close_folders`` does to one folder, and what it tells of it. Raises :class:`WindowsError`."""
    disk = host.disk
    real = paths.expand(path, host.environment)
    if disk.is_file(real):
        raise WindowsError(f"{real} is a link or a file, not a folder. Look who made it; remove it.")
    existed = disk.is_dir(real)
    closed = existed and _closed(host.state.get("acls").get(disk.true_path(real)), readable)
    if not closed and not check:
        disk.make_folder(real)
        rules = [*_FULL, _READ] if readable else _FULL
        entry = {"owner": ADMINISTRATORS, "inherits": False, "rules": rules}
        host.state.change(lambda state: state["acls"].update({disk.true_path(real): entry}))
    return {"path": path, "existed": existed, "closed_before": closed}


def _closed(acl: dict[str, Any] | None, readable: bool) -> bool:
    if acl is None or acl["inherits"] or acl["owner"] not in (ADMINISTRATORS, SYSTEM):
        return False
    return all(rule in _FULL or (readable and rule == _READ) for rule in acl["rules"])
