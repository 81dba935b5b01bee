"""Tokens of the APS controller: who may call it, and for how long (oa-api.md 6.3)."""

from __future__ import annotations

import dataclasses
import secrets
import threading
import time
from typing import Literal

PREFIX = "LabApsToken-"  # so that a token can be searched for in what a program wrote
TokenKind = Literal["user", "account", "subscription", "instance"]


class UnknownTokenError(Exception):
    """The token was never issued."""


class ExpiredTokenError(Exception):
    """The token was issued, but its time is over."""


@dataclasses.dataclass(frozen=True)
class Bearer:
    """Whom a token stands for: a user, account, subscription or application instance and its id."""

    kind: TokenKind
    id: int


class Tokens:
    """Issued tokens; each is valid for ``seconds``. Safe for many threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._issued: dict[str, tuple[Bearer, float]] = {}
        self._lock = threading.Lock()

    def issue(self, kind: TokenKind, number: int) -> str:
        """A new token."""
        token = PREFIX + secrets.token_urlsafe(32)
        with self._lock:
            self._issued[token] = (Bearer(kind, number), time.monotonic() + self._seconds)
        return token

    def expire(self) -> None:
        """End the time of every token issued so far."""
        with self._lock:
            self._issued = {token: (bearer, -1.0) for token, (bearer, _end) in self._issued.items()}

    def check(self, token: str) -> Bearer:
        """The bearer of a token; raises :class:`UnknownTokenError` or :class:`ExpiredTokenError`."""
        with self._lock:
            entry = self._issued.get(token)
        if entry is None:
            raise UnknownTokenError
        if time.monotonic() > entry[1]:
            raise ExpiredTokenError
        return entry[0]
