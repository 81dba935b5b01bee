"""PowerShell text that the lab knows: scripts of the collection by their marker line, two cmdlets, and lines that
start a program.

No PowerShell is interpreted. Text without a stand-in fails loudly. Markers: the first line of a script,
``# odin.office365: <name>``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from office365_lab.packages.assemblies import read_file_version
from office365_lab.windows import access_rules, cmdlets, iis, paths, programs, sql_server
from office365_lab.windows.errors import NotEmulatedError, WindowsError
from office365_lab.windows.host import Host
from office365_lab.windows.modules.facts import POWERSHELL_VERSION, WINDOWS_VERSION
from office365_lab.windows.modules.registry import digest
from office365_lab.windows.programs import Outcome

Runner = Callable[[], Outcome]

_MARKER = re.compile(r"\A\ufeff?#\s*odin\.office365:\s*(\w+)\s*$", re.MULTILINE)
_UNCHANGED = re.compile(r"^\s*\$Ansible\.Changed\s*=\s*\$false", re.MULTILINE | re.IGNORECASE)
_SHOWN_TEXT = 100


@dataclass(frozen=True)
class Answer:
    """What a script leaves in ``$Ansible``, and what it writes to the output."""

    result: Any
    changed: bool
    output: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class _Run:
    host: Host
    parameters: Mapping[str, Any]
    check: bool
    says_unchanged: bool

    def texts(self, name: str) -> list[str]:
        """A parameter of type string[]; one text stands for a list of one."""
        value = self.parameters.get(name, [])
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def answer(host: Host, text: str, parameters: Mapping[str, Any], *, check: bool) -> Answer:
    """The answer of a registered script. Raises :class:`NotEmulatedError` for any other."""
    marker = _MARKER.search(text)
    script = _SCRIPTS.get(marker.group(1)) if marker else None
    if script is None:
        raise NotEmulatedError(f"this PowerShell text: {text.strip()[:_SHOWN_TEXT]!r}")
    # $Ansible.Changed is true until the script says otherwise, so the lab looks for it in the text
    return script(_Run(host, parameters, check, says_unchanged=_UNCHANGED.search(text) is not None))


def run_text(host: Host, text: str, folder: str) -> Outcome:
    """Run one line: a known cmdlet, or what starts a program. Raises :class:`NotEmulatedError` for anything else."""
    line = text.strip()
    if "\n" in line or re.search(r"[$|;{}<>&]", line):
        raise NotEmulatedError(f"this PowerShell text: {line[:_SHOWN_TEXT]!r}")
    outcome = cmdlets.run(host, line)
    if outcome is not None:
        return outcome
    try:
        return programs.start(host, line, folder)
    except programs.NoSuchProgramError as error:
        # it may be a command of PowerShell, which the lab cannot know
        raise NotEmulatedError(f"this PowerShell text: {line[:_SHOWN_TEXT]!r}") from error


def _host_facts(run: _Run) -> Answer:
    # the folder itself need not exist; a path on another drive fails
    run.host.disk.absolute(str(run.parameters["Path"]))
    facts = {
        "powershell_version": POWERSHELL_VERSION,
        "windows_version": WINDOWS_VERSION,
        "free_bytes": run.host.disk.free_bytes(),
        "ip_addresses": _addresses(run.host),
        "is_administrator": True,
    }
    return Answer(facts, changed=not run.says_unchanged)


def _addresses(host: Host) -> list[str]:
    """The address that the host calls others from, and those of its sites."""
    bound = {address for site in host.state.get("iis")["sites"] for address in iis.addresses(site)}
    return sorted({host.source_address, *bound})


def _read_assemblies(run: _Run) -> Answer:
    folders = [_assemblies_in(run.host, folder) for folder in run.texts("Path")]
    return Answer({"folders": folders}, changed=not run.says_unchanged)


def _assemblies_in(host: Host, folder: str) -> dict[str, Any]:
    found = []
    exists = host.disk.is_dir(folder)
    try:
        host.disk.refuse_unreadable(folder)
    except WindowsError as error:
        return {"path": folder, "exists": exists, "files": [], "error": str(error)}
    for local in sorted(host.disk.local(folder).iterdir(), key=lambda item: item.name.lower()) if exists else ():
        if local.is_file() and local.suffix.lower() in (".dll", ".exe"):
            content = local.read_bytes()
            found.append(
                {"name": local.name, "file_version": read_file_version(content), "sha256": digest(content, "sha256")}
            )
    return {"path": folder, "exists": exists, "files": found, "error": ""}


def _read_sites(run: _Run) -> Answer:
    rows = [
        {
            "name": site["name"],
            "state": site["state"],
            "application_pool": site["application_pool"],
            "bindings": [{name: row[name] for name in ("protocol", "information")} for row in site["bindings"]],
        }
        for site in run.host.state.get("iis")["sites"]
    ]
    return Answer({"sites": rows}, changed=not run.says_unchanged)


def _unblock(run: _Run) -> Answer:
    disk = run.host.disk
    for path in run.texts("Path"):
        disk.read(path)
    had = [path for path in run.texts("Path") if disk.is_blocked(path)]
    if not run.check:
        for path in had:
            disk.unblock(path)
    return Answer({"unblocked": [paths.absolute(path, run.host.environment) for path in had]}, changed=bool(had))


def _running_setup(run: _Run) -> Answer:
    folder = str(run.parameters["Folder"]).lower()
    found = [command for command in run.host.commands if folder in command.lower()]
    return Answer({"command_lines": found}, changed=not run.says_unchanged)


def _sql_sysadmin(run: _Run) -> Answer:
    login = str(run.parameters.get("Login", ""))
    told: dict[str, Any] = {"site": run.parameters.get("Site", ""), "login": login, "member": None, "error": ""}
    try:
        found = sql_server.membership(run.host, run.parameters["ConnectionString"]["value"], login)
        told |= {"login": found.login, "member": found.member}
    except sql_server.NoConnectionStringError:
        told["error"] = "the connection string cannot be read"
    except WindowsError as error:
        told["error"] = str(error)
    return Answer(told, changed=not run.says_unchanged)


def _close_folders(run: _Run) -> Answer:
    told = [(path, name == "Readable") for name in ("Readable", "Private") for path in run.texts(name)]
    rows = [access_rules.close(run.host, path, readable=readable, check=run.check) for path, readable in told]
    return Answer({"folders": rows}, changed=not all(row["closed_before"] for row in rows))


_SCRIPTS: Mapping[str, Callable[[_Run], Answer]] = {
    "close_folders": _close_folders,
    "host_facts": _host_facts,
    "read_assemblies": _read_assemblies,
    "read_sites": _read_sites,
    "running_setup": _running_setup,
    "sql_sysadmin": _sql_sysadmin,
    "unblock": _unblock,
}
