# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``odin.office365.batch_command_line``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.odin.office365.plugins.plugin_utils._windows_command_line import batch_command_line


def _filter(batch_file: str, parameters: Sequence[Mapping[str, str]]) -> str:
    try:
        return batch_command_line(str(batch_file), parameters)
    except ValueError as error:
        raise AnsibleFilterError(f"cannot write the command line of {batch_file}: {error}") from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"batch_command_line": _filter}
