"""The start state of an endpoint host: its disk and ``state.json``, made from the planned installation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from office365_lab.installation import EndpointHost, Site
from office365_lab.packages.web import dispatcher_files, gateway_files
from office365_lab.windows import certificates, csp_agent, iis
from office365_lab.windows.certificates import Certificate
from office365_lab.windows.state import State

FREE_BYTES = 40 * 1024**3
_FOLDERS = (
    "Windows/System32",
    "Windows/Temp",
    "Program Files",
    "ProgramData",
    "inetpub/wwwroot",
)
_SETTINGS = '<?xml version="1.0"?>\r\n<offers site="{name}" />\r\n'
_LOG_LINE = "2018-01-15 03:00:00,000 [7] INFO  Office365 - started\r\n"


def build(
    host: EndpointHost, folder: Path, *, version: str, profile: str, mark_uploads: bool, with_csp_agent: bool = False
) -> State:
    """Make the disk in ``folder``/C anew and give the state; ``profile`` is the Windows path of the user's profile."""
    drive = folder / "C"
    if drive.exists():
        shutil.rmtree(drive)
    temp = _below(drive, profile) / "AppData" / "Local" / "Temp"
    for path in (*(drive / name for name in _FOLDERS), temp):
        path.mkdir(parents=True, exist_ok=True)
    for site in host.sites:
        _below(drive, site.physical_path).mkdir(parents=True, exist_ok=True)
        if site.kind != "other":
            _install(_below(drive, site.physical_path), site, version)
    store = {site.name: certificates.make(site.certificate_subject) for site in host.sites if site.certificate_subject}
    state: State = {
        "iis": _iis(host, store),
        "certificates": list(store.values()),
        "sql_logins": [
            {"site": site.name, "login": gateway_login(site.pool), "sysadmin": True}
            for site in host.sites
            if site.kind != "other"
        ],
        "free_bytes": FREE_BYTES,
        "readonly": [],
        "locked": [],
        "unreadable": [],
        "blocked_files": [],
        # a real copy by WinRM sets no mark; the lab does, so that a forgotten unblocking shows (procedure-facts.md 5.3)
        "mark_uploads": mark_uploads,
        "setup_runs": [],
        "iisreset_runs": 0,
        "services": {},
        "acls": {},  # see access_rules
    }
    if with_csp_agent:
        csp_agent.install(state, _below(drive, csp_agent.WEBAPPS))
    return state


def gateway_login(pool: str) -> str:
    """The login on SQL Server of the applications in a pool."""
    return rf"IIS APPPOOL\{pool}"


def _install(folder: Path, site: Site, version: str) -> None:
    files = gateway_files(version) if site.kind == "gateway" else dispatcher_files(version)
    files["Settings.config"] = _SETTINGS.format(name=site.application).encode()
    files["App_Data/sitelog"] = _LOG_LINE.encode()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _iis(host: EndpointHost, store: dict[str, Certificate]) -> iis.Iis:
    pools = dict.fromkeys(site.pool for site in host.sites)
    return {
        "sites": [_site(number, site, store.get(site.name)) for number, site in enumerate(host.sites, start=1)],
        "applications": [
            {
                "name": site.application,
                "site": site.name,
                "physical_path": site.physical_path,
                "application_pool": site.pool,
                "enabled_protocols": "http",
            }
            for site in host.sites
            if site.application
        ],
        "virtual_directories": [],
        "pools": [{"name": pool, "state": iis.STARTED, "auto_start": True} for pool in pools],
    }


def _site(number: int, site: Site, certificate: Certificate | None) -> dict[str, Any]:
    # the path of an installation's site is that of its application; the site itself is one folder up
    folder = site.physical_path.rsplit("\\", 1)[0] if site.application else site.physical_path
    return {
        "name": site.name,
        "site_id": number,
        "state": iis.STARTED,
        "physical_path": folder,
        "application_pool": site.pool,
        "auto_start": True,
        "bindings": [
            {
                "protocol": "https" if certificate else "http",
                "information": f"{site.ip or '*'}:{site.port}:",
                "ssl_flags": 0,
                "hash": certificate["thumbprint"] if certificate else "",
                "store": certificates.STORE_NAME if certificate else "",
            }
        ],
    }


def _below(drive: Path, path: str) -> Path:
    return drive.joinpath(*path.removeprefix("C:\\").split("\\"))
