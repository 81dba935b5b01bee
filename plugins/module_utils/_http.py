# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP for both APIs: keep-alive, verified TLS, time-outs, bounded answers, typed errors.

Private to this collection; no Ansible import. Neither request nor answer bodies are ever put into a message.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._errors import TransportError

REQUESTS_MISSING: ImportError | None = None
try:
    import requests
    import requests.adapters
    import requests.auth
    import requests.exceptions
except ImportError as error:  # reported by the module, with the way to install it
    REQUESTS_MISSING = error

#: Largest answer that is read into memory; a list of tens of thousands of service templates is far below.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
#: How calls of this collection name themselves, so that a server's own log tells whose they were.
USER_AGENT = "odin.office365"


@dataclass(frozen=True)
class HttpSettings:
    """How to reach a server. Time-outs are seconds; an empty ``username`` means: send no credentials."""

    username: str = ""
    password: str = ""
    validate_certs: bool = True
    ca_path: str | None = None
    connect_timeout: float = 10.0
    read_timeout: float = 120.0


@dataclass(frozen=True)
class HttpAnswer:
    """A complete answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """Sends requests; every thread gets a session (a connection) of its own."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._local = threading.local()

    def send(
        self, verb: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """One request and its whole answer, whatever its status; raises :class:`TransportError`."""
        settings = self._settings
        if settings.validate_certs and settings.ca_path and not Path(settings.ca_path).is_file():
            raise TransportError("ca_file", url, f"the CA file {settings.ca_path} does not exist")
        try:
            # The adapter, not the session: redirects, cookies and hooks are not wanted, but cost more than the call.
            # The platform is reached directly: no proxy and no .netrc of the environment may get its credentials.
            response = self._adapter(url).send(
                self._prepared(verb, url, body, headers or {}),
                stream=True,
                timeout=(settings.connect_timeout, settings.read_timeout),
                verify=(settings.ca_path or True) if settings.validate_certs else False,
                proxies={},
            )
            with response:
                content = _bounded(response, url)
            received = {name.lower(): value for name, value in response.headers.items()}
            return HttpAnswer(response.status_code, received, content)
        except (requests.exceptions.RequestException, OSError) as failure:
            raise _typed(failure, url) from failure

    def _adapter(self, url: str) -> requests.adapters.BaseAdapter:
        """This thread's connection."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            for prefix in ("http://", "https://"):
                session.mount(prefix, _adapter())
        return session.get_adapter(url)

    def _prepared(
        self, verb: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> requests.PreparedRequest:
        """The request; all but its body is prepared once for calls of one address, because that takes long."""
        key = (verb, url, *headers.items())
        known, request = getattr(self._local, "prepared", (None, None))
        if known != key or request is None:
            request = requests.PreparedRequest()
            request.prepare(verb, url, headers={"User-Agent": USER_AGENT, **headers}, auth=_basic(self._settings))
            self._local.prepared = key, request
        request.prepare_body(body, None)
        return request


def _adapter() -> requests.adapters.HTTPAdapter:
    """An adapter that spares what calls of one address by one thread have in common, and what nobody looks at."""

    class Adapter(requests.adapters.HTTPAdapter):
        pooled: tuple[str | None, Any] = (None, None)

        def get_connection_with_tls_context(self, request: Any, *arguments: Any, **options: Any) -> Any:
            url, pool = self.pooled
            if pool is None or url != request.url:
                pool = super().get_connection_with_tls_context(request, *arguments, **options)
                self.pooled = request.url, pool
            return pool

        def build_response(self, req: Any, resp: Any) -> requests.Response:
            response = requests.Response()
            response.status_code = resp.status
            response.headers = resp.headers
            response.raw = resp
            return response

    return Adapter()


def _basic(settings: HttpSettings) -> requests.auth.HTTPBasicAuth | None:
    """The login as UTF-8; requests itself would refuse anything beyond Latin-1."""
    if not settings.username:
        return None
    return requests.auth.HTTPBasicAuth(settings.username.encode(), settings.password.encode())


def _bounded(response: requests.Response, url: str) -> bytes:
    parts = []
    size = 0
    for part in response.iter_content(_CHUNK_BYTES):
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise TransportError("too_large", url, f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The server's wait hint in seconds; only the form with a number is used, dates are ignored."""
    value = headers.get("retry-after", "").strip()
    return float(value) if value.isdigit() else None


def _typed(failure: BaseException, url: str) -> TransportError:
    causes = list(_causes(failure))

    def caused_by(*types: type[BaseException]) -> BaseException | None:
        return next((cause for cause in causes if isinstance(cause, types)), None)

    certificate = caused_by(ssl.SSLCertVerificationError)
    if certificate is not None:
        return TransportError("certificate", url, getattr(certificate, "verify_message", "") or str(certificate))
    if caused_by(requests.exceptions.ConnectTimeout):
        return TransportError("connect_timeout", url, "no connection within the time allowed")
    if caused_by(requests.exceptions.Timeout, socket.timeout):
        return TransportError("read_timeout", url, "no answer within the time allowed")
    if caused_by(socket.gaierror):
        return TransportError("name", url, "the host name cannot be resolved")
    if caused_by(ConnectionRefusedError):
        return TransportError("refused", url, "the connection was refused")
    # RemoteDisconnected is a ConnectionResetError for Python, but it is an orderly end of the connection
    if caused_by(http.client.RemoteDisconnected, http.client.IncompleteRead):
        return TransportError("closed", url, "the server closed the connection before its answer was complete")
    if caused_by(ConnectionResetError, BrokenPipeError):
        return TransportError("reset", url, "the connection was reset")
    if caused_by(ssl.SSLError):
        return TransportError(
            "tls", url, "the server does not speak TLS on this port, or no version of it that this host accepts"
        )
    if caused_by(requests.exceptions.ChunkedEncodingError):
        return TransportError("closed", url, "the server closed the connection before its answer was complete")
    return TransportError("other", url, f"{type(failure).__name__}: {failure}")


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The exception, what it carries in its arguments, and what it was raised from; each once."""
    waiting: list[BaseException] = [failure]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        reason = getattr(current, "reason", None)
        linked = (*current.args, reason, current.__cause__, current.__context__)
        waiting.extend(item for item in linked if isinstance(item, BaseException))
