# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines for batch files, read back by the rules of cmd.exe and of the C runtime."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.odin.office365.plugins.filter.batch_command_line import FilterModule
from ansible_collections.odin.office365.plugins.plugin_utils._windows_command_line import batch_command_line

HEAD = 'cmd.exe /d /e:on /v:off /s /c "'
VALUES = [
    "plain",
    "",
    "Office 365 Gateway 01",
    'say "hello" now',
    '"',
    '""',
    'ends with quote"',
    "a & b | c < d > e ^ f",
    "(brackets) and, commas; equals=",
    "100%",
    "%PATH%",
    "%%",
    "bang! !PATH!",
    "C:\\inetpub\\wwwroot",
    "C:\\folder\\",
    "\\\\server\\share\\\\",
    'back\\"slash and quote\\\\"',
    "B\u00fcro \u65e5\u672c \U0001f600",
    "' single `back $dollar",
]


def through_cmd(line: str) -> str:
    """What a batch file gets as ``%*`` after cmd.exe has read the line."""
    assert line.startswith(HEAD)
    assert line.endswith('"')
    text = line[len(HEAD) : -1]
    # an expansion of nothing; a percent sign that is left has no partner
    expanded = text.replace("%cd:~,%", "")
    quoted = False
    for letter in expanded:
        quoted ^= letter == '"'
        assert quoted or letter not in "&|<>()^%!", f"{letter!r} is outside quotes"
    assert not quoted
    return expanded


def arguments(text: str) -> list[str]:
    """The arguments as the C runtime of Windows takes them apart."""
    found: list[str] = []
    current, quoted, started, place = "", False, False, 0
    while place < len(text):
        slashes = len(text[place:]) - len(text[place:].lstrip("\\"))
        place += slashes
        letter = text[place : place + 1]
        if letter == '"':
            current += "\\" * (slashes // 2)
            started = True
            if slashes % 2:
                current += '"'
            elif quoted and text[place + 1 : place + 2] == '"':
                current += '"'
                place += 1
            else:
                quoted = not quoted
        else:
            current += "\\" * slashes
            if letter in (" ", "") and not quoted:
                if started or current:
                    found.append(current)
                current, started = "", False
            else:
                current += letter
        place += 1
    if started or current:
        found.append(current)
    return found


@pytest.mark.parametrize("value", VALUES)
def test_every_value_arrives_as_it_is(value: str) -> None:
    parameters = [{"name": "-GatewaySiteName", "value": value}, {"name": "-Force"}]
    line = batch_command_line("C:\\a folder\\setup.cmd", parameters)
    assert arguments(through_cmd(line)) == ["C:\\a folder\\setup.cmd", "-GatewaySiteName", value, "-Force"]


def test_all_values_together() -> None:
    rows = [{"name": f"-P{number}", "value": value} for number, value in enumerate(VALUES)]
    words = arguments(through_cmd(batch_command_line("setup.cmd", rows)))
    assert words[2::2] == VALUES


def test_the_documented_form() -> None:
    line = batch_command_line("C:\\x\\setup.cmd", [{"name": "-A", "value": 'b "c" 5%'}, {"name": "-Force"}])
    assert line == HEAD + '"C:\\x\\setup.cmd" -A "b ""c"" 5%%cd:~,%" -Force"'


@pytest.mark.parametrize("letter", ["\n", "\r", "\0", "\t", "\x1b", "\x7f"])
def test_control_characters_are_refused(letter: str) -> None:
    with pytest.raises(ValueError, match="line break or a control character"):
        batch_command_line("setup.cmd", [{"name": "-A", "value": f"a{letter}b"}])


@pytest.mark.parametrize("name", ["A", "-", "-A B", '-A"', "-A&B", "--A", "-1", ""])
def test_only_names_of_parameters_are_written_without_quotes(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a parameter"):
        batch_command_line("setup.cmd", [{"name": name, "value": "x"}])


def test_the_filter_says_which_file() -> None:
    with pytest.raises(AnsibleFilterError, match=r"command line of setup\.cmd"):
        FilterModule().filters()["batch_command_line"]("setup.cmd", [{"name": "x"}])
