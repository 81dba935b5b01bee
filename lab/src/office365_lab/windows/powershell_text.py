"""Read literal tables (``@{ ... }``) out of PowerShell source. Nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"""\s+|<\#.*?\#>|\#[^\n]*
    |(?P<table>@\{)|(?P<array>@\()
    |(?P<string>"(?:[^"`]|`.|"")*"|'(?:[^']|'')*')
    |(?P<variable>\$[\w:]+)|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.\-]*)|(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS = {"$true": True, "$false": False, "$null": None}
_OPENING = {"(": ")", "[": "]", "{": "}"}


class Unknown:
    """The value of an expression that only PowerShell could work out."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Token:
    """``kind`` is the name of the group in the expression above."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """The tokens of ``text`` without white space and comments."""
    return [Token(found.lastgroup, found.group()) for found in _TOKEN.finditer(text) if found.lastgroup]


def table(text: str, variables: Callable[[str], Any] | None = None) -> dict[str, Any]:
    """The table that ``text`` begins with. Raises ``ValueError`` where it is no table.

    ``variables`` gives the value of a variable; without it every variable is :data:`UNKNOWN`.
    """
    reader = _Reader(tokens(text), variables or (lambda name: UNKNOWN))
    if reader.take().kind != "table":
        raise ValueError("no table")
    return reader.table()


class _Reader:
    def __init__(self, items: list[Token], variables: Callable[[str], Any]) -> None:
        self._items = items
        self._at = 0
        self._variables = variables

    def peek(self, ahead: int = 0) -> Token:
        at = self._at + ahead
        return self._items[at] if at < len(self._items) else Token("end", "")

    def take(self) -> Token:
        token = self.peek()
        if token.kind == "end":
            raise ValueError("the text ends too early")
        self._at += 1
        return token

    def table(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            token = self.take()
            if token.text == "}":
                return found
            if token.text == ";":
                continue
            if token.kind not in ("word", "string", "number") or self.take().text != "=":
                raise ValueError(f"no key: {token.text}")
            key = unquoted(token.text)
            found[key] = self._sequence()
            if not self._at_table_member():
                found[key] = UNKNOWN
                self._skip_expression()

    def _at_table_member(self) -> bool:
        token = self.peek()
        return token.text in ("}", ";") or (token.kind in ("word", "string", "number") and self.peek(1).text == "=")

    def _skip_expression(self) -> None:
        while not self._at_table_member():
            self._skip_one()

    def _skip_one(self) -> None:
        token = self.take()
        closing = _OPENING.get(token.text[-1]) if token.kind in ("mark", "table", "array") else None
        if closing is not None:
            while self.peek().text != closing:
                self._skip_one()
            self.take()

    def _sequence(self) -> Any:
        """One value, or a list where values are joined by commas (a comma may stand before the first)."""
        is_list = self._take_comma()
        items = [self._value()]
        while self._take_comma():
            is_list = True
            items.append(self._value())
        return items if is_list else items[0]

    def _take_comma(self) -> bool:
        if self.peek().text == ",":
            self.take()
            return True
        return False

    def _value(self) -> Any:
        token = self.take()
        if token.kind == "table":
            return self.table()
        if token.kind == "array":
            return self._array()
        if token.kind == "string":
            return unquoted(token.text)
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind == "variable":
            low = token.text.lower()
            return _CONSTANTS[low] if low in _CONSTANTS else self._variables(token.text[1:])
        if token.text in _OPENING:
            self._at -= 1
            self._skip_one()
            # a type in front of a value changes nothing that matters here
            return self._value() if token.text == "[" else UNKNOWN
        return UNKNOWN

    def _array(self) -> list[Any]:
        items: list[Any] = []
        while self.peek().text != ")":
            value = self._sequence()
            items.extend(value if isinstance(value, list) else [value])
        self.take()
        return items


def unquoted(text: str) -> str:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text.startswith('"'):
        return re.sub(r"`(.)", r"\1", text[1:-1].replace('""', '"'))
    return text
