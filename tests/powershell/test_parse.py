"""Every PowerShell file of ours parses. A gate against slips, not a proof: nothing here runs PowerShell."""

from __future__ import annotations

from pathlib import Path

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((*ROOT.glob("roles/**/*.ps1"), *ROOT.glob("plugins/**/*.ps1"), *ROOT.glob("lab/src/**/*.ps1")))
PARSER = Parser(Language(tree_sitter_powershell.language()))


def syntax_errors(source: bytes) -> list[str]:
    """Positions of what the parser does not accept, as ``line:column``; empty where all is well."""
    found: list[str] = []
    waiting: list[Node] = [PARSER.parse(source).root_node]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append(f"{node.start_point[0] + 1}:{node.start_point[1] + 1}")
        elif node.has_error:
            waiting.extend(reversed(node.children))
    return found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_script_parses(script: Path) -> None:
    assert syntax_errors(script.read_bytes()) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_script_is_plain_ascii(script: Path) -> None:
    """Windows PowerShell 5.1 reads a file without a byte order mark in the machine's code page."""
    assert script.read_bytes().isascii()


@pytest.mark.parametrize(
    "source",
    [
        b"if ($true) { 'open",
        b"function f { param([string]$a) $a",
        b"$x = @{ a = 1; b = }",
        b"Get-Item 'C:\\' |",
        b"$a = $b ? 1 : 2",  # PowerShell 7 only
        b"$a ?? 'default'",  # PowerShell 7 only
    ],
)
def test_the_gate_catches_what_5_1_would_refuse(source: bytes) -> None:
    assert syntax_errors(source) != []


def test_the_gate_accepts_ordinary_5_1() -> None:
    assert (
        syntax_errors(b"param([string[]]$Path)\nforeach ($p in $Path) { Get-Item -LiteralPath $p | Unblock-File }\n")
        == []
    )


def test_there_is_something_to_judge() -> None:
    assert SCRIPTS
