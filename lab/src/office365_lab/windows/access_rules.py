"""Who may use a folder: the owner and the rules that were set on it.

The state knows what was set, not what a folder inherits: ``acls`` maps a path to ``owner`` (a SID), ``inherits`` and
``rules`` (``sid`` and ``rights``, a name of .NET's FileSystemRights). Below ``C:\\ProgramData``, a folder without an
entry lets every user make files, as Windows does.
"""

from __future__ import annotations

import ntpath
from typing import Any

from office365_lab.windows import paths
from office365_lab.windows.errors import WindowsError
from office365_lab.windows.host import Host

ADMINISTRATORS = "S-1-5-32-544"
SYSTEM = "S-1-5-18"
USERS = "S-1-5-32-545"
_FULL = [{"sid": ADMINISTRATORS, "rights": "FullControl"}, {"sid": SYSTEM, "rights": "FullControl"}]
_ADVICE = "Look who made it and what is in it; remove it, or choose another folder."
_READ = {"sid": USERS, "rights": "ReadAndExecute"}


def close(host: Host, path: str, *, readable: bool, check: bool) -> dict[str, Any]:
    """What ``close_folders`` does to one folder, and what it tells of it. Raises :class:`WindowsError`."""
    disk = host.disk
    real = disk.absolute(paths.expand(path, host.environment))
    if real.rstrip("\\") == paths.DRIVE:
        raise WindowsError(f"{real} is a whole drive, which cannot be closed to others. Choose a folder on it.")
    if disk.is_file(real):
        raise WindowsError(f"{real} is a link or a file, not a folder. {_ADVICE}")
    existed = disk.is_dir(real)
    closed = existed and _closed(host.state.get("acls").get(disk.true_path(real)), readable)
    if existed and not closed and any(disk.local(real).iterdir()):
        raise WindowsError(
            f"{real} is not empty and not closed to others: what is in it may be from anybody. {_ADVICE}"
        )
    if not closed and not check:
        try:
            if existed:
                disk.remove(real)
            _make(host, real, [*_FULL, _READ] if readable else _FULL)
        except WindowsError as error:
            raise WindowsError(f"{real} cannot be closed to others: {error} {_ADVICE}") from error
    return {"path": path, "existed": existed, "closed_before": closed}


def _make(host: Host, path: str, rules: list[dict[str, str]]) -> None:
    """As .NET's CreateDirectory: the folders above that are missing get the same owner and rules."""
    disk = host.disk
    made, above = [path], ntpath.dirname(path)
    while not disk.exists(above):
        made.append(above)
        above = ntpath.dirname(above)
    disk.make_folder(path)
    entry = {"owner": ADMINISTRATORS, "inherits": False, "rules": rules}
    host.state.change(lambda state: state["acls"].update({disk.true_path(folder): entry for folder in made}))


def _closed(acl: dict[str, Any] | None, readable: bool) -> bool:
    if acl is None or acl["inherits"] or acl["owner"] not in (ADMINISTRATORS, SYSTEM):
        return False
    return all(rule in _FULL or (readable and rule == _READ) for rule in acl["rules"])
