"""The endpoint hosts as one part of the lab: start, stop, and what a witness sees on disks and in IIS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from office365_lab import tls
from office365_lab.faults import FaultPlan
from office365_lab.installation import Credentials, Installation
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.server import LabServer
from office365_lab.windows import csp_agent, iis, initial
from office365_lab.windows.host import Host
from office365_lab.windows.listener import Listener
from office365_lab.windows.modules.registry import digest
from office365_lab.windows.network import Network
from office365_lab.windows.setup_program import installed_version
from office365_lab.wirelog import WireLog


@dataclass(frozen=True)
class WindowsAddresses:
    """Ports on 127.0.0.1; each serves every host, at the path ``/<host>/wsman``."""

    winrm_http_port: int
    winrm_https_port: int


class WindowsLab:
    """Needs the certificates that :func:`office365_lab.tls.create` writes into ``layout.certificates``."""

    def __init__(
        self,
        options: LabOptions,
        layout: LabLayout,
        wire: WireLog,
        faults: FaultPlan,
        installation: Installation,
        credentials: Credentials,
    ) -> None:
        self._options = options
        self._layout = layout
        self._installation = installation
        network = Network(installation.names, layout.certificates / "ca.pem")
        self.hosts = {
            planned.name: Host(
                planned.name,
                planned.number,
                layout.endpoint_hosts / planned.name,
                username=credentials.windows_username,
                sql_login=(credentials.sql_username, credentials.sql_password),
                options=options,
                wire=wire,
                faults=faults,
                network=network,
            )
            for planned in installation.hosts
        }
        for host in self.hosts.values():
            network.connect(host)
        self._listener = Listener(self.hosts, credentials.windows_username, credentials.windows_password)
        self._servers: list[LabServer] = []

    def start(self) -> WindowsAddresses:
        """Make the hosts' disks anew and listen."""
        self.reset()
        http = self._listener.serve()
        https = self._listener.serve(tls.server_context(self._layout.certificates))
        self._servers = [http, https]
        return WindowsAddresses(http.port, https.port)

    def reset(self) -> None:
        """Bring every host back to its start state."""
        for planned in self._installation.hosts:
            host = self.hosts[planned.name]
            host.folder.mkdir(parents=True, exist_ok=True)
            state = initial.build(
                planned,
                host.folder,
                version=self._options.from_version,
                profile=host.environment["USERPROFILE"],
                mark_uploads=True,
                with_csp_agent=self._options.has_csp_agent,
            )
            host.state.write(state)

    def stop(self) -> None:
        """Wake whatever waits and free the ports."""
        for host in self.hosts.values():
            host.stop()
        for server in self._servers:
            server.stop()
        self._servers = []

    def state(self) -> dict[str, Any]:
        """The member ``endpoint_hosts`` of the state snapshot: host name -> what is there now."""
        return {name: _snapshot(host) for name, host in self.hosts.items()}

    def csp_agents(self) -> dict[str, Any]:
        """The hosts' part of the member ``csp_agents`` of the state snapshot."""
        return {name: csp_agent.account(host) for name, host in self.hosts.items() if csp_agent.is_installed(host)}


def _snapshot(host: Host) -> dict[str, Any]:
    state = host.state.read()
    return {
        "sites": [
            {
                "name": site["name"],
                "state": site["state"],
                "application_pool": site["application_pool"],
                "bindings": [_binding(binding) for binding in site["bindings"]],
            }
            for site in state["iis"]["sites"]
        ],
        "application_pools": [{"name": pool["name"], "state": pool["state"]} for pool in state["iis"]["pools"]],
        "applications": [
            {
                "site": application["site"],
                "name": application["name"],
                "physical_path": application["physical_path"],
                "version": installed_version(host, application["physical_path"]),
                "files": _files(host, application["physical_path"]),
            }
            for application in state["iis"]["applications"]
        ],
        "setup_runs": state["setup_runs"],
        "iisreset_runs": state["iisreset_runs"],
        "blocked_files": sorted(state["blocked_files"]),
        "free_bytes": state["free_bytes"],
        "services": state["services"],
        "acls": state["acls"],
        "certificates": [
            {name: item[name] for name in ("subject", "thumbprint", "valid_to", "has_private_key")}
            for item in state["certificates"]
        ],
    }


def _binding(binding: dict[str, Any]) -> dict[str, Any]:
    ip, port, hostname = iis.listens_on(binding) or ("", 0, "")
    return {
        "protocol": binding["protocol"],
        "ip": ip,
        "port": port,
        "hostname": hostname,
        "certificate_hash": binding["hash"],
    }


def _files(host: Host, folder: str) -> dict[str, str]:
    base = host.disk.true_path(folder)
    return {
        path[len(base) + 1 :].replace("\\", "/"): digest(host.disk.read(path), "sha256")
        for path in host.disk.files(folder)
    }
