"""Read the ``param()`` block of a PowerShell script, and bind arguments to it as PowerShell does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from office365_lab.windows.powershell_text import Token, tokens, unquoted


@dataclass(frozen=True)
class Parameter:
    """One parameter of a script; ``type`` is lower case (``string``, ``string[]``, ``switch``, ...)."""

    name: str
    type: str = "object"
    mandatory: bool = False
    aliases: tuple[str, ...] = ()
    has_default: bool = False


@dataclass(frozen=True)
class ParamBlock:
    """``advanced``: the script has [CmdletBinding()] or [Parameter()] and so refuses what it does not know."""

    parameters: tuple[Parameter, ...]
    advanced: bool
    positional: bool
    should_process: bool


class BindingError(Exception):
    """PowerShell would not start the script with these arguments."""


def param_block(text: str) -> ParamBlock:
    """The ``param()`` block at the start of a script; an empty one where there is none."""
    items = tokens(text)
    at = 0
    head = ""
    while at < len(items) and items[at].text == "[":
        end = _closing(items, at)
        head += "".join(token.text for token in items[at : end + 1]).lower()
        at = end + 1
    if at >= len(items) or items[at].text.lower() != "param":
        return ParamBlock((), advanced="cmdletbinding" in head, positional=True, should_process=False)
    body = items[at + 2 : _closing(items, at + 1)]
    found = tuple(_parameter(part) for part in _split(body) if part)
    attributes = "".join(token.text for token in body).lower()
    return ParamBlock(
        parameters=found,
        advanced="cmdletbinding" in head or "[parameter(" in attributes,
        positional="positionalbinding=$false" not in head,
        should_process=bool(re.search(r"supportsshouldprocess(?!=\$false)", head)),
    )


def bind_named(block: ParamBlock, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values given by name (as win_powershell gives them); keys become the declared names.

    Raises :class:`BindingError`.
    """
    bound = {_named(block, name).name: value for name, value in values.items()}
    _complete(block, bound)
    return bound


def bind_arguments(block: ParamBlock, arguments: list[str]) -> dict[str, str | bool]:
    """Arguments of ``powershell.exe -File script``. Raises :class:`BindingError`.

    Names may be shortened as long as they are unambiguous; ``-Name:value`` is one argument; a switch takes no value.
    """
    bound: dict[str, str | bool] = {}
    loose: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        named = re.fullmatch(r"-([A-Za-z_?][^:]*)(?::(.*))?", argument, re.DOTALL)
        if named is None:
            loose.append(argument)
            continue
        parameter = _named(block, named.group(1))
        if parameter.name in bound:
            raise BindingError(f"Parameter -{parameter.name} is given twice.")
        value = named.group(2)
        if parameter.type == "switch":
            bound[parameter.name] = value is None or value.lower() != "$false"
            continue
        if value is None:
            if not rest or re.match(r"-[A-Za-z_?]", rest[0]):
                raise BindingError(f"Parameter -{parameter.name} has no value.")
            value = rest.pop(0)
        bound[parameter.name] = value
    _bind_loose(block, bound, loose)
    _complete(block, bound)
    return bound


def _bind_loose(block: ParamBlock, bound: dict[str, str | bool], loose: list[str]) -> None:
    free = [item for item in block.parameters if item.name not in bound and item.type != "switch"]
    for argument in loose:
        if block.positional and free:
            bound[free.pop(0).name] = argument
        elif block.advanced:
            raise BindingError(f"No parameter takes the argument '{argument}'.")


def _complete(block: ParamBlock, bound: Mapping[str, Any]) -> None:
    for parameter in block.parameters:
        if parameter.mandatory and bound.get(parameter.name) in (None, ""):
            raise BindingError(f"The mandatory parameter -{parameter.name} is missing or empty.")


def _named(block: ParamBlock, name: str) -> Parameter:
    low = name.lower()
    for parameter in block.parameters:
        if low in (parameter.name.lower(), *(alias.lower() for alias in parameter.aliases)):
            return parameter
    near = [parameter for parameter in block.parameters if parameter.name.lower().startswith(low)]
    if len(near) == 1:
        return near[0]
    if near:
        raise BindingError(f"-{name} may be any of {', '.join('-' + item.name for item in near)}.")
    raise BindingError(f"There is no parameter -{name}.")


def _closing(items: list[Token], at: int) -> int:
    """The index of the token that closes the bracket at ``at``."""
    depth = 0
    for index in range(at, len(items)):
        text = items[index].text
        if text in ("(", "[", "{", "@{", "@("):
            depth += 1
        elif text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return index
    raise ValueError("a bracket is not closed")


def _split(body: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    at = 0
    while at < len(body):
        if body[at].text in ("(", "[", "{", "@{", "@("):
            end = _closing(body, at)
            parts[-1].extend(body[at : end + 1])
            at = end + 1
            continue
        if body[at].text == ",":
            parts.append([])
        else:
            parts[-1].append(body[at])
        at += 1
    return parts


def _parameter(part: list[Token]) -> Parameter:
    kind, mandatory = "object", False
    aliases: tuple[str, ...] = ()
    at = 0
    while at < len(part) and part[at].text == "[":
        end = _closing(part, at)
        inner = "".join(token.text for token in part[at + 1 : end])
        if re.match(r"parameter\(", inner, re.IGNORECASE):
            mandatory = bool(re.search(r"mandatory(?!=\$false)", inner, re.IGNORECASE))
        elif re.match(r"alias\(", inner, re.IGNORECASE):
            aliases = tuple(unquoted(token.text) for token in part[at + 1 : end] if token.kind == "string")
        elif "(" not in inner:
            kind = inner.lower()
        at = end + 1
    if at >= len(part) or part[at].kind != "variable":
        raise ValueError("a parameter without name")
    return Parameter(part[at].text[1:], kind, mandatory, aliases, has_default=at + 1 < len(part))
