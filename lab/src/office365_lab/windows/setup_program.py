"""What the endpoint setup of a package does in the lab: its checks, the copying of files, its log.

Parameters and their meaning: procedure-facts.md 5.3. That a failed check ends with status 1, and the log's place,
are the lab's own (unknown there).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from office365_lab.packages.assemblies import read_file_version
from office365_lab.windows import certificates, iis, paths
from office365_lab.windows.errors import WindowsError
from office365_lab.windows.host import Host
from office365_lab.windows.state import State

_CHANNEL = "setup"
_KEPT = ("web.config", "settings.config")  # files of the site that a setup leaves alone
_FOREVER = 24 * 3600.0


@dataclass(frozen=True)
class SetupResult:
    """Exit code and the text on the console."""

    exit_code: int
    message: str


@dataclass(frozen=True)
class _Part:
    """One application to upgrade; ``source`` is its folder in the unpacked archive."""

    kind: str
    source: str
    assembly: str
    site: str
    application: str
    ip: str


def run(host: Host, folder: str, parameters: dict[str, Any]) -> SetupResult:
    """Run the setup that lies in ``folder``; every run is recorded in the state's ``setup_runs``.

    Raises ``HostGoneError`` where the host goes down meanwhile (a planned ``reboot``).
    """
    with host.running(paths.join(folder, "setup.cmd")):
        return _run(host, folder, parameters)


def _run(host: Host, folder: str, parameters: dict[str, Any]) -> SetupResult:
    boots = host.boots
    call = f"setup.cmd {parameters.get('GatewaySiteName', '')}"
    fault = host.faults.take(_CHANNEL, host.name, call, "fail", "silent", "reboot", "hang")
    what = fault["do"] if fault else ""
    began = time.time()
    if what == "hang":
        host.pause(float((fault or {}).get("seconds", _FOREVER)), boots)
    host.pause(host.options.setup_seconds, boots)
    if what == "reboot":
        host.restart(float((fault or {}).get("seconds", 5.0)))
        host.require_boot(boots)
    if what == "fail":
        result = SetupResult(1, str((fault or {}).get("message", "The setup failed (planned fault).")))
    else:
        result = _upgrade(host, folder, parameters)
        if what == "silent" and result.exit_code == 0:
            _break(host, str(parameters["GatewaySiteName"]))
    _record(host, began, parameters, result)
    _log(host, folder, result)
    return result


def _upgrade(host: Host, folder: str, parameters: dict[str, Any]) -> SetupResult:
    parts = _parts(folder, parameters)
    try:
        _check(host, parameters, parts)
        for part in parts:
            _copy(host, part, _application(host, part)["physical_path"])
    except WindowsError as error:
        return SetupResult(1, str(error))
    return SetupResult(0, "The endpoint was set up.")


def _parts(folder: str, parameters: dict[str, Any]) -> list[_Part]:
    parts = [_part("Gateway", paths.join(folder, "web"), "Office365.Gateway.dll", parameters)]
    if any(parameters.get(f"Dispatcher{name}") for name in ("SiteName", "AppName", "IPAddress")):
        source = paths.join(folder, "dispatcher")
        parts.append(_part("Dispatcher", source, "Office365.Dispatcher.dll", parameters))
    return parts


def _part(kind: str, source: str, assembly: str, parameters: dict[str, Any]) -> _Part:
    site, application, ip = (str(parameters.get(kind + name) or "") for name in ("SiteName", "AppName", "IPAddress"))
    return _Part(kind, source, assembly, site, application, ip)


def _check(host: Host, parameters: dict[str, Any], parts: list[_Part]) -> None:
    state = host.state.read()
    for part in parts:
        _check_part(host, state, part, force=bool(parameters.get("Force")))
    subject = str(parameters["GatewaySiteCertSubject"])
    if not certificates.usable(state["certificates"], subject, time.time()):
        raise WindowsError(f"LocalMachine\\My has no valid certificate with private key for {subject}.")
    vendor = parameters.get("MSCertPath")
    if vendor and not host.disk.is_file(str(vendor)):
        raise WindowsError(f"There is no certificate file {vendor}.")


def _check_part(host: Host, state: State, part: _Part, *, force: bool) -> None:
    if not (part.site and part.application and part.ip):
        raise WindowsError(f"-{part.kind}SiteName, -{part.kind}AppName and -{part.kind}IPAddress belong together.")
    site = iis.find_site(state["iis"], part.site)
    if site is None:
        raise WindowsError(f"IIS has no site {part.site}.")
    if iis.find_application(state["iis"], part.site, part.application) is None:
        raise WindowsError(f"The site {part.site} has no application {part.application}.")
    if part.ip not in iis.addresses(site):
        raise WindowsError(f"The site {part.site} is not bound to {part.ip}.")
    for login in state["sql_logins"]:
        if login["site"].lower() == part.site.lower() and not login["sysadmin"]:
            raise WindowsError(f"The SQL login {login['login']} is no member of sysadmin.")
    if not host.disk.is_dir(part.source):
        raise WindowsError(f"There is no folder {part.source}.")
    installed = paths.join(_application(host, part)["physical_path"], rf"bin\{part.assembly}")
    if host.disk.is_file(installed) and not force:
        raise WindowsError(f"{part.application} is installed already; -Force replaces it.")


def _application(host: Host, part: _Part) -> dict[str, Any]:
    found = iis.find_application(host.state.get("iis"), part.site, part.application)
    if found is None:
        raise WindowsError(f"The site {part.site} has no application {part.application}.")
    return found


def _copy(host: Host, part: _Part, target: str) -> None:
    """Copy the files; the settings and App_Data of the site stay, and a file keeps its mark."""
    base = host.disk.true_path(part.source)
    for source in host.disk.files(part.source):
        relative = source[len(base) + 1 :]
        destination = paths.join(target, relative)
        low = relative.lower()
        if low.startswith("app_data\\") or (low in _KEPT and host.disk.exists(destination)):
            continue
        host.disk.make_folder(destination.rsplit("\\", 1)[0])
        host.disk.write(destination, host.disk.read(source), blocked=host.disk.is_blocked(source))


def _break(host: Host, site: str) -> None:
    """Leave the gateway's pool stopped, in a way that iisreset does not mend."""

    def stop(state: State) -> None:
        found = iis.find_site(state["iis"], site)
        pool = iis.find_pool(state["iis"], found["application_pool"]) if found else None
        if pool is not None:
            pool["state"] = iis.STOPPED
            pool["auto_start"] = False

    host.state.change(stop)


def _record(host: Host, began: float, parameters: dict[str, Any], result: SetupResult) -> None:
    line = {
        "time": round(began, 3),
        "ended": round(time.time(), 3),
        "arguments": parameters,
        "exit_code": result.exit_code,
        "message": result.message,
    }
    host.state.change(lambda state: state["setup_runs"].append(line))


def _log(host: Host, folder: str, result: SetupResult) -> None:
    path = paths.join(folder, "setup.log")
    before = host.disk.read(path) if host.disk.is_file(path) else b""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    level = "ERROR" if result.exit_code else "INFO"
    host.disk.write(path, before + f"{stamp} {level} {result.message}\r\n".encode())


def installed_version(host: Host, physical_path: str) -> str | None:
    """The file version of an application's main assembly; None where it has none."""
    for assembly in ("Office365.Gateway.dll", "Office365.Dispatcher.dll"):
        path = paths.join(physical_path, rf"bin\{assembly}")
        if host.disk.is_file(path):
            return read_file_version(host.disk.read(path))
    return None
