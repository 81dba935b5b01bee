"""All stand-ins for modules: importing this registers every family."""

from __future__ import annotations

from office365_lab.windows.modules import (
    archives,
    background,
    certificate_store,
    commands,
    copying,
    facts,
    files,
    scripting,
    services,
    web_requests,
    web_server,
)
from office365_lab.windows.modules.registry import Result, Task, find

FAMILIES = (
    archives,
    background,
    certificate_store,
    commands,
    copying,
    facts,
    files,
    scripting,
    services,
    web_requests,
    web_server,
)

__all__ = ["FAMILIES", "Result", "Task", "find"]
