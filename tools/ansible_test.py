"""Run ``ansible-test sanity`` or ``ansible-test units`` on the copy of the collection, on any machine.

ansible-test builds virtual environments, and first it fetches a script that puts pip into them from a host of the
Ansible project. Where that host cannot be reached, a script of the same effect takes its place in ansible-test's cache.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tools.checkout import environment
from tools.parts import COLLECTION, PYTHON_VERSION

# The one that ansible-test 2.19 asks for; with another ansible-core, its own message names the file that it looks for.
PIP_VERSION = "24.2"
BOOTSTRAP_URL = f"https://ci-files.testing.ansible.com/ansible-test/get-pip-{PIP_VERSION}.py"
BOOTSTRAP = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{PIP_VERSION.replace('.', '_')}.py"

# ensurepip runs in a process of its own: in the same one it would switch pip's configuration off for what follows.
STAND_IN = '''"""Puts pip into a new virtual environment. Written by odin.office365 where the original cannot be had."""
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
packages = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
if packages:
    subprocess.check_call([sys.executable, "-m", "pip", "install", *packages])
'''


def provide_bootstrap(path: Path = BOOTSTRAP, url: str = BOOTSTRAP_URL) -> None:
    """Put the bootstrap script into ansible-test's cache: the original, or the stand-in where it cannot be had."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - a constant https address
            content = answer.read()
    except (urllib.error.URLError, OSError) as error:
        print(f"{url} cannot be reached ({error}); a stand-in is used", flush=True)
        content = STAND_IN.encode()
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def main() -> int:
    """The exit code of ansible-test."""
    parser = argparse.ArgumentParser(description="Run ansible-test on the copy of the collection.")
    parser.add_argument("command", choices=("sanity", "units"))
    command = parser.parse_args().command
    provide_bootstrap()
    return subprocess.run(
        ["ansible-test", command, "--python", PYTHON_VERSION, "--color", "no"],
        cwd=COLLECTION,
        env=environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
