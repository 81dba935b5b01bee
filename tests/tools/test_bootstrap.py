"""What a person sees whose machine lacks something that ``make`` needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.checkout import ROOT


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder that is the whole PATH: the few shell tools that the scripts need, and what a test adds."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "bash", "dirname", "env"):
        for parent in os.environ["PATH"].split(os.pathsep):
            if (Path(parent) / name).exists():
                (folder / name).symlink_to(Path(parent) / name)
                break
    return folder


def add_command(folder: Path, name: str, text: str) -> None:
    """An executable shell script ``name``."""
    path = folder / name
    path.write_text(f"#!{folder}/sh\n{text}\n", encoding="ascii")
    path.chmod(0o755)


def bootstrap(commands: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tools/bootstrap.sh where ``commands`` is all there is."""
    env = {"PATH": str(commands), "HOME": str(commands), **environment}
    return subprocess.run(
        [str(commands / "sh"), str(ROOT / "tools" / "bootstrap.sh")],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def old_python(version: str) -> str:
    """A stand-in for a Python of an unsuitable version: it names itself and fails the test of its version."""
    return f'case "$1" in --version) echo "Python {version}" ;; *) exit 1 ;; esac'


def test_no_python_at_all(commands: Path) -> None:
    result = bootstrap(commands)
    assert result.returncode == 1
    assert "no suitable Python" in result.stderr
    assert "found: none" in result.stderr
    assert "apt install python3.11" in result.stderr


def test_python_too_old_is_named_with_its_version(commands: Path) -> None:
    add_command(commands, "python3", old_python("3.9.18"))
    result = bootstrap(commands)
    assert result.returncode == 1
    assert "found: python3 (Python 3.9.18)." in result.stderr
    assert "PYTHON=/path/to/python3.11 make" in result.stderr


def test_python_too_new_is_refused_as_well(commands: Path) -> None:
    add_command(commands, "python", old_python("3.15.0"))
    assert "found: python (Python 3.15.0)." in bootstrap(commands).stderr


def test_command_that_does_not_work_is_passed_over(commands: Path) -> None:
    """Version managers leave such stubs on PATH."""
    add_command(commands, "python3.11", "echo 'command not found' >&2; exit 127")
    add_command(commands, "python3", old_python("3.8.1"))
    result = bootstrap(commands)
    assert "found: python3 (Python 3.8.1)." in result.stderr
    assert "command not found" not in result.stderr


def test_suitable_python_is_found_behind_a_broken_one(commands: Path) -> None:
    add_command(commands, "python3.11", "exit 127")
    report = commands / "report"
    add_command(
        commands,
        "python3.12",
        f'case "$1" in --version) echo "Python 3.12.1" ;; -c) echo "{commands}/real" ;; esac',
    )
    add_command(commands, "real", f'echo "$@" > {report}')
    assert bootstrap(commands).returncode == 0
    assert report.read_text(encoding="utf-8").strip() == f"{ROOT}/tools/make_venv.py"


def test_named_python_wins(commands: Path) -> None:
    add_command(commands, "python3.11", "exit 3")
    add_command(commands, "mine", old_python("3.10.1"))
    result = bootstrap(commands, PYTHON=str(commands / "mine"))
    assert f"found: {commands}/mine (Python 3.10.1)." in result.stderr


def test_python_without_venv(commands: Path, tmp_path: Path) -> None:
    """Debian's Python without the package python3.11-venv lacks ensurepip."""
    checkout = small_checkout(tmp_path)
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'ensurepip' else find(name, *rest)\n",
        encoding="ascii",
    )
    result = make_venv(checkout, PYTHONPATH=str(blocker))
    assert result.returncode == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert "lacks ensurepip" in result.stderr
    assert f"apt install python{version}-venv" in result.stderr
    assert not (checkout / ".venv").exists()


