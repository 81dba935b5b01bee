"""The Resource Query Language as far as it is documented (oa-api.md 6.3), translated into SQL.

Understood: ``eq`` and ``ne`` in both spellings (``eq(p,v)``, ``p=eq=v``), ``p=v``, ``in``, ``out``, ``like``, ``and``,
``implementing``, ``active``, ``select``, ``sort``, ``limit``. Anything else raises :class:`RqlError`.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote

DEFAULT_LIMIT = 1000
_WORD = re.compile(r"[^(),&=]*")
_INFIX = re.compile(r"([^(),&=]+)=(?:(\w+)=)?(?=[^=]|$)")
_FUNCTION = re.compile(r"(\w+)\(")
_META = ("id", "type", "status", "revision", "modified")


class RqlError(ValueError):
    """The query is not understood."""


@dataclasses.dataclass(frozen=True)
class Term:
    """A function with its arguments: percent-decoded texts, lists of them, or further functions."""

    name: str
    arguments: tuple[str | list[str] | Term, ...]


@dataclasses.dataclass
class Query:
    """A query as SQL: ``where`` and ``order`` with ``parameters`` for a view of resources."""

    where: str = "true"
    parameters: list[object] = dataclasses.field(default_factory=list)
    order: str = "position, aps_id"
    start: int = 0
    number: int = DEFAULT_LIMIT
    fields: tuple[str, ...] = ()


def compile_query(text: str, columns: Mapping[str, str] = MappingProxyType({})) -> Query:
    """Translate the query part of a URL (without ``?``); raises :class:`RqlError`.

    ``columns``: properties that the view has as columns too, which are much quicker to look at.
    """
    query = Query()
    conditions = []
    for term in parse(text):
        if term.name == "limit":
            query.start, query.number = _limit(term)
        elif term.name == "select":
            query.fields = tuple(_texts(term))
        elif term.name == "sort":
            query.order = ", ".join(_order(item, columns) for item in _texts(term))
        else:
            conditions.append(_condition(term, query.parameters, columns))
    if conditions:
        query.where = " and ".join(conditions)
    return query


def parse(text: str) -> list[Term]:
    """The terms of a query, which ``,`` or ``&`` separates; raises :class:`RqlError`."""
    if not text:
        return []
    terms, position = _terms(text, 0)
    if position != len(text):
        raise RqlError(f"not understood at {position}: {text}")
    return terms


def _terms(text: str, position: int) -> tuple[list[Term], int]:
    terms = []
    while True:
        term, position = _term(text, position)
        terms.append(term)
        if text[position : position + 1] not in (",", "&") or position >= len(text):
            return terms, position
        position += 1


def _term(text: str, position: int) -> tuple[Term, int]:
    if function := _FUNCTION.match(text, position):
        return _call(text, function)
    if infix := _INFIX.match(text, position):
        name, operator = infix.groups()
        value, position = _value(text, infix.end())
        return Term(operator or "eq", (unquote(name), value)), position
    raise RqlError(f"not understood at {position}: {text}")


def _call(text: str, function: re.Match[str]) -> tuple[Term, int]:
    name, position = function.group(1), function.end()
    if name == "and":
        terms, position = _terms(text, position)
        arguments: list[str | list[str] | Term] = list(terms)
    else:
        arguments = []
        while text[position : position + 1] != ")":
            value, position = _value(text, position)
            arguments.append(value)
            if text[position : position + 1] == ",":
                position += 1
            elif text[position : position + 1] != ")":
                raise RqlError(f"a bracket is not closed: {text}")
    if text[position : position + 1] != ")":
        raise RqlError(f"a bracket is not closed: {text}")
    return Term(name, tuple(arguments)), position + 1


def _value(text: str, position: int) -> tuple[str | list[str], int]:
    if text[position : position + 1] != "(":
        word = _WORD.match(text, position)
        end = word.end() if word is not None else position
        return unquote(text[position:end]), end
    values = []
    position += 1
    while True:
        value, position = _value(text, position)
        if isinstance(value, list):
            raise RqlError("a list in a list")
        values.append(value)
        sign = text[position : position + 1]
        position += 1
        if sign == ")":
            return values, position
        if sign != ",":
            raise RqlError(f"a list is not closed: {text}")


def _condition(term: Term, parameters: list[object], columns: Mapping[str, str]) -> str:
    if term.name == "and":
        inner = [_condition(item, parameters, columns) for item in term.arguments if isinstance(item, Term)]
        return "(" + " and ".join(inner) + ")"
    if term.name == "active":
        if term.arguments:
            raise RqlError("active() takes no argument")
        return "active"
    if term.name == "implementing":
        (wanted,) = _texts(term, 1)
        parameters.append(wanted)
        return "%s = any(types)"
    if term.name in ("in", "out"):
        return _membership(term, parameters, columns)
    if term.name in ("eq", "ne", "like"):
        name, value = _texts(term, 2)
        left = _property(name, parameters, columns)
        parameters.append(_like_pattern(value) if term.name == "like" else value)
        operator = {"eq": "=", "ne": "is distinct from", "like": "like"}[term.name]
        return f"{left} {operator} %s"
    raise RqlError(f"function {term.name} is not supported by the lab")


def _membership(term: Term, parameters: list[object], columns: Mapping[str, str]) -> str:
    if len(term.arguments) != 2 or not isinstance(term.arguments[0], str) or not isinstance(term.arguments[1], list):
        raise RqlError(f"{term.name} takes a property and a list")
    left = _property(term.arguments[0], parameters, columns)
    parameters.append(term.arguments[1])
    return f"{left} = any(%s)" if term.name == "in" else f"coalesce({left} <> all(%s), true)"


def _property(name: str, parameters: list[object], columns: Mapping[str, str]) -> str:
    """A property as an SQL expression of type text; ``aps.`` members have columns of their own."""
    if name in columns:
        return f"{columns[name]}::text"
    if name.startswith("aps.") and name[4:] in _META:
        return {
            "aps.id": "aps_id::text",
            "aps.type": "types[1]",
            "aps.status": "'aps:ready'",
            "aps.revision": "revision::text",
            "aps.modified": 'to_char(modified, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')',
        }[name]
    if name.startswith("aps."):
        parameters.append(name[4:].split("."))
        return "(meta #>> %s)"
    parameters.append(name.split("."))
    return "(data #>> %s)"


def _order(item: str, columns: Mapping[str, str]) -> str:
    direction = "desc" if item.startswith("-") else "asc"
    name = item.lstrip("+- ")
    if name in columns:
        # JSON has its null before numbers
        return f"{columns[name]} {direction} nulls {'last' if direction == 'desc' else 'first'}"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name):
        if name in ("aps.id", "aps.modified", "aps.revision"):
            return f"{name[4:] if name != 'aps.id' else 'aps_id'} {direction}"
        raise RqlError(f"sorting by {name!r} is not supported by the lab")
    # the pattern above leaves nothing that SQL could take for more than a name
    return f"(data -> '{name}') {direction}"


def _limit(term: Term) -> tuple[int, int]:
    values = _texts(term)
    if not 1 <= len(values) <= 2 or not all(value.isdecimal() for value in values):
        raise RqlError("limit takes a start and a number")
    return int(values[0]), int(values[1]) if len(values) == 2 else DEFAULT_LIMIT


def _texts(term: Term, count: int | None = None) -> list[str]:
    texts = [argument for argument in term.arguments if isinstance(argument, str)]
    if len(texts) != len(term.arguments) or (count is not None and len(texts) != count):
        raise RqlError(f"wrong arguments of {term.name}")
    return texts


def _like_pattern(value: str) -> str:
    escaped = re.sub(r"([\\%_])", r"\\\1", value)
    return escaped.replace("*", "%").replace("?", "_")


def is_uuid(text: str) -> bool:
    """Is this text the id of a resource?"""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
