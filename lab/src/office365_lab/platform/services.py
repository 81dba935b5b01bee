"""What the parts of one platform share."""

from __future__ import annotations

import dataclasses

from office365_lab.faults import FaultPlan
from office365_lab.installation import MANAGEMENT_NODE, Credentials, Installation
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.platform.database import Database
from office365_lab.platform.tokens import Tokens
from office365_lab.wirelog import WireLog


@dataclasses.dataclass
class Services:
    """The lab as the methods, the tasks and the APS controller see it."""

    options: LabOptions
    layout: LabLayout
    wire: WireLog
    faults: FaultPlan
    installation: Installation
    credentials: Credentials
    database: Database
    tokens: Tokens
    full_info_seconds: float
    controller_uri: str = ""  # known when the APS controller listens
    host: str = MANAGEMENT_NODE

    @property
    def platform_version(self) -> tuple[int, ...]:
        """The version as numbers, without hotfixes: ``(7, 0, 1)`` for ``7.0.1_hf130748``."""
        return tuple(int(part) for part in self.options.platform_version.split("_")[0].split("."))
