# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Write a command line for a batch file so that every value arrives as it is.

A batch file is read by cmd.exe, which knows ``& | < > ( ) ^ %`` and quotes, and hands its arguments on to PowerShell,
which splits them by the rules of ``CommandLineToArgvW``. Both must see the same value:

- every value stands in double quotes, so that ``& | < > ( ) ^`` and spaces mean nothing to cmd.exe;
- a quote inside is doubled: cmd.exe stays inside quotes after the pair, and the C runtime reads one quote;
- backslashes before a quote are doubled, as the C runtime wants them;
- ``%`` is followed by an expansion of nothing (``%cd:~,%``), so that no ``%NAME%`` is left for cmd.exe to expand.
  It is done once, by the ``cmd /c`` line; the text that ``%*`` of the batch file inserts is not scanned again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_PARAMETER = re.compile(r"^-[A-Za-z][A-Za-z0-9]*$")
_UNWRITABLE = re.compile("[\x00-\x1f\x7f]")


def quoted(value: str) -> str:
    """One value as an argument of a batch file. Raises ``ValueError`` for line breaks and control characters."""
    if _UNWRITABLE.search(value):
        raise ValueError(f"{value!r} holds a line break or a control character, which no command line can carry")
    value = re.sub(r'(\\*)"', r'\1\1""', value)
    value = re.sub(r"(\\+)$", r"\1\1", value)
    return '"' + value.replace("%", "%%cd:~,%") + '"'


def batch_command_line(batch_file: str, parameters: Sequence[Mapping[str, str]]) -> str:
    """The command line that starts ``batch_file`` (a Windows path) with named parameters.

    ``parameters``: rows with ``name`` (``-GatewaySiteName``) and optionally ``value``; a row without a value is a
    switch. Raises ``ValueError`` for a name that is none, or a value that cannot be written.
    """
    words = [quoted(batch_file)]
    for row in parameters:
        if not _PARAMETER.match(row["name"]):
            raise ValueError(f"{row['name']!r} is not the name of a parameter")
        words.append(row["name"])
        if "value" in row:
            words.append(quoted(str(row["value"])))
    # /d: no AutoRun commands; /e:on: substring expansion works; /v:off: ! means nothing; /s: only the outer quotes go
    return f'cmd.exe /d /e:on /v:off /s /c "{" ".join(words)}"'