def test_a_linked_venv_is_not_emptied(tmp_path: Path) -> None:
    checkout = small_checkout(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").touch()
    (checkout / ".venv").symlink_to(other)
    result = make_venv(checkout)
    assert result.returncode == 1
    assert f"is a symbolic link, and what it leads to ({other})" in result.stderr
    assert "Remove the link, and run make again" in result.stderr
    assert (other / "kept").exists()


def test_missing_make_in_ci(commands: Path) -> None:
    result = subprocess.run(
        [str(commands / "bash"), str(ROOT / ".ci" / "run")],
        env={"PATH": str(commands)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "make is not installed" in result.stderr
    assert "apt install make" in result.stderr


def test_makefile_needs_no_particular_make() -> None:
    """No make is too old for it: it uses nothing beyond POSIX, so no functions, conditionals or special assignments."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    beyond = re.compile(
        r"^\s*-?(ifn?eq|ifn?def|endif|else|include|define|export|override|vpath)\b|[:?+!]=|\$\((?!PY\b|ONLY\b|ROWS\b|ARGS\b)",
        re.M,
    )
    assert beyond.findall(makefile) == []


def test_help_is_the_default_target() -> None:
    result = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory"], capture_output=True, text=True, check=True
    )
    for target in ("demo", "test", "lint", "matrix", "bench", "chaos", "venv", "clean"):
        assert f"make {target} " in result.stdout


def small_checkout(tmp_path: Path) -> Path:
    """A checkout whose .venv needs nothing from a package index."""
    checkout = tmp_path / "checkout"
    (checkout / "tools").mkdir(parents=True)
    (checkout / "tools" / "make_venv.py").write_bytes((ROOT / "tools" / "make_venv.py").read_bytes())
    (checkout / "requirements-dev.txt").write_text("# nothing\n", encoding="ascii")
    (checkout / "lab").mkdir()
    (checkout / "lab" / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n', encoding="ascii"
    )
    (checkout / "lab" / "backend.py").write_text(BACKEND, encoding="ascii")
    return checkout


# The least that pip accepts as an editable installation: a wheel made with the standard library
BACKEND = """
import zipfile

METADATA = "Metadata-Version: 2.1\\nName: small\\nVersion: 1\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def build_editable(folder, settings=None, metadata=None):
    name = "small-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("small-1.dist-info/METADATA", METADATA)
        wheel.writestr("small-1.dist-info/WHEEL", WHEEL)
        wheel.writestr("small-1.dist-info/RECORD", "")
    return name
"""


def make_venv(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the checkout's own make_venv.py."""
    return subprocess.run(
        [sys.executable, str(checkout / "tools" / "make_venv.py")],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_venv_is_built_once_and_again_when_an_input_changes(tmp_path: Path) -> None:
    checkout = small_checkout(tmp_path)
    first = make_venv(checkout)
    assert first.returncode == 0, first.stderr
    assert ".venv is ready." in first.stdout
    (checkout / ".venv" / "kept").touch()

    assert make_venv(checkout).stdout == ""
    assert (checkout / ".venv" / "kept").exists()

    (checkout / "requirements-dev.txt").write_text("# changed\n", encoding="ascii")
    assert ".venv is ready." in make_venv(checkout).stdout
    assert not (checkout / ".venv" / "kept").exists()


def test_unfinished_venv_is_not_reused(tmp_path: Path) -> None:
    checkout = small_checkout(tmp_path)
    (checkout / "requirements-dev.txt").write_text(f"{tmp_path}/no-such-package.whl\n", encoding="ascii")
    failed = make_venv(checkout)
    assert failed.returncode == 1
    assert "no-such-package.whl" in failed.stderr
    assert "run make again" in failed.stderr
    assert (checkout / ".venv" / "bin" / "python").exists()

    (checkout / "requirements-dev.txt").write_text("# nothing\n", encoding="ascii")
    assert ".venv is ready." in make_venv(checkout).stdout


def test_venv_with_a_python_that_is_gone_is_rebuilt(tmp_path: Path) -> None:
    checkout = small_checkout(tmp_path)
    assert make_venv(checkout).returncode == 0
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(tmp_path / "gone")
    assert ".venv is ready." in make_venv(checkout).stdout
    assert subprocess.run([str(python), "-c", ""], check=False).returncode == 0
