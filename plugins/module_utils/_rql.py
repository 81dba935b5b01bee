# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The match expressions of APS package metadata, evaluated. Private to this collection; no Ansible import.

Forms (APS 2 specification, "Application Updates" and "RQL"): ``version =eq= 6.0``, ``version =ge=1.0, release =ge=0``,
``and(...)``, ``or(...)``, ``not(...)``, ``eq(version,6.0)``, ``in(version,(6.0,6.1))``, ``like(version,6.*)``; a comma
or ``&`` between conditions is *and*, ``;`` or ``|`` is *or*.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from ansible_collections.odin.office365.plugins.module_utils._versions import sort_key

_TOKEN = re.compile(r"\s*(=[a-z]+=|[(),;&|]|[^\s(),;&|=]+)\s*")
_INFIX = re.compile(r"^=([a-z]+)=$")

_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda have, want: sort_key(have) == sort_key(want),
    "ne": lambda have, want: sort_key(have) != sort_key(want),
    "gt": lambda have, want: sort_key(have) > sort_key(want),
    "ge": lambda have, want: sort_key(have) >= sort_key(want),
    "lt": lambda have, want: sort_key(have) < sort_key(want),
    "le": lambda have, want: sort_key(have) <= sort_key(want),
    "like": lambda have, want: fnmatch.fnmatchcase(have, want.replace("[", "[[]")),
}


class MatchError(ValueError):
    """The expression is not of a form that is known here."""


def matches(expression: str, properties: Mapping[str, str]) -> bool:
    """Whether ``properties`` (such as version and release of an installed package) satisfy the expression."""
    parser = _Parser(expression, properties)
    value = parser.alternatives()
    parser.end()
    return value


class _Parser:
    """Recursive descent over the tokens; evaluates while it reads, so it reads both sides of every condition."""

    def __init__(self, expression: str, properties: Mapping[str, str]) -> None:
        self._tokens = _tokens(expression)
        self._properties = properties
        self._at = 0

    def end(self) -> None:
        if self._at != len(self._tokens):
            raise MatchError(f"unexpected {self._tokens[self._at]!r}")

    def alternatives(self) -> bool:
        value = self._conditions()
        while self._peek() in (";", "|"):
            self._take()
            value = self._conditions() or value
        return value

    def _conditions(self) -> bool:
        value = self._condition()
        while self._peek() in (",", "&"):
            self._take()
            value = self._condition() and value
        return value

    def _condition(self) -> bool:
        if self._peek() == "(":
            self._take()
            value = self.alternatives()
            self._expect(")")
            return value
        word = self._word()
        if self._peek() == "(":
            return self._function(word)
        infix = _INFIX.match(self._take())
        if not infix:
            raise MatchError(f"no operator after {word!r}")
        if infix.group(1) in ("in", "out"):
            return self._membership(infix.group(1), word)
        return self._compare(infix.group(1), word, self._word())

    def _function(self, name: str) -> bool:
        self._expect("(")
        if name in ("and", "or", "not"):
            values = [self._condition()]
            while self._peek() == ",":
                self._take()
                values.append(self._condition())
            self._expect(")")
            if name == "not" and len(values) != 1:
                raise MatchError("not() takes one condition")
            return {"and": all(values), "or": any(values), "not": not values[0]}[name]
        word = self._word()
        self._expect(",")
        value = self._membership(name, word) if name in ("in", "out") else self._compare(name, word, self._word())
        self._expect(")")
        return value

    def _membership(self, name: str, word: str) -> bool:
        self._expect("(")
        choices = [self._word()]
        while self._peek() == ",":
            self._take()
            choices.append(self._word())
        self._expect(")")
        found = any(self._compare("eq", word, choice) for choice in choices)
        return found if name == "in" else not found

    def _compare(self, operator: str, name: str, value: str) -> bool:
        if operator not in _COMPARE:
            raise MatchError(f"unknown operator {operator!r}")
        if name not in self._properties:
            raise MatchError(f"unknown property {name!r}")
        return _COMPARE[operator](self._properties[name], value)

    def _word(self) -> str:
        word = self._take()
        if _INFIX.match(word) or word in "(),;&|":
            raise MatchError(f"unexpected {word!r}")
        return unquote(word)

    def _expect(self, token: str) -> None:
        found = self._take()
        if found != token:
            raise MatchError(f"{token!r} expected, not {found!r}")

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        if not token:
            raise MatchError("it ends too early")
        self._at += 1
        return token


def _tokens(expression: str) -> list[str]:
    tokens = []
    at = 0
    text = expression.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise MatchError(f"unexpected {text[at]!r}")
        tokens.append(found.group(1))
        at = found.end()
    if not tokens:
        raise MatchError("it is empty")
    return tokens
