"""The argument specs of the roles agree with their defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

ROLES = sorted(path for path in (Path(__file__).resolve().parents[2] / "roles").iterdir() if path.is_dir())
Options = dict[str, dict[str, Any]]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None


def entry_points(role: Path) -> dict[str, Options]:
    """Options of each entry point of a role."""
    specs = read(role / "meta" / "argument_specs.yml")["argument_specs"]
    return {name: spec.get("options") or {} for name, spec in specs.items()}


def defaults(role: Path) -> dict[str, Any]:
    return read(role / "defaults" / "main.yml") or {}


def described(role: Path) -> dict[str, list[dict[str, Any]]]:
    """Every description of each variable, one for each entry point that takes it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for options in entry_points(role).values():
        for name, option in options.items():
            found.setdefault(name, []).append(option)
    return found


def is_template(value: object) -> bool:
    return isinstance(value, str) and "{{" in value


pytestmark = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def test_every_default_is_described(role: Path) -> None:
    assert set(defaults(role)) - set(described(role)) == set()


def test_described_default_is_the_real_one(role: Path) -> None:
    real = defaults(role)
    told = [
        (name, option["default"])
        for name, options in described(role).items()
        for option in options
        if "default" in option
    ]
    assert [(name, real.get(name, "no default")) for name, _told in told] == told


def test_fixed_default_is_told(role: Path) -> None:
    fixed = {name for name, value in defaults(role).items() if not is_template(value)}
    untold = {name for name in fixed for option in described(role)[name] if "default" not in option}
    assert untold == set()


def test_required_variable_has_no_default(role: Path) -> None:
    """A default would make the check of required variables pass for everyone."""
    required = {name for name, options in described(role).items() if any(option.get("required") for option in options)}
    assert required & set(defaults(role)) == set()


def test_defaults_have_the_described_types(role: Path) -> None:
    values = {name: value for name, value in defaults(role).items() if not is_template(value)}
    for options in entry_points(role).values():
        spec = {name: {**options[name], "required": False} for name in options}
        mine = {name: value for name, value in values.items() if name in options}
        assert ArgumentSpecValidator(spec).validate(mine).error_messages == []


def test_every_entry_point_is_a_task_file(role: Path) -> None:
    files = {path.stem for path in (role / "tasks").glob("*.yml")}
    assert set(entry_points(role)) <= files


def test_variables_begin_with_the_name_of_the_role(role: Path) -> None:
    assert [name for name in described(role) if not name.startswith(f"{role.name}_")] == []


def test_every_description_is_there(role: Path) -> None:
    without = [name for name, options in described(role).items() for option in options if not option.get("description")]
    assert without == []


def test_no_release_of_the_application_is_named_in_a_role(role: Path) -> None:
    """Versions are data of the release catalog; examples in descriptions and READMEs may name one."""
    files = [path for folder in ("tasks", "defaults", "vars", "files") for path in (role / folder).rglob("*")]
    named = [
        path
        for path in files
        if path.is_file() and "releases" not in path.parts and re.search(r"\b16\.\d", path.read_text(encoding="utf-8"))
    ]
    assert named == []
