"""How Windows takes a command line apart. Pure: nothing is run here.

Three readers follow one another when Ansible runs ``cmd.exe /c ""C:\\x\\setup.cmd" ..."``: cmd.exe reads its own line,
reads the line of the batch file with ``%*`` put in, and powershell.exe splits what it gets into arguments.
"""

from __future__ import annotations

import ntpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

_SPECIAL = frozenset("&<>()@^|")
_OPERATORS = ("&&", "||", "&", "|")


class CommandLineError(ValueError):
    """cmd.exe would refuse the line, or the lab does not imitate what it asks for."""


def split_arguments(line: str) -> list[str]:
    """The arguments of a program, by the rules of the C runtime since 2008 (the program itself is the first).

    ``""`` inside quotes is one quote and the text stays quoted; ``2n`` backslashes before a quote are ``n``.
    """
    program, rest = split_program(line)
    arguments: list[str] = [program]
    at = 0
    while True:
        while at < len(rest) and rest[at] in " \t":
            at += 1
        if at >= len(rest):
            return arguments
        argument, at = _argument(rest, at)
        arguments.append(argument)


def _argument(text: str, at: int) -> tuple[str, int]:
    result = ""
    quoted = False
    while at < len(text) and (quoted or text[at] not in " \t"):
        if text[at] == "\\":
            end = at
            while end < len(text) and text[end] == "\\":
                end += 1
            count, at = end - at, end
            if at < len(text) and text[at] == '"':
                result += "\\" * (count // 2)
                if count % 2:
                    result += '"'
                    at += 1
            else:
                result += "\\" * count
        elif text[at] == '"':
            if quoted and text[at + 1 : at + 2] == '"':
                result += '"'
                at += 2
            else:
                quoted = not quoted
                at += 1
        else:
            result += text[at]
            at += 1
    return result, at


def split_program(line: str) -> tuple[str, str]:
    """The program of a line (quotes taken off) and the rest with its leading blanks, as CreateProcess sees them."""
    text = line.lstrip(" \t")
    if text.startswith('"'):
        end = text.find('"', 1)
        return (text[1:], "") if end < 0 else (text[1:end], text[end + 1 :])
    found = re.match(r"[^ \t]*", text)
    program = found.group() if found else ""
    return program, text[len(program) :]


def quote_argument(argument: str) -> str:
    """An argument quoted so that :func:`split_arguments` gives it back."""
    if argument and not re.search(r'[\s"]', argument):
        return argument
    escaped = re.sub(r'(\\*)"', lambda found: found.group(1) * 2 + '\\"', argument)
    return '"' + re.sub(r"(\\+)$", lambda found: found.group(1) * 2, escaped) + '"'


def cmd_text(rest: str) -> str:
    """The command in the arguments of cmd.exe: switches are read, the outer quotes taken off.

    Raises :class:`CommandLineError` where there is no ``/c``, or for ``/v:on`` and ``/e:off``, which the lab lacks.
    """
    strip_always = False
    text = rest
    while found := re.match(r"\s*/(\w)(:\w+)?", text):
        switch, value = found.group(1).lower(), (found.group(2) or "").lower()
        text = text[found.end() :]
        if switch == "s":
            strip_always = True
        elif (switch, value) in (("v", ":on"), ("e", ":off")):
            raise CommandLineError(f"cmd.exe /{switch}{value} is not imitated")
        elif switch in ("c", "r"):
            return _without_outer_quotes(text.lstrip(" \t"), strip_always)
        elif switch not in "dqauevf":
            break
    raise CommandLineError("cmd.exe without /c would wait for input")


def _without_outer_quotes(text: str, always: bool) -> str:
    if not text.startswith('"'):
        return text
    inner = text[1 : text.rfind('"')] if text.count('"') > 1 else ""
    plain = text.count('"') == 2 and not _SPECIAL & set(inner) and re.search(r"\s", inner) is not None
    if plain and not always and re.search(r"\.(exe|cmd|bat|com)$", inner, re.IGNORECASE):
        return text
    last = text.rfind('"')
    return text[1:last] + text[last + 1 :] if last > 0 else text[1:]


def expand_interactive(text: str, variables: Mapping[str, str]) -> str:
    """``%NAME%`` in a line given to ``cmd /c``: an unknown name stays as it is, and ``%%`` means nothing.

    ``variables`` has upper-case keys. ``%cd:~,%`` is a piece of length 0 and so vanishes.
    """
    result = ""
    at = 0
    while at < len(text):
        found = re.compile(r"%([^%:=\s][^%:=]*)(:[^%]+)?%").match(text, at)
        value = None if found is None else variables.get(found.group(1).upper())
        if found is None or value is None:
            result += text[at]
            at += 1
        else:
            result += _modified(value, found.group(2))
            at = found.end()
    return result


def expand_batch(line: str, variables: Mapping[str, str], script: str, arguments: str) -> str:
    """``%`` in a line of a batch file: ``%*``, ``%0`` to ``%9``, ``%~dp0``, ``%%``; an unknown name becomes nothing.

    What is put in is not searched for ``%`` again.
    """
    words = [script, *batch_words(arguments)]

    def replace(found: re.Match[str]) -> str:
        body = found.group()[1:]
        if body == "%":
            return "%"
        if body == "*":
            return arguments
        numbered = re.fullmatch(r"(~[a-z]*)?(\d)", body, re.IGNORECASE)
        if numbered is not None:
            number = int(numbered.group(2))
            return _word(words[number] if number < len(words) else "", numbered.group(1))
        named = re.fullmatch(r"([^%:=]+)(:[^%]+)?%", body)
        if named is None:
            return ""
        value = variables.get(named.group(1).upper())
        return "" if value is None else _modified(value, named.group(2))

    return re.sub(r"%(?:%|\*|~?[a-zA-Z]*\d|~[a-zA-Z]*\d|[^%\s][^%]*%|)", replace, line)


def batch_words(arguments: str) -> list[str]:
    """``%1``, ``%2`` ...: split at blanks, commas, semicolons and equals signs outside quotes; quotes stay."""
    return re.findall(r'(?:"[^"]*"?|[^\s,;="])+', arguments)


def _word(word: str, modifier: str | None) -> str:
    if modifier is None:
        return word
    plain = word.strip('"')
    drive, rest = ntpath.splitdrive(plain)
    folder, name = ntpath.split(rest)
    stem, suffix = ntpath.splitext(name)
    parts = {"d": drive, "p": folder.rstrip("\\") + "\\", "n": stem, "x": suffix, "f": plain}
    letters = modifier[1:].lower()
    unknown = set(letters) - set(parts)
    if unknown:
        raise CommandLineError(f"%{modifier} is not imitated")
    return "".join(parts[letter] for letter in letters) if letters else plain


def _modified(value: str, modifier: str | None) -> str:
    if not modifier:
        return value
    piece = re.fullmatch(r":~(-?\d*)(,(-?\d*))?", modifier)
    if piece is not None:
        start = int(piece.group(1) or 0)
        begin = max(0, len(value) + start) if start < 0 else start
        if piece.group(2) is None:
            return value[begin:]
        length = int(piece.group(3) or 0)
        return value[begin : begin + length] if length >= 0 else value[begin:length]
    old, _, new = modifier[1:].partition("=")
    return re.sub(re.escape(old), lambda _found: new, value, flags=re.IGNORECASE)


@dataclass(frozen=True)
class Command:
    """One command of a line. ``operator`` joins it to the one before: ``""`` (the first), ``&``, ``&&``, ``||``, ``|``.

    ``redirections`` are (operator, file) pairs such as ``(">", "out.txt")``.
    """

    text: str
    operator: str = ""
    redirections: tuple[tuple[str, str], ...] = ()


def split_commands(line: str) -> list[Command]:
    """What cmd.exe makes of a line after percent expansion: quotes protect, ``^`` protects one character outside them.

    Raises :class:`CommandLineError` for a line that cmd.exe refuses, and for blocks in parentheses.
    """
    reader = _CommandReader(line)
    commands = reader.read()
    if any(not command.text and not command.redirections for command in commands):
        raise CommandLineError(f"a command is missing in: {line}")
    return commands


class _CommandReader:
    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0
        self._commands: list[Command] = []
        self._text = ""
        self._operator = ""
        self._redirections: list[tuple[str, str]] = []

    def read(self) -> list[Command]:
        quoted = False
        while self._at < len(self._line):
            character = self._line[self._at]
            if quoted or character not in '^&|<>("':
                quoted = quoted != (character == '"')
                self._text += character
                self._at += 1
            elif character == '"':
                quoted = True
                self._text += character
                self._at += 1
            elif character == "^":
                self._text += self._line[self._at + 1 : self._at + 2]
                self._at += 2
            elif character in "<>":
                self._redirect()
            elif character == "(":
                if not self._text.strip():
                    raise CommandLineError("blocks in parentheses are not imitated")
                self._text += character
                self._at += 1
            else:
                self._next()
        self._finish()
        return self._commands

    def _next(self) -> None:
        self._finish()
        self._operator = next(item for item in _OPERATORS if self._line.startswith(item, self._at))
        self._at += len(self._operator)

    def _finish(self) -> None:
        self._commands.append(Command(self._text.strip(), self._operator, tuple(self._redirections)))
        self._text, self._redirections = "", []

    def _redirect(self) -> None:
        found = re.compile(r'(>>|>&|>|<&|<)\s*("[^"]*"?|[^\s&|<>()^"]*)').match(self._line, self._at)
        if found is None or not found.group(2):
            raise CommandLineError("a redirection without file")
        self._redirections.append((found.group(1), found.group(2).strip('"')))
        self._at = found.end()
