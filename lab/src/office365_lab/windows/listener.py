"""The WinRM listener: one port for all hosts, told apart by the path ``/<host>/wsman`` (windows-lab.md 2)."""

from __future__ import annotations

import base64
import binascii
import hmac
import ssl
import time
import traceback
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from office365_lab.server import LabServer, reset
from office365_lab.windows import ntlm, wsman
from office365_lab.windows.host import Host, HostGoneError
from office365_lab.windows.ntlm import AuthenticationError, NtlmContext
from office365_lab.windows.psrp_shell import PsrpShell
from office365_lab.windows.shells import ConnectionLostError, Shell, ShellTable, WinrsShell
from office365_lab.windows.wsman import Request, WsmanError

_SOAP_TYPE = "application/soap+xml;charset=UTF-8"
_OFFER = 'Negotiate, Basic realm="WSMAN"'


class Listener:
    """What the handlers of both ports share."""

    def __init__(self, hosts: Mapping[str, Host], username: str, password: str) -> None:
        self.hosts = hosts
        self.username = username
        self.password = password
        self.shells = ShellTable()

    def serve(self, tls: ssl.SSLContext | None = None) -> LabServer:
        """Start to serve on a free port of loopback."""
        listener = self

        class BoundHandler(_Handler):
            shared = listener

        return LabServer(BoundHandler, tls=tls).start()

    def answer(self, host: Host, request: Request, client: str) -> bytes:
        """The answer to one request. Raises :class:`WsmanError` or :class:`ConnectionLostError`."""
        if request.verb == "Create":
            powershell = request.resource.startswith(wsman.POWERSHELL)
            new: Shell = PsrpShell(host, client, request) if powershell else WinrsShell(host, client)
            self.shells.add(new)
            return wsman.created(request, new.id, new.output_streams)
        shell = self.shells.find(host, request)
        if request.verb == "Delete":
            self.shells.remove(shell)
            return wsman.deleted(request)
        verbs = {"Command": shell.command, "Send": shell.send, "Receive": shell.receive, "Signal": shell.signal}
        if request.verb not in verbs:
            raise WsmanError(wsman.BAD_REQUEST, f"office365-lab does not imitate the action {request.action}")
        return verbs[request.verb](request)


class _Handler(BaseHTTPRequestHandler):
    """One TCP connection; an NTLM context lives as long as it."""

    protocol_version = "HTTP/1.1"
    server_version = "Microsoft-HTTPAPI/2.0"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for head and body
    shared: Listener

    def setup(self) -> None:
        """Begin a connection: nobody is known yet."""
        super().setup()
        self._context: NtlmContext | None = None

    def log_message(self, format: str, *args: Any) -> None:
        """The wire log replaces the server's own log."""

    def do_POST(self) -> None:
        """Answer one WS-Man request."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name, _, rest = self.path.strip("/").partition("/")
        host = self.shared.hosts.get(name.lower()) if rest == "wsman" else None
        if host is None:
            self._reply(404)
        elif not host.reachable:
            self._drop()
        elif self._authenticated(host, raw):
            self._serve(host, raw)

    def _serve(self, host: Host, raw: bytes) -> None:
        encrypted = (self.headers.get("Content-Type") or "").startswith("multipart/")
        request: Request | None = None
        status = 200
        try:
            if encrypted and self._context is not None:
                raw = self._context.unwrap(raw)
            request = wsman.read(raw)
            if self._planned_fault(host, request):
                return
            body = self.shared.answer(host, request, self.client_address[0])
            if not host.reachable:
                raise ConnectionLostError
        except (ConnectionLostError, HostGoneError):
            self._drop()
            return
        except WsmanError as error:
            status, body = 500, wsman.fault(request, error)
        except Exception as error:  # whatever is wrong in the lab, the client gets an answer that says so
            traceback.print_exc()
            status = 500
            body = wsman.fault(request, WsmanError(wsman.INTERNAL, f"office365-lab has a fault of its own: {error!r}"))
        if encrypted and self._context is not None:
            self._reply(status, self._context.wrap(body), ntlm.ENCRYPTED_TYPE)
        else:
            self._reply(status, body, _SOAP_TYPE)

    def _planned_fault(self, host: Host, request: Request) -> bool:
        """Carry out a fault that is due for this verb; True where it has taken the answer's place."""
        fault = host.fault(request.verb, "drop", "status", "delay")
        if fault is None:
            return False
        host.log(request.verb, client=self.client_address[0], outcome=f"error: planned fault {fault['do']}")
        if fault["do"] == "delay":
            time.sleep(float(fault["seconds"]))
            return False
        if fault["do"] == "drop":
            self._drop()
        else:
            self._reply(int(fault["code"]))
        return True

    def _authenticated(self, host: Host, raw: bytes) -> bool:
        """Is the client known? If not, the answer has been sent."""
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        try:
            if scheme.lower() == "basic":
                self._check_password(token)
                return True
            if scheme.lower() in ("negotiate", "ntlm") and token:
                return self._negotiated(scheme, token, raw)
            if self._context is not None and self._context.complete:
                return True
            self._reply(401, headers={"WWW-Authenticate": _OFFER})
        except AuthenticationError as error:
            self._context = None
            host.log("authenticate", client=self.client_address[0], outcome=f"error: {error}")
            self._reply(401, headers={"WWW-Authenticate": _OFFER})
        return False

    def _check_password(self, token: str) -> None:
        try:
            username, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise AuthenticationError("Basic: no user name and password") from error
        known = hmac.compare_digest(password.encode(), self.shared.password.encode())
        if not known or username.lower() != self.shared.username.lower():
            raise AuthenticationError("Basic: wrong user name or password")

    def _negotiated(self, scheme: str, token: str, raw: bytes) -> bool:
        if self._context is None or self._context.complete:
            self._context = NtlmContext(self.shared.username, self.shared.password, scheme)
        try:
            answer = self._context.step(base64.b64decode(token, validate=True))
        except binascii.Error as error:
            raise AuthenticationError("Negotiate: no token") from error
        if not self._context.complete:
            self._reply(401, headers={"WWW-Authenticate": f"{scheme} {base64.b64encode(answer).decode()}"})
            return False
        if not raw:
            self._reply(200)
        return bool(raw)

    def _reply(
        self, status: int, body: bytes = b"", content_type: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _drop(self) -> None:
        self.close_connection = True
        reset(self.connection)
