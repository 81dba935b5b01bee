# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module documents fits what it accepts: options, examples, action group."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.odin.office365.plugins.doc_fragments import billing, oa
from ansible_collections.odin.office365.plugins.module_utils import _oa_module

MODULES = "ansible_collections.odin.office365.plugins.modules"
FOLDER = Path(_oa_module.__file__).parent.parent / "modules"
#: These are actions; their module files hold the documentation only
ACTIONS = ("upgrade_plan", "upgrade_verification", "win_async_wait")
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", *ACTIONS))


class SpecificationError(Exception):
    """Carries the arguments with which a module was to be built."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__()
        self.arguments = arguments


def specification(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the module hands to ``AnsibleModule``."""

    def catch(*_arguments: Any, **arguments: Any) -> None:
        raise SpecificationError(arguments)

    module = importlib.import_module(f"{MODULES}.{name}")
    target = module if hasattr(module, "AnsibleModule") else _oa_module
    monkeypatch.setattr(target, "AnsibleModule", catch)
    with pytest.raises(SpecificationError) as caught:
        module.main()
    return caught.value.arguments


def documentation(name: str) -> dict[str, Any]:
    module = importlib.import_module(f"{MODULES}.{name}")
    found: dict[str, Any] = yaml.safe_load(module.DOCUMENTATION)
    return found


def examples(name: str) -> list[dict[str, Any]]:
    module = importlib.import_module(f"{MODULES}.{name}")
    found: list[dict[str, Any]] = yaml.safe_load(module.EXAMPLES)
    return found


def test_every_module_is_looked_at() -> None:
    assert len(NAMES) == 16


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = specification(name, monkeypatch)
    rules = ("mutually_exclusive", "required_one_of", "required_if", "required_together")
    validator = ArgumentSpecValidator(
        arguments["argument_spec"], **{rule: arguments[rule] for rule in rules if arguments.get(rule)}
    )
    tasks = examples(name)
    assert tasks
    for task in tasks:
        assert task["name"]
        options = task[f"odin.office365.{name}"]
        assert validator.validate(options).error_messages == []
        assert not str(options).startswith("!")


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_options_are_those_of_the_module(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documented = documentation(name)
    options = dict(documented["options"])
    for fragment in (billing, oa):
        if f"odin.office365.{fragment.__name__.rpartition('.')[2]}" in documented["extends_documentation_fragment"]:
            options.update(yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"])
    accepted = specification(name, monkeypatch)["argument_spec"]
    assert options.keys() == accepted.keys()
    for option, described in options.items():
        assert described.get("default") == accepted[option].get("default"), option
        assert described.get("required", False) == accepted[option].get("required", False), option
        assert described["type"] == accepted[option].get("type", "str"), option


@pytest.mark.parametrize("name", NAMES)
def test_every_module_supports_check_mode(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert specification(name, monkeypatch)["supports_check_mode"] is True


def test_the_action_groups_hold_all_modules_that_call_the_platform_or_billing(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = yaml.safe_load((FOLDER.parent.parent / "meta" / "runtime.yml").read_text())
    calling: dict[str, list[str]] = {"oa": [], "billing": []}
    for name in NAMES:
        if "api_url" in specification(name, monkeypatch)["argument_spec"]:
            calling["billing" if name.startswith("billing_") else "oa"].append(f"odin.office365.{name}")
    assert {group: sorted(members) for group, members in runtime["action_groups"].items()} == calling
