"""Versions of APS packages and the expression that says which of them a package can upgrade.

The expression stands in ``<upgrade match="...">`` of ``APP-META.xml`` (procedure-facts.md 9.2): comparisons of
``version`` and ``release`` in RQL spelling, such as ``version=ge=16.6.3``; commas or ``and(...)`` join what must
all hold, ``or(...)`` what may.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

Version = tuple[int, ...]
_COMPARE: Mapping[str, Callable[[Version, Version], bool]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "lt": operator.lt,
        "le": operator.le,
        "gt": operator.gt,
        "ge": operator.ge,
    }
)
_COMPARISON = re.compile(r"\s*(version|release)\s*=(\w+)=\s*([0-9]+(?:\.[0-9]+)*)\s*")
_FUNCTION = re.compile(r"\s*(and|or)?\s*\(")


class MatchError(ValueError):
    """The expression is not understood."""


def parse(text: str) -> Version:
    """``"16.8.4"`` as ``(16, 8, 4)``; raises ``ValueError`` for anything else than numbers and dots."""
    return tuple(int(part) for part in text.split("."))


def accepts(expression: str, version: str, release: str) -> bool:
    """Does the expression hold for an installed package? Raises :class:`MatchError`."""
    reader = _Reader(expression, {"version": parse(version), "release": parse(release)})
    results = reader.read_list()
    reader.expect_end()
    return all(results)


class _Reader:
    """Reads an expression from left to right and works it out on the way."""

    def __init__(self, text: str, facts: Mapping[str, Version]) -> None:
        self._text = text
        self._facts = facts
        self._position = 0

    def read_list(self) -> list[bool]:
        results = [self._read_term()]
        while self._text[self._position : self._position + 1] == ",":
            self._position += 1
            results.append(self._read_term())
        return results

    def expect_end(self) -> None:
        if self._text[self._position :].strip():
            raise self._error()

    def _read_term(self) -> bool:
        if comparison := _COMPARISON.match(self._text, self._position):
            field, word, value = comparison.groups()
            if word not in _COMPARE:
                raise self._error()
            self._position = comparison.end()
            return _COMPARE[word](self._facts[field], parse(value))
        if function := _FUNCTION.match(self._text, self._position):
            self._position = function.end()
            results = self.read_list()
            if self._text[self._position : self._position + 1] != ")":
                raise self._error()
            self._position += 1
            return any(results) if function.group(1) == "or" else all(results)
        raise self._error()

    def _error(self) -> MatchError:
        return MatchError(f"upgrade match not understood at {self._position}: {self._text!r}")
