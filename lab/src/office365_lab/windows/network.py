"""What an endpoint host reaches over HTTP: the gateways of this lab, and the lab's real servers on loopback."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from office365_lab.windows import csp_agent, iis
from office365_lab.windows.errors import WindowsError

if TYPE_CHECKING:
    from office365_lab.windows.host import Host

_MAX_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class WebAnswer:
    """An HTTP answer; header names are as sent."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


class Network:
    """``names`` maps host names to IPs; ``authority`` is the PEM file of the lab's certificate authority."""

    def __init__(self, names: Mapping[str, str], authority: Path) -> None:
        self._names = {name.lower(): ip for name, ip in names.items()}
        self._authority = authority
        self._hosts: list[Host] = []

    def connect(self, host: Host) -> None:
        """Add a host, so that its gateways can be reached."""
        self._hosts.append(host)

    def request(
        self,
        client: Host,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,
        verify: bool,
    ) -> WebAnswer:
        """Ask for ``url`` from ``client``. Raises :class:`WindowsError` where no answer comes (the reason is in it)."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise WindowsError(f"{url} is no http or https address")
        ip = self._names.get(parts.hostname.lower())
        if ip is not None:
            return self._gateway(ip, url)
        if not _is_loopback(parts.hostname):
            raise WindowsError(f"The name {parts.hostname} is unknown.")
        if parts.scheme == "http" and parts.port == csp_agent.PORT and csp_agent.is_installed(client):
            return _csp_agent(client, method, parts.path)
        return self._real(client, method, url, headers=headers, body=body, timeout=timeout, verify=verify)

    def _gateway(self, ip: str, url: str) -> WebAnswer:
        for host in self._hosts:
            state = host.state.get("iis")
            if not any(ip in iis.addresses(site) for site in state["sites"]):
                continue
            found = iis.answer(state, ip, url) if host.iis_runs else None
            if found is None:
                break
            if found.status == 403 and _has_blocked_files(host, state, ip, url):
                found = iis.Answer(500, "Internal Server Error", "A blocked assembly was not loaded.")
            body = f"<html><body><h1>{found.status} {found.reason}</h1><p>{found.body}</p></body></html>".encode()
            headers = {"Content-Type": "text/html", "Server": "Microsoft-IIS/10.0", "Content-Length": str(len(body))}
            return WebAnswer(found.status, found.reason, headers, body)
        raise WindowsError(f"The connection to {ip} was refused.")

    def _real(
        self,
        client: Host,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,
        verify: bool,
    ) -> WebAnswer:
        parts = urlsplit(url)
        connection = self._connection(client, url, timeout, verify)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            content = answer.read(_MAX_BYTES)
            return WebAnswer(answer.status, answer.reason, dict(answer.getheaders()), content)
        except ConnectionResetError as error:
            raise WindowsError(f"{parts.netloc} reset the connection.") from error
        except (http.client.HTTPException, OSError) as error:
            raise WindowsError(f"No answer from {parts.netloc}: {error}") from error
        finally:
            connection.close()

    def _connection(self, client: Host, url: str, timeout: float, verify: bool) -> http.client.HTTPConnection:
        parts = urlsplit(url)
        source = (client.source_address, 0)
        name = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(name, parts.port, timeout=timeout, source_address=source)
        context = ssl.create_default_context(cafile=str(self._authority))
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(name, parts.port, timeout=timeout, source_address=source, context=context)


def _csp_agent(client: Host, method: str, path: str) -> WebAnswer:
    status = csp_agent.answer(client, method, path)
    if status is None:
        raise WindowsError(f"The connection to port {csp_agent.PORT} was refused.")
    return WebAnswer(status, HTTPStatus(status).phrase, {"Content-Length": "0"}, b"")


def _has_blocked_files(host: Host, state: iis.Iis, ip: str, url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    site = iis.site_of(state, ip, port, parts.scheme)
    name = parts.path.strip("/").split("/")[0]
    application = iis.find_application(state, site["name"], name) if site else None
    return application is not None and any(
        host.disk.is_blocked(path) for path in host.disk.files(application["physical_path"])
    )


def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
