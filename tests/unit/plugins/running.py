# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module of the collection in this process, as Ansible would start it."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from typing import Any

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args
from ansible_collections.odin.office365.tests.unit.plugins.wire import API_URL, PASSWORD, USERNAME

MODULES = "ansible_collections.odin.office365.plugins.modules"
#: What Ansible puts into a result by itself, some of it where there is a member named path
ADDED = ("changed", "diff", "gid", "group", "mode", "owner", "state", "uid")
LOGIN = {"api_url": API_URL, "api_username": USERNAME, "api_password": PASSWORD}


def run_module(
    name: str, options: dict[str, Any], *, check: bool = False, diff: bool = False, keep_invocation: bool = False
) -> dict[str, Any]:
    """What the module printed; ``failed`` is in it where it failed."""
    module = importlib.import_module(f"{MODULES}.{name}")
    arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": diff}
    printed = io.StringIO()
    with patch_module_args(arguments), contextlib.redirect_stdout(printed), pytest.raises(SystemExit):
        module.main()
    result: dict[str, Any] = json.loads(printed.getvalue())
    invocation = result.pop("invocation", None)
    if not result.get("failed"):
        documented = yaml.safe_load(module.RETURN)
        own = {key: value for key, value in result.items() if key in documented or key not in ADDED}
        _compare(documented, own)
    return {**result, "invocation": invocation} if keep_invocation else result


def _compare(documented: dict[str, Any], found: dict[str, Any]) -> None:
    """The members of a successful result, and of the rows in it, are the ones that are documented."""
    expected = {key for key, row in documented.items() if row.get("returned", "always") in ("always", "success")}
    assert found.keys() == expected, f"documented and returned differ in {sorted(found.keys() ^ expected)}"
    for key, value in found.items():
        members = documented[key].get("contains")
        for row in value if isinstance(value, list) else [value]:
            if members and isinstance(row, dict):
                _compare(members, row)
