"""What a lab is asked to be: sizes, versions, durations and switches."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class LabOptions:
    """The choices of one lab; every field is an option of ``office365-lab up``.

    Durations are seconds. Switches that stand for something nobody could verify on a real
    platform carry their reason in ``help`` of the command line, not here.
    """

    scenario: str = "syndication"
    from_version: str = "16.6.4"
    hosts: int = 2
    gateways: int = 3
    service_templates: int = 6
    subscriptions: int = 200
    seed: int = 1
    max_seconds: float = 3600.0
    platform_version: str = "7.1.0"
    # The first gateway sites get these names instead of the plain ones (spaces, quotes, & % ^ ( ) ...).
    site_names: tuple[str, ...] = ()
    winrm_transport: str = "basic"  # basic or ntlm
    winrm_scheme: str = "http"  # http or https
    connection: str = "winrm"  # winrm or psrp
    api_scheme: str = "http"  # scheme in the inventory; the lab listens on both
    api_authentication: bool = True
    bigint_as_string: bool = True
    token_seconds: float = 300.0
    task_seconds: float = 0.3
    instance_upgrade_seconds: float = 1.0
    import_seconds: float = 1.0
    setup_seconds: float = 1.0
    iisreset_seconds: float = 0.5
    script_seconds: float = 0.2
    api_latency_seconds: float = 0.0
    csp_agent: str = "windows"  # windows or linux: which hosts the inventory names for csp-agent-war
    password_suffix: str = ""  # every password ends with it (quotes, & < \ % $ ... show who escapes a value and how)

    @property
    def has_csp_agent(self) -> bool:
        """Is csp-agent-war installed? Syndication has none."""
        return self.scenario != "syndication"

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``lab.json``."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> LabOptions:
        """The reverse of :meth:`to_json`; unknown keys raise ``TypeError``."""
        return cls(**{**data, "site_names": tuple(data.get("site_names", ()))})
