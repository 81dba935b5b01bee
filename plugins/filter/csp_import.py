# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role import_csp_subscriptions; the logic is in ``plugin_utils``, the documentation beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.odin.office365.plugins.plugin_utils import _csp_import


def _unsafe(value: Any) -> Any:
    """``value`` with every text marked, in plain containers: ``wrap_var`` cannot build those of ansible-core 2.19."""
    if isinstance(value, dict):
        return {key: _unsafe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unsafe(item) for item in value]
    return wrap_var(value)


def _as_data(function: Callable[..., Any]) -> Callable[..., Any]:
    """Cells of CSV files end up in what the filter returns; whatever stands in them, it is not a template."""

    def filtered(*arguments: Any, **options: Any) -> Any:
        try:
            return _unsafe(function(*arguments, **options))
        except ValueError as error:
            raise AnsibleFilterError(str(error)) from error

    return filtered


class FilterModule:
    """Makes the filters known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "csp_import_new_files": _as_data(_csp_import.new_files),
            "csp_import_outcome": _csp_import.outcome,
            "csp_import_problems": _as_data(_csp_import.problems),
            "csp_import_round": _as_data(_csp_import.read_round),
            "csp_import_summary": _as_data(_csp_import.summary),
        }
