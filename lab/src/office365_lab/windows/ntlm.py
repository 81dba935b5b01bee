"""The server side of NTLM and of WinRM's message encryption, on top of pyspnego (windows-lab.md 2)."""

from __future__ import annotations

import os
import re
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import spnego

_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"
ENCRYPTED_TYPE = f'multipart/encrypted;protocol="{_PROTOCOL}";boundary="Encrypted Boundary"'
_BOUNDARY = b"--Encrypted Boundary"
_STORE_VARIABLE = "NTLM_USER_FILE"
# pyspnego takes the accounts only from a file named by an environment variable, so one context steps at a time
_environment_lock = threading.Lock()


class AuthenticationError(Exception):
    """The client did not prove who it is."""


@contextmanager
def _accounts(username: str, password: str) -> Iterator[None]:
    with _environment_lock, tempfile.TemporaryDirectory(prefix="office365-lab-") as folder:
        store = Path(folder, "accounts")
        store.touch(mode=0o600)
        store.write_text(f":{username}:{password}\n", encoding="utf-8")
        os.environ[_STORE_VARIABLE] = str(store)
        try:
            yield
        finally:
            del os.environ[_STORE_VARIABLE]


class NtlmContext:
    """The security context of one TCP connection."""

    def __init__(self, username: str, password: str, scheme: str) -> None:
        self._username = username
        self._password = password
        protocol = "ntlm" if scheme.lower() == "ntlm" else "negotiate"
        with _accounts(username, password):
            self._context = spnego.server(protocol=protocol, options=spnego.NegotiateOptions.use_ntlm)

    @property
    def complete(self) -> bool:
        """Whether the client has proved who it is."""
        return bool(self._context.complete)

    def step(self, token: bytes) -> bytes:
        """Take a token of the client, give the answer's one. Raises :class:`AuthenticationError`."""
        with _accounts(self._username, self._password):
            try:
                return bytes(self._context.step(token) or b"")
            except Exception as error:  # a token of any shape may come, and so may errors of any kind
                raise AuthenticationError(f"NTLM: {type(error).__name__}") from error

    def unwrap(self, body: bytes) -> bytes:
        """The clear text of a multipart/encrypted body; several parts are joined."""
        clear = b""
        for part in re.split(_BOUNDARY + rb"(?:--)?\r\n", body):
            found = re.match(rb"\s*Content-Type: application/octet-stream\r\n(.*)", part, re.DOTALL)
            if found:
                raw = found.group(1)
                (length,) = struct.unpack("<i", raw[:4])
                clear += self._context.unwrap_winrm(raw[4 : 4 + length], raw[4 + length :])
        return clear

    def wrap(self, body: bytes) -> bytes:
        """A multipart/encrypted body (content type :data:`ENCRYPTED_TYPE`) of a clear one."""
        header, encrypted, padding = self._context.wrap_winrm(body)
        original = f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(body) + padding}"
        return b"".join(
            (
                _BOUNDARY,
                f"\r\n\tContent-Type: {_PROTOCOL}\r\n".encode(),
                original.encode(),
                b"\r\n",
                _BOUNDARY,
                b"\r\n\tContent-Type: application/octet-stream\r\n",
                struct.pack("<i", len(header)),
                header,
                encrypted,
                _BOUNDARY,
                b"--\r\n",
            )
        )
