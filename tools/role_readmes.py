"""Write the tables of variables in ``roles/*/README.md`` from the argument specs and defaults of the roles.

``--check`` writes nothing and fails where a table is stale.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from tools.checkout import ROOT

BEGIN = "<!-- variables: made by tools/role_readmes.py -->"
END = "<!-- end of variables -->"

_HEAD = "| variable | type | default | meaning |\n|---|---|---|---|\n"
# Ansible's markup for documentation that the specs use: C(code) and the like, I(italic), M(plugin), P(plugin#type).
_MARKUP = re.compile(r"\b([CVOIMP])\(([^()]*(?:\([^()]*\)[^()]*)*)\)")


class ReadmeError(Exception):
    """A README has no place for the tables."""


def markdown(text: str) -> str:
    """A description in Markdown that can stand in a cell of a table."""

    def replace(match: re.Match[str]) -> str:
        kind, value = match.groups()
        return f"*{value}*" if kind == "I" else f"`{value.partition('#')[0]}`"

    return " ".join(_MARKUP.sub(replace, text).split()).replace("|", "\\|")


def type_text(option: dict[str, Any]) -> str:
    """``list of int``, ``str``: the type of an option as people say it; choices are added."""
    text = str(option.get("type", "str"))
    if "elements" in option:
        text += f" of {option['elements']}"
    if "choices" in option:
        text += ": " + ", ".join(f"`{choice}`" if choice != "" else "empty" for choice in option["choices"])
    return text


def default_text(name: str, option: dict[str, Any], defaults: dict[str, Any]) -> str:
    """The default as YAML would take it; a template stands for itself, ``required`` for a variable that must be set."""
    if option.get("required"):
        return "**required**"
    if name not in defaults:
        return ""
    value = defaults[name]
    text = value if isinstance(value, str) and value else json.dumps(value)
    return f"`{text}`".replace("|", "\\|")


def rows(options: dict[str, dict[str, Any]], defaults: dict[str, Any], prefix: str = "") -> list[str]:
    """Rows of the table; the members of a variable that is a dictionary, or a list of them, follow it."""
    lines = []
    for name, option in options.items():
        told = option["description"]
        meaning = " ".join(map(markdown, [told] if isinstance(told, str) else told))
        default = default_text(name, option, defaults)
        lines.append(f"| `{prefix}{name}` | {type_text(option)} | {default} | {meaning} |\n")
        lines += rows(option.get("options", {}), {}, f"{prefix}{name}: ")
    return lines


def tables(role: Path) -> str:
    """One table for each entry point of the role that takes variables."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    defaults_file = role / "defaults" / "main.yml"
    defaults = yaml.safe_load(defaults_file.read_text(encoding="utf-8")) if defaults_file.exists() else {}
    parts = []
    for name, spec in specs.items():
        if spec.get("options"):
            title = f"### {name}\n\n{markdown(spec['short_description'])}.\n\n" if len(specs) > 1 else ""
            parts.append(title + _HEAD + "".join(rows(spec["options"], defaults)))
    return "\n".join(parts) if parts else "This role takes no variables.\n"


def renewed(readme: str, made: str) -> str:
    """``readme`` with the tables between the two markers replaced. Raises ``ReadmeError`` where a marker is missing."""
    before, begin, rest = readme.partition(BEGIN)
    end, after = rest.partition(END)[1:]
    if not begin or not end:
        raise ReadmeError(f"needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{made}\n{END}{after}"


def stale(roles: Path) -> dict[Path, str]:
    """READMEs that are not as they should be -> their right text. Raises ``ReadmeError`` naming a role without one."""
    found = {}
    for role in sorted(path for path in roles.iterdir() if path.is_dir()):
        readme = role / "README.md"
        if not readme.exists():
            raise ReadmeError(f"{readme} is missing")
        text = readme.read_text(encoding="utf-8")
        try:
            right = renewed(text, tables(role))
        except ReadmeError as error:
            raise ReadmeError(f"{readme} {error}") from error
        if right != text:
            found[readme] = right
    return found


def main() -> int:
    """Exit code 1 where a README is missing or has no place for tables, and with ``--check`` where one is stale."""
    parser = argparse.ArgumentParser(description="Write the tables of variables in the roles' READMEs.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a table is stale")
    check = parser.parse_args().check
    try:
        found = stale(ROOT / "roles")
    except ReadmeError as error:
        print(error, file=sys.stderr)
        return 1
    for readme, text in found.items():
        print(f"{'stale' if check else 'written'}: {readme.relative_to(ROOT)}")
        if not check:
            readme.write_text(text, encoding="utf-8")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
