"""Every list and mapping that goes into the plan is looked at before the run: Ansible takes a text for a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BEFORE_THE_PLAN = ("collect", "plan")
# A part of another role that runs before the plan and reads the user's variables by their own names.
READS_BY_NAME = ("public_api_access", "find_settings")
CHECK = ROOT / "playbooks" / "tasks" / "collect_platform.yml"
# A variable of the user's, handed to a role as it is: "{{ billing_plan_ids | default([]) }}".
HANDED_ON = re.compile(r"\{\{ (?:\w+\.)?(\w+) \| default\(")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def calls(node: Any, role: str) -> Iterator[dict[str, Any]]:
    """The variables of every call of ``role`` in what was read from a playbook."""
    if isinstance(node, dict):
        if node.get("ansible.builtin.include_role", {}).get("name") == f"odin.office365.{role}":
            yield node.get("vars", {})
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from calls(child, role)


def handed_on(role: str, kind: str) -> set[str]:
    """The user's variables behind the options of a role that are of this kind."""
    specs = read(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"].values()
    options = {name for spec in specs for name, option in spec.get("options", {}).items() if option["type"] == kind}
    playbooks = [read(path) for path in sorted((ROOT / "playbooks").rglob("*.yml"))]
    given = [read(ROOT / "roles" / role / "defaults" / "main.yml"), *calls(playbooks, role)]
    matches = [HANDED_ON.match(str(value)) for row in given for name, value in row.items() if name in options]
    return {match[1] for match in matches if match}


def read_by_name(kind: str) -> set[str]:
    """The user's variables of this kind that no playbook hands on: a part of a role reads them itself."""
    role, part = READS_BY_NAME
    options = read(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"][part]["options"]
    playbooks = [read(path) for path in sorted((ROOT / "playbooks").rglob("*.yml"))]
    given = {name for row in calls(playbooks, role) for name in row}
    return {name for name, option in options.items() if option["type"] == kind and name not in given}


@pytest.mark.parametrize(("kind", "checked"), [("list", "office365_lists"), ("dict", "office365_mappings")])
def test_none_is_left_out(kind: str, checked: str) -> None:
    names = read(CHECK)[0]["vars"][checked]
    assert set(names) == read_by_name(kind).union(*(handed_on(role, kind) for role in BEFORE_THE_PLAN))
    assert names == sorted(names)
