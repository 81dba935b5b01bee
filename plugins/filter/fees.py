# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``odin.office365.fee_changes``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.odin.office365.plugins.plugin_utils._fees import fee_changes


def _filter(
    before: str | Mapping[str, Any], after: str | Mapping[str, Any], columns: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    try:
        return fee_changes(before, after, columns)
    except ValueError as error:
        raise AnsibleFilterError(f"cannot compare the fees: {error}") from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., list[dict[str, Any]]]]:
        return {"fee_changes": _filter}
