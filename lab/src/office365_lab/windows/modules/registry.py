"""What a stand-in gets, and how it is found by the name of its module."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from office365_lab.windows import paths
from office365_lab.windows.call import Call
from office365_lab.windows.errors import ModuleError
from office365_lab.windows.host import Host

Result = dict[str, Any]
StandIn = Callable[["Task"], Result]

_TRUE = frozenset(("true", "yes", "on", "y", "t", "1"))
_modules: dict[str, StandIn] = {}


@dataclass(frozen=True)
class Task:
    """``parameters`` are bound to the module's spec; modules in the old style get them as they were sent."""

    host: Host
    call: Call
    parameters: dict[str, Any]

    @property
    def check(self) -> bool:
        """Is it a dry run?"""
        return self.call.check

    def get(self, *names: str, default: Any = None) -> Any:
        """The value under the first of these names that has one."""
        return next((self.parameters[name] for name in names if self.parameters.get(name) is not None), default)

    def need(self, *names: str) -> Any:
        """As :meth:`get`; raises :class:`ModuleError` where there is none."""
        value = self.get(*names)
        if value in (None, ""):
            raise ModuleError(f"{self.call.name}: option {names[0]} is required")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A yes-or-no option of a module in the old style."""
        value = self.get(name, default=default)
        return value if isinstance(value, bool) else str(value).lower() in _TRUE

    def path(self, *names: str) -> str:
        """A path option with its %VARIABLES% expanded; raises :class:`ModuleError` where it is missing."""
        return paths.expand(str(self.need(*names)), self.host.environment)


def module(*names: str) -> Callable[[StandIn], StandIn]:
    """Register a stand-in for the modules of these full names."""

    def register(stand_in: StandIn) -> StandIn:
        for name in names:
            _modules[name] = stand_in
        return stand_in

    return register


def find(name: str) -> StandIn | None:
    """The stand-in for a module, or None."""
    return _modules.get(name)


def digest(content: bytes, algorithm: str = "sha1") -> str:
    """A checksum in hexadecimal; SHA-1 is what Ansible compares files by."""
    return hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
