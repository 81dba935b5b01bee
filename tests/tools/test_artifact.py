"""What may be in the artifact, and what the copy of the collection holds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.artifact import REQUIRED, content_problems
from tools.checkout import copy_collection, environment, source_files


def test_complete_artifact_has_no_problems() -> None:
    assert content_problems([*REQUIRED, "roles/endpoint/tasks/main.yml", "plugins/modules/oa_info.py"]) == []


@pytest.mark.parametrize(
    "stray", ["lab/src/office365_lab/cli.py", "tests/unit/test_x.py", "tools/demo.py", ".ci/run", "Makefile", "build/x"]
)
def test_stray_file_is_named(stray: str) -> None:
    assert content_problems([*REQUIRED, stray]) == [f"does not belong into the artifact: {stray}"]


def test_missing_file_is_named() -> None:
    assert content_problems([name for name in REQUIRED if name != "LICENSE"]) == [
        "is missing from the artifact: LICENSE"
    ]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with a committed, an uncommitted, an ignored and a deleted file, and one of the lab."""
    root = tmp_path / "repository"
    (root / "lab").mkdir(parents=True)
    for name in ("committed", "deleted", "lab/part"):
        (root / name).write_text(name, encoding="ascii")
    (root / ".gitignore").write_text("ignored\n", encoding="ascii")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    (root / "deleted").unlink()
    for name in ("uncommitted", "ignored"):
        (root / name).write_text(name, encoding="ascii")
    return root


def test_copy_holds_what_git_would_take(repository: Path, tmp_path: Path) -> None:
    stale = tmp_path / "ansible_collections" / "odin" / "office365" / "stale"
    stale.parent.mkdir(parents=True)
    stale.touch()
    copy = copy_collection(tmp_path, leave_out=("lab/",), root=repository)
    found = sorted(str(path.relative_to(copy)) for path in copy.iterdir())
    assert found == [".git", ".gitignore", "committed", "uncommitted"]
    assert sorted(source_files(copy)) == [".gitignore", "committed", "uncommitted"]


def test_source_files_of_this_checkout() -> None:
    names = source_files()
    assert "galaxy.yml" in names
    assert not [name for name in names if name.startswith((".venv", "build/", ".cache/", ".lab"))]


def test_environment_is_free_of_the_persons_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_CONFIG", "/home/me/ansible.cfg")
    monkeypatch.setenv("OA_API_PASSWORD", "mine")
    monkeypatch.setenv("KEPT", "yes")
    env = environment(ANSIBLE_HOME="ours")
    assert "ANSIBLE_CONFIG" not in env
    assert "OA_API_PASSWORD" not in env
    assert (env["KEPT"], env["ANSIBLE_HOME"]) == ("yes", "ours")
