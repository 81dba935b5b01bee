"""Build the checkout's ``.venv``, or leave it alone when it is complete and up to date.

Run by ``tools/bootstrap.sh``. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
INPUTS = ("requirements-dev.txt", "lab/pyproject.toml")
STAMP = "complete.sha256"


class VenvError(Exception):
    """Why there is no usable ``.venv``; the text says what to do."""


def fingerprint(checkout: Path, interpreter: str) -> str:
    """Hash of everything that ``.venv`` is made from.

    The folder is part of it because the scripts of a virtual environment hold absolute paths: a moved one is broken.
    """
    digest = hashlib.sha256(f"{checkout}\n{interpreter}\n".encode())
    for name in INPUTS:
        digest.update((checkout / name).read_bytes())
    return digest.hexdigest()


def is_current(venv: Path, expected: str) -> bool:
    """True when ``venv`` was built to its end from exactly these inputs and its Python still starts."""
    stamp = venv / STAMP
    if not stamp.is_file() or stamp.read_text(encoding="ascii").strip() != expected:
        return False
    try:
        return subprocess.run([venv / "bin" / "python", "-c", ""], check=False, capture_output=True).returncode == 0
    except OSError:  # a link to a Python that is gone
        return False


def require_venv_module() -> None:
    """Raise ``VenvError`` where this Python cannot make virtual environments (Debian ships it that way)."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise VenvError(
            f"{sys.executable} lacks {' and '.join(missing)}, so it cannot make a virtual environment.\n"
            f"Install what is missing (Debian, Ubuntu: apt install python{version}-venv), "
            "or name another Python: PYTHON=/path/to/python3.11 make ..."
        )


def run(command: Sequence[str | Path], log: Path) -> None:
    """Run one step with its output added to ``log``. Raises ``VenvError`` with that output where it fails."""
    with log.open("a", encoding="utf-8") as output:
        result = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
        raise VenvError(
            "\n".join(said)
            + f"\n\nThis step failed with exit code {result.returncode}: {' '.join(map(str, command))}\n"
            f"Its whole output is in {log}. Packages come from the package index that pip is set up for.\n"
            "Once the cause is gone, run make again: it builds .venv anew."
        )


def build_venv(
    interpreter: str | Path, venv: Path, installs: Sequence[Sequence[str | Path]], stamp: str, log: Path
) -> None:
    """Build ``venv`` from nothing with one ``pip install`` per element of ``installs``.

    The stamp comes last, so an interrupted build is never taken for a whole one. Raises ``VenvError``.
    """
    log.unlink(missing_ok=True)
    (venv / STAMP).unlink(missing_ok=True)
    run([interpreter, "-m", "venv", "--clear", venv], log)
    pip: list[str | Path] = [venv / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    for arguments in installs:
        run([*pip, "install", "--quiet", *arguments], log)
    run([*pip, "check"], log)
    (venv / STAMP).write_text(stamp + "\n", encoding="ascii")


@contextmanager
def only_one(checkout: Path) -> Iterator[None]:
    """Let two ``make`` at the same time build one after the other."""
    cache = checkout / ".cache"
    cache.mkdir(exist_ok=True)
    with (cache / "venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Exit code 0: ``.venv`` is there and complete."""
    venv = CHECKOUT / ".venv"
    stamp = fingerprint(CHECKOUT, sys.executable)
    try:
        with only_one(CHECKOUT):
            if is_current(venv, stamp):
                return 0
            if venv.is_symlink():
                raise VenvError(
                    f"{venv} is a symbolic link, and what it leads to ({venv.resolve()}) was not built for this\n"
                    "checkout. Building it here would empty that folder. Remove the link, and run make again: it\n"
                    "builds one of its own."
                )
            require_venv_module()
            version = sys.version.split()[0]
            print(f"Building .venv with {sys.executable} ({version}); this takes a minute or two ...", flush=True)
            installs: tuple[list[str | Path], ...] = (
                ["-r", CHECKOUT / "requirements-dev.txt"],
                ["--no-deps", "--no-build-isolation", "--editable", CHECKOUT / "lab"],
            )
            build_venv(sys.executable, venv, installs, stamp, CHECKOUT / ".cache" / "venv.log")
    except VenvError as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    print(".venv is ready.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
