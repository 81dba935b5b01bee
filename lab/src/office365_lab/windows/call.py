"""One thing that Ansible wants done on a Windows host, whatever the version that asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["module", "script", "raw", "put", "fetch", "mkdtemp", "expand_user", "remove", "noop"]
Wire = Literal["2.19+", "legacy", "plain"]


class PayloadError(ValueError):
    """The lab cannot tell what the client wants; such a call must fail, never pass."""


@dataclass(frozen=True)
class AsyncJob:
    """A module that runs on after its task: ``folder`` as sent (may hold %VARIABLES%), ``timeout`` in seconds."""

    job_id: str
    folder: str
    timeout: float


@dataclass(frozen=True)
class Call:
    """``arguments`` of a module still hold Ansible's private ``_ansible_*`` members; :attr:`parameters` do not."""

    kind: Kind
    wire: Wire
    name: str = ""  # of a module: ansible.windows.win_stat
    arguments: dict[str, Any] = field(default_factory=dict)
    source: str = ""  # PowerShell text of the module or script
    utilities: dict[str, str] = field(default_factory=dict)  # PowerShell text of the module utilities, by name
    environment: dict[str, str] = field(default_factory=dict)
    become: dict[str, Any] | None = None  # without the password
    async_job: AsyncJob | None = None
    data: tuple[bytes, ...] = ()  # base64 lines of a file transfer

    @property
    def parameters(self) -> dict[str, Any]:
        """What the task gave the module."""
        return {name: value for name, value in self.arguments.items() if not name.startswith("_ansible_")}

    @property
    def check(self) -> bool:
        """Is it a dry run?"""
        return bool(self.arguments.get("_ansible_check_mode"))

    @property
    def no_log(self) -> bool:
        """Did the task forbid to log its arguments?"""
        return bool(self.arguments.get("_ansible_no_log"))
