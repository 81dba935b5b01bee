"""Build the collection's artifact, install it, and judge what is in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tools.checkout import BUILD, ROOT, environment

# What a user of the collection needs; everything else in the artifact needs a reason to be added here.
EXPECTED = re.compile(
    r"(MANIFEST\.json|FILES\.json|LICENSE|README\.md|CHANGELOG\.md|CONTRIBUTING\.md|requirements\.(txt|yml)"
    r"|meta/.+|plugins/.+|roles/.+|playbooks/.+|docs/.+|changelogs/(config|changelog)\.yaml)"
)
REQUIRED = ("LICENSE", "README.md", "CHANGELOG.md", "meta/runtime.yml", "playbooks/upgrade_syndication.yml")


def build_artifact(folder: Path) -> Path:
    """Build the collection of this checkout into the emptied ``folder``; returns the archive's path."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(
        ["ansible-galaxy", "collection", "build", "--output-path", folder, ROOT],
        env=environment(),
        check=True,
        stdin=subprocess.DEVNULL,
    )
    (archive,) = folder.glob("*.tar.gz")
    return archive


def install_artifact(archive: Path, collections: Path) -> None:
    """Install ``archive`` into the emptied folder ``collections`` without asking any server."""
    shutil.rmtree(collections, ignore_errors=True)
    subprocess.run(
        ["ansible-galaxy", "collection", "install", archive, "-p", collections, "--no-deps", "--offline", "--force"],
        env=environment(ANSIBLE_COLLECTIONS_PATH=str(collections)),
        check=True,
        stdin=subprocess.DEVNULL,
    )


def content_problems(names: list[str]) -> list[str]:
    """What is wrong with an artifact that holds the files ``names``; empty where it is right."""
    return [f"does not belong into the artifact: {name}" for name in names if not EXPECTED.fullmatch(name)] + [
        f"is missing from the artifact: {name}" for name in REQUIRED if name not in names
    ]


def main() -> int:
    """Build the artifact and check its content; exit code 1 where something is wrong."""
    archive = build_artifact(BUILD / "artifact")
    with tarfile.open(archive) as content:
        names = [member.name for member in content if member.isfile()]
    problems = content_problems(names)
    print("\n".join(problems) or f"{archive.name}: {len(names)} files, all of them expected")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
