"""The methods of the Public API: name, arguments, and the function that does the work."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import Member, Struct
from office365_lab.platform.api.errors import UnknownMethodError

Handler = Callable[[Call, dict[str, Any]], Any]
PRIVATE_PREFIX = "lab."


@dataclasses.dataclass(frozen=True)
class Method:
    """One method. ``changes``: does it change anything that outlives the call?"""

    name: str
    arguments: Struct
    changes: bool
    handler: Handler

    @property
    def private(self) -> bool:
        """A hook of the lab, which no real platform has."""
        return self.name.startswith(PRIVATE_PREFIX)


def signature(name: str, arguments: Struct) -> str:
    """The declaration of a method as XML text; its form is the lab's own, the real one is unknown (oa-api.md 1.8)."""
    root = ET.Element("method", name=name)
    arguments.describe(ET.SubElement(root, "arguments"))
    return ET.tostring(root, encoding="unicode")


class Registry:
    """A table of methods; families of methods are tables that are merged into one."""

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}

    def method(self, name: str, *arguments: Member, changes: bool = False) -> Callable[[Handler], Handler]:
        """Register the decorated function; raises ``ValueError`` where the name is taken."""

        def register(handler: Handler) -> Handler:
            self._add(Method(name, Struct(*arguments), changes, handler))
            return handler

        return register

    def include(self, family: Registry) -> None:
        """Take over all methods of ``family``."""
        for method in family._methods.values():
            self._add(method)

    def find(self, name: str) -> Method:
        """The method ``name``; raises :class:`UnknownMethodError` where there is none."""
        try:
            return self._methods[name]
        except KeyError:
            raise UnknownMethodError(f"Method '{name}' is not registered") from None

    def has(self, name: str) -> bool:
        """Is there a method ``name``?"""
        return name in self._methods

    def names(self) -> list[str]:
        """The names of the public methods, sorted."""
        return sorted(name for name, method in self._methods.items() if not method.private)

    def _add(self, method: Method) -> None:
        if method.name in self._methods:
            raise ValueError(f"method {method.name} is declared twice")
        self._methods[method.name] = method
