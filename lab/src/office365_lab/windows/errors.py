"""Errors that a Windows host gives: of the operating system, and of a module."""

from __future__ import annotations

from typing import Any


class WindowsError(Exception):
    """The operating system refuses; the text is what a user would read."""


class ModuleError(Exception):
    """A module ends with ``failed``; ``more`` are further members of its result."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.message = message
        self.more = more


class NotEmulatedError(ModuleError):
    """The lab has no stand-in; the call fails loudly instead of pretending."""

    def __init__(self, what: str) -> None:
        super().__init__(f"office365-lab has no stand-in for {what}")
