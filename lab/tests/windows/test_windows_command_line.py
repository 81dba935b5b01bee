"""Command lines: how cmd.exe, a batch file and powershell.exe take the setup's line apart."""

from __future__ import annotations

import pytest
from office365_lab.windows import command_line
from office365_lab.windows.command_line import Command, CommandLineError

VARIABLES = {"CD": "C:\\Users\\x", "PATH": "C:\\Windows", "NAME": "Contoso"}

AWKWARD = (
    "Office 365 Gateway",
    "it's",
    'say "hi" now',
    "A&B",
    "A && B",
    "a|b<c>d",
    "100%",
    "%PATH%",
    "%%PATH%%",
    "%cd:~,%",
    "a^b^^c",
    "(x)",
    "Hey!Hey!",
    "é ü ß",
    "日本 サイト",
    "a;b,c=d",
    'x" & del "y',
    "-Force",
    "$env:PATH `n",
)


def quoted(value: str) -> str:
    """As the collection writes a value: quotes doubled, percent signs kept from being a variable."""
    return '"' + value.replace('"', '""').replace("%", "%%cd:~,%") + '"'


def through_everything(line: str) -> list[str]:
    """The arguments that setup.ps1 gets from the line that Ansible starts."""
    program, rest = command_line.split_program(line)
    assert program == "cmd.exe"
    typed = command_line.expand_interactive(command_line.cmd_text(rest), VARIABLES)
    (only,) = command_line.split_commands(typed)
    script, arguments = command_line.split_program(only.text)
    text = 'powershell.exe -NoProfile -File "%~dp0setup.ps1" %*'
    (inner,) = command_line.split_commands(command_line.expand_batch(text, VARIABLES, script, arguments.lstrip()))
    return command_line.split_arguments(inner.text)[2:]


@pytest.mark.parametrize("value", AWKWARD)
def test_a_quoted_value_arrives_as_it_was(value: str) -> None:
    line = rf'cmd.exe /d /e:on /v:off /s /c ""C:\Program Files (x86)\o365\setup.cmd" -Name {quoted(value)} -Force"'
    assert through_everything(line) == ["-File", r"C:\Program Files (x86)\o365\setup.ps1", "-Name", value, "-Force"]


def test_naive_quoting_breaks() -> None:
    head = 'cmd.exe /s /c "setup.cmd -Name '
    typed = command_line.cmd_text(command_line.split_program(head + 'A&B"')[1])
    assert command_line.split_commands(typed) == [Command("setup.cmd -Name A"), Command("B", "&")]
    assert command_line.expand_interactive('-Name "%NAME%"', VARIABLES) == '-Name "Contoso"'
    assert command_line.split_commands("setup.cmd -Name a>b") == [
        Command("setup.cmd -Name a", redirections=((">", "b"),))
    ]
    assert command_line.split_commands("setup.cmd -Name a^b") == [Command("setup.cmd -Name ab")]
    # the Unix way of escaping a quote opens the line again
    assert len(command_line.split_commands('setup.cmd -Name "a\\" & del b"')) == 2


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("p a b", ["p", "a", "b"]),
        ('"p q" "a b" c', ["p q", "a b", "c"]),
        ('p "a""b c"', ["p", 'a"b c']),
        ('p a\\"b', ["p", 'a"b']),
        ('p "a\\\\" b', ["p", "a\\", "b"]),
        ('p "a\\\\\\"b"', ["p", 'a\\"b']),
        ("p C:\\a\\ b", ["p", "C:\\a\\", "b"]),
        ('p ""', ["p", ""]),
        ('p  \t x"y z"w ', ["p", "xy zw"]),
        ('p "open', ["p", "open"]),
        ("", [""]),
    ],
)
def test_arguments_are_split_as_the_c_runtime_does(line: str, arguments: list[str]) -> None:
    assert command_line.split_arguments(line) == arguments


@pytest.mark.parametrize("value", ["", "a", "a b", 'a"b', "a\\", "a b\\", 'a\\"b', "\\\\"])
def test_a_quoted_argument_comes_back(value: str) -> None:
    assert command_line.split_arguments("p " + command_line.quote_argument(value)) == ["p", value]


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        (' /c "C:\\a b\\x.cmd"', '"C:\\a b\\x.cmd"'),
        (' /s /c "C:\\a b\\x.cmd"', "C:\\a b\\x.cmd"),
        (' /c "C:\\a b\\x.cmd" "1"', 'C:\\a b\\x.cmd" "1'),
        (' /d /e:on /v:off /s /c ""x y.cmd" "1""', '"x y.cmd" "1"'),
        (" /C dir", "dir"),
        (' /c "open', "open"),
    ],
)
def test_cmd_takes_the_outer_quotes_off(rest: str, text: str) -> None:
    assert command_line.cmd_text(rest) == text


@pytest.mark.parametrize("rest", ["", " dir", " /k dir", " /v:on /c dir", " /e:off /c dir"])
def test_cmd_lines_that_are_not_imitated_are_refused(rest: str) -> None:
    with pytest.raises(CommandLineError):
        command_line.cmd_text(rest)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%NAME%", "Contoso"),
        ("%name%", "Contoso"),
        ("%NOBODY%", "%NOBODY%"),
        ("%%NAME%%", "%Contoso%"),
        ("%cd:~,%", ""),
        ("%%cd:~,%NAME%%cd:~,%", "%NAME%"),
        ("%NAME:~0,3%", "Con"),
        ("%NAME:~-3%", "oso"),
        ("%NAME:~2%", "ntoso"),
        ("%NAME:~1,-1%", "ontos"),
        ("%NAME:o=0%", "C0nt0s0"),
        ("50% of 100%", "50% of 100%"),
    ],
)
def test_percent_signs_on_a_command_line(text: str, expanded: str) -> None:
    assert command_line.expand_interactive(text, VARIABLES) == expanded


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("a %* b", 'a "1 2" %NAME% b'),
        ("%~dp0x", "C:\\a b\\x"),
        ("%~nx0 %~f0 %0", "y.cmd C:\\a b\\y.cmd C:\\a b\\y.cmd"),
        ("%1 %~1 %2 %3", '"1 2" 1 2 %NAME% '),
        ("%NAME% %NOBODY%", "Contoso "),
        ("100%%", "100%"),
        ("exit /b %ERRORLEVEL%", "exit /b "),
    ],
)
def test_percent_signs_in_a_batch_file(text: str, expanded: str) -> None:
    assert command_line.expand_batch(text, VARIABLES, "C:\\a b\\y.cmd", '"1 2" %NAME%') == expanded


def test_commands_and_their_operators() -> None:
    assert command_line.split_commands('a "x & y" && b || c & d 2>&1 | e >>"f g" <h') == [
        Command('a "x & y"'),
        Command("b", "&&"),
        Command("c", "||"),
        Command("d 2", "&", ((">&", "1"),)),
        Command("e", "|", ((">>", "f g"), ("<", "h"))),
    ]


@pytest.mark.parametrize("line", ["a &", "& a", "a &&& b", "(a)", "a >", "a | | b"])
def test_lines_that_cmd_refuses(line: str) -> None:
    with pytest.raises(CommandLineError):
        command_line.split_commands(line)
