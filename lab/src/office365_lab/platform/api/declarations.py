"""Declarations of arguments: the same objects check what a caller sent and describe it in a signature.

Types as in oa-api.md 1.4. A struct with an unknown member is refused: a lab that ignored a misspelt
argument would hide the mistake.
"""

from __future__ import annotations

import dataclasses
import re
from abc import ABC, abstractmethod
from typing import Any
from xml.etree import ElementTree as ET

from office365_lab.platform.api.errors import ApiError

_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)
_DECIMAL = re.compile(r"-?[0-9]{1,19}")


class ValueType(ABC):
    """A type of the wire."""

    name: str

    @abstractmethod
    def check(self, value: Any, place: str) -> Any:
        """``value`` as Python data; raises :class:`ApiError` ``arguments`` where it is of another type."""

    def describe(self, element: ET.Element) -> None:
        """Write this type into the signature of an argument."""
        element.set("type", self.name)


class _Int(ValueType):
    name = "int"

    def check(self, value: Any, place: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value not in _INT32:
            raise _wrong(place, self.name, value)
        return value


class _BigInt(ValueType):
    """64-bit integer: a decimal string, or an integer of any size up to 64 bits."""

    name = "bigint"

    def check(self, value: Any, place: str) -> int:
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value not in _INT64:
            raise _wrong(place, self.name, value)
        return value


class _Boolean(ValueType):
    """``<boolean>``; the integers 0 and 1 pass as well, because the documentation writes them."""

    name = "boolean"

    def check(self, value: Any, place: str) -> bool:
        if value not in (0, 1) or not isinstance(value, int):
            raise _wrong(place, self.name, value)
        return bool(value)


class _String(ValueType):
    name = "string"

    def check(self, value: Any, place: str) -> str:
        if not isinstance(value, str):
            raise _wrong(place, self.name, value)
        return value


class _Binary(ValueType):
    name = "base64"

    def check(self, value: Any, place: str) -> bytes:
        if not isinstance(value, bytes):
            raise _wrong(place, self.name, value)
        return value


INT = _Int()
BIGINT = _BigInt()
BOOLEAN = _Boolean()
STRING = _String()
BINARY = _Binary()


@dataclasses.dataclass(frozen=True)
class Member:
    """One named member of a struct."""

    name: str
    type: ValueType
    required: bool


def required(name: str, kind: ValueType) -> Member:
    """A member that has to be there."""
    return Member(name, kind, True)


def optional(name: str, kind: ValueType) -> Member:
    """A member that may be left out."""
    return Member(name, kind, False)


class Array(ValueType):
    """An array of values of one type."""

    name = "array"

    def __init__(self, item: ValueType) -> None:
        self._item = item

    def check(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise _wrong(place, self.name, value)
        return [self._item.check(item, f"{place}[{index}]") for index, item in enumerate(value)]

    def describe(self, element: ET.Element) -> None:
        super().describe(element)
        self._item.describe(ET.SubElement(element, "item"))


class Struct(ValueType):
    """A struct with declared members; the result holds only those that were sent."""

    name = "struct"

    def __init__(self, *members: Member) -> None:
        self.members = members

    def check(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(place, self.name, value)
        known = {member.name for member in self.members}
        for name in value:
            if name not in known:
                raise ApiError("arguments", reason=f"{place} has the unknown member '{name}'")
        result = {}
        for member in self.members:
            if member.name in value:
                result[member.name] = member.type.check(value[member.name], f"{place}.{member.name}")
            elif member.required:
                raise ApiError("arguments", reason=f"{place} lacks the member '{member.name}'")
        return result

    def describe(self, element: ET.Element) -> None:
        super().describe(element)
        for member in self.members:
            child = ET.SubElement(element, "member", name=member.name, required=str(member.required).lower())
            member.type.describe(child)


NAME_VALUE = Struct(required("name", STRING), required("value", STRING))
VARIABLE = Struct(required("var_name", STRING), required("var_value", STRING))


def _wrong(place: str, wanted: str, value: object) -> ApiError:
    return ApiError("arguments", reason=f"{place} must be of type {wanted}, not {type(value).__name__}")
