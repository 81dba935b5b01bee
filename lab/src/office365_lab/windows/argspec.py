"""Enforce the real argument spec of a module: it is read from the module's source, which travels in the payload.

So a misspelt option fails in the lab as it does on Windows (windows-lab.md 4). Modules in the old style have no spec
and take anything, which is what they do in truth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from office365_lab.windows import paths
from office365_lab.windows.errors import ModuleError, NotEmulatedError
from office365_lab.windows.powershell_text import UNKNOWN, table

_SPEC = re.compile(r"^\$spec\s*=\s*(?=@\{)", re.MULTILINE)
_FRAGMENT = re.compile(r"::Create\(\$args,\s*\$spec,\s*@\((.+?)\)\)")
_TRUE = frozenset(("true", "yes", "on", "y", "t", "1", "1.0"))
_FALSE = frozenset(("false", "no", "off", "n", "f", "0", "0.0"))
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@dataclass(frozen=True)
class Spec:
    """``raw`` is the table as it stands in the source, with the fragments of utilities merged in."""

    raw: dict[str, Any]

    @property
    def supports_check_mode(self) -> bool:
        """Modules that do not say so skip themselves in a dry run."""
        return self.raw.get("supports_check_mode") is True


def spec_of(source: str, utilities: Mapping[str, str]) -> Spec | None:
    """The spec of a module; None for a module in the old style.

    Raises :class:`NotEmulatedError` for a spec that cannot be read: then nothing could be enforced.
    """
    return _read(source, tuple(sorted(utilities.items())))


def bind(spec: Spec, name: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The parameters as the module sees them: aliases resolved, types converted, defaults filled in.

    Raises :class:`ModuleError` for what the spec does not allow.
    """
    return _Binder(name, environment).bind(spec.raw, given, "")


def shown(spec: Spec, bound: Mapping[str, Any]) -> dict[str, Any]:
    """The bound parameters for ``invocation``: secrets are hidden."""
    return _shown(spec.raw, bound)


@lru_cache(maxsize=64)
def _read(source: str, utilities: tuple[tuple[str, str], ...]) -> Spec | None:
    found = _SPEC.search(source)
    if found is None:
        return None

    def variable(name: str) -> Any:
        definition = re.search(rf"^\${re.escape(name)}\s*=\s*(?=@\{{)", source, re.MULTILINE)
        return UNKNOWN if definition is None else table(source[definition.end() :], variable)

    try:
        spec = table(source[found.end() :], variable)
        fragments = _FRAGMENT.search(source)
        for function in re.findall(r"[\w-]+", fragments.group(1)) if fragments else ():
            spec = _merged(_fragment(function, utilities), spec)
    except ValueError as error:
        raise NotEmulatedError(f"this argument spec: {error}") from error
    return Spec(spec)


def _fragment(function: str, utilities: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    for _name, text in utilities:
        found = re.search(rf"^Function {re.escape(function)}\b", text, re.MULTILINE | re.IGNORECASE)
        if found:
            # examples in the help text hold tables too: the one that counts follows the comment
            body = re.sub(r"<#.*?#>", "", text[found.start() :], count=1, flags=re.DOTALL)
            return table(body[body.index("@{") :])
    raise ValueError(f"{function} is in no module utility")


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else value
    return result


class _Binder:
    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name = name
        self._environment = environment

    def bind(self, spec: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
        options: dict[str, dict[str, Any]] = spec.get("options") or {}
        names = {alias: name for name, option in options.items() for alias in (name, *_list(option.get("aliases")))}
        unknown = sorted(set(given) - set(names))
        if unknown:
            self._fail(where, f"unknown option {', '.join(unknown)}; known are {', '.join(sorted(options))}")
        values = {names[key]: value for key, value in given.items() if value is not None}
        self._check_groups(spec, values, where)
        bound: dict[str, Any] = {}
        for name, option in options.items():
            place = f"{where}{name}"
            if name in values:
                bound[name] = self._convert(option, values[name], place)
            elif option.get("required") is True:
                self._fail(where, f"option {name} is required")
            else:
                default = option.get("default")
                bound[name] = None if default is None or default is UNKNOWN else self._convert(option, default, place)
        return bound

    def _check_groups(self, spec: Mapping[str, Any], values: Mapping[str, Any], where: str) -> None:
        for group in _groups(spec.get("mutually_exclusive")):
            if len(values.keys() & set(group)) > 1:
                self._fail(where, f"only one of {', '.join(group)} may be given")
        for group in _groups(spec.get("required_one_of")):
            if not values.keys() & set(group):
                self._fail(where, f"one of {', '.join(group)} is required")
        for group in _groups(spec.get("required_together")):
            if values.keys() & set(group) and not set(group) <= values.keys():
                self._fail(where, f"{', '.join(group)} belong together")

    def _convert(self, option: Mapping[str, Any], value: Any, place: str) -> Any:
        result = self._typed(option, str(option.get("type", "str")), value, place)
        choices = option.get("choices")
        if isinstance(choices, list):
            known = {str(choice).lower(): choice for choice in choices}
            for item in result if isinstance(result, list) else [result]:
                if str(item).lower() not in known:
                    self._fail("", f"{place} must be one of {', '.join(map(str, choices))}, not {item}")
        return result

    def _typed(self, option: Mapping[str, Any], kind: str, value: Any, place: str) -> Any:
        if kind == "bool":
            return self._boolean(value, place)
        if kind in ("int", "float"):
            try:
                return int(value) if kind == "int" else float(value)
            except (TypeError, ValueError):
                self._fail("", f"{place} must be a number, not {value}")
        if kind == "list":
            return self._items(option, value, place)
        if kind == "dict":
            return self._members(option, value, place)
        if kind in ("raw", "json"):
            return value
        if isinstance(value, (list, dict)):
            self._fail("", f"{place} must be a text")
        text = str(value)
        return paths.expand(text, self._environment) if kind == "path" else text

    def _boolean(self, value: Any, place: str) -> bool:
        low = str(value).lower()
        if low not in _TRUE | _FALSE:
            self._fail("", f"{place} must be true or false, not {value}")
        return low in _TRUE

    def _items(self, option: Mapping[str, Any], value: Any, place: str) -> list[Any]:
        items = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else [value]
        kind = str(option.get("elements", "raw"))
        return [self._typed(option, kind, item, f"{place}[{index}]") for index, item in enumerate(items)]

    def _members(self, option: Mapping[str, Any], value: Any, place: str) -> dict[str, Any]:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                self._fail("", f"{place} must be a dictionary")
        if not isinstance(value, dict):
            self._fail("", f"{place} must be a dictionary")
        return self.bind(option, value, f"{place}.") if option.get("options") else dict(value)

    def _fail(self, where: str, text: str) -> None:
        raise ModuleError(f"{self._name}: {where}{text}")


def _list(value: Any) -> list[Any]:
    if value is None or value is UNKNOWN:
        return []
    return value if isinstance(value, list) else [value]


def _groups(value: Any) -> list[list[str]]:
    """Groups of names; a single group may stand there without a list around it."""
    found = _list(value)
    return [found] if found and isinstance(found[0], str) else found


def _shown(spec: Mapping[str, Any], bound: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in bound.items():
        option = (spec.get("options") or {}).get(name, {})
        if value is not None and option.get("no_log") is True:
            result[name] = HIDDEN
        elif option.get("options") and isinstance(value, dict):
            result[name] = _shown(option, value)
        elif option.get("options") and isinstance(value, list):
            result[name] = [_shown(option, item) for item in value]
        else:
            result[name] = value
    return result
