"""The parts of ``make test``: what is run, in which folder, and for how long at most."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.checkout import BUILD, CACHE, ROOT

COLLECTION = CACHE / "ansible_collections" / "odin" / "office365"
PYTHON = (sys.executable, "-m")
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
RESULTS = BUILD / "test"


@dataclasses.dataclass(frozen=True)
class Part:
    """One part.

    ``junit`` is the file, or folder of files, in which a pytest run counts its tests; a part without it counts as one.
    ``static`` parts only read the sources. After ``seconds`` a part is ended and has failed. ``is_pytest`` parts can be
    asked for their failed tests alone.
    """

    name: str
    command: tuple[str, ...]
    static: bool = False
    cwd: Path = ROOT
    junit: Path | None = None
    seconds: float = 3600.0
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    is_pytest: bool = False


def pytest_part(name: str, *arguments: str, static: bool = False) -> Part:
    """A part that is a pytest run."""
    junit = RESULTS / f"{name}.xml"
    # A cache folder of its own, in which pytest remembers which tests failed: failed_part() asks for them.
    pytest = (*PYTHON, "pytest", "-q", "-ra", "-o", f"cache_dir={RESULTS / 'cache' / name}", f"--junitxml={junit}")
    return Part(name, (*pytest, *arguments), junit=junit, static=static, is_pytest=True)


def failed_part(part: Part) -> Part:
    """The part once more, with a log and a report of its own: the tests that failed, or all where it cannot choose."""
    name = f"{part.name}-again"
    if not part.is_pytest or part.junit is None:
        return dataclasses.replace(part, name=name)
    junit = part.junit.with_name(f"{name}.xml")
    kept = [word for word in part.command if not word.startswith("--junitxml=")]
    # where none is remembered (the run could not start, or was ended) pytest runs all
    return dataclasses.replace(part, name=name, command=(*kept, f"--junitxml={junit}", "--last-failed"), junit=junit)


# Tools that load the collection's plugins find them in the copy.
FIND_COLLECTION = {"ANSIBLE_COLLECTIONS_PATH": str(CACHE)}

LONG_ROLE_TESTS = ("csp_agent", "import_csp_subscriptions")
INTEGRATION_TESTS = sorted(path.stem.removeprefix("test_") for path in (ROOT / "tests/integration").glob("test_*.py"))

# Long parts first: some run at a time, and the short ones fill the gaps.
PARTS: tuple[Part, ...] = (
    pytest_part("roles", "tests/roles", *(f"--ignore=tests/roles/test_{name}.py" for name in LONG_ROLE_TESTS)),
    *(pytest_part(f"end-to-end-{name}", f"tests/integration/test_{name}.py") for name in INTEGRATION_TESTS),
    *(pytest_part(f"roles-{name}", f"tests/roles/test_{name}.py") for name in LONG_ROLE_TESTS),
    # One point of each of these kinds: killed around a task, in a call, with a call that goes on, beside a script.
    # "make chaos" tries them all.
    Part("chaos", (*PYTHON, "tools.chaos", "--sample", "4", "--seed", "1")),
    Part("molecule", ("molecule", "test", "--all"), cwd=COLLECTION / "extensions", environment=FIND_COLLECTION),
    Part("sanity", (*PYTHON, "tools.ansible_test", "sanity"), static=True),
    Part("units", (*PYTHON, "tools.ansible_test", "units"), junit=COLLECTION / "tests" / "output" / "junit"),
    Part(
        "ansible-lint",
        ("ansible-lint", "--strict", "--nocolor", "--format=pep8"),
        static=True,
        cwd=COLLECTION,
        environment=FIND_COLLECTION,
    ),
    Part("mypy", (*PYTHON, "tools.type_check"), static=True),
    Part("docs", ("antsibull-docs", "lint-collection-docs", "--plugin-docs", "."), static=True, cwd=COLLECTION),
    pytest_part("lab", "lab/tests"),
    pytest_part("tools", "tests/tools"),
    pytest_part("powershell", "tests/powershell", static=True),
    Part("artifact", (*PYTHON, "tools.artifact"), static=True),
    Part("ruff", ("ruff", "check", "."), static=True),
    Part("yamllint", ("yamllint", "--strict", "."), static=True),
    Part("changelog", ("antsibull-changelog", "lint"), static=True),
)


def select(only: str, parts: tuple[Part, ...] = PARTS) -> list[Part]:
    """The parts that ``only`` names: comma-separated names, ``static`` for all static ones, empty for all.

    Raises ``ValueError`` with the possible names where one is unknown.
    """
    words = [word.strip() for word in only.split(",") if word.strip()]
    unknown = set(words) - {part.name for part in parts} - {"static"}
    if unknown:
        names = ", ".join(sorted(part.name for part in parts))
        raise ValueError(
            f"no such part: {', '.join(sorted(unknown))}. The parts are {names}; static stands for all static ones."
        )
    return [part for part in parts if not words or part.name in words or (part.static and "static" in words)]
