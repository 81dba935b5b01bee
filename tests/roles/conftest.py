"""The collection of this checkout where Ansible finds it, and one lab for all tests that need a platform."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playing import Player  # noqa: E402 - its imports need the line above

from tools.laboratory import running_lab  # noqa: E402 - as above
from tools.quick_ansible import write_configuration  # noqa: E402 - as above

LAB_OPTIONS = (
    *("--hosts", "2", "--gateways", "3", "--service-templates", "4", "--subscriptions", "12"),
    *(
        "--task-seconds",
        "0.1",
        "--instance-upgrade-seconds",
        "0.2",
        "--import-seconds",
        "0.2",
        "--setup-seconds",
        "0.2",
    ),
    *("--iisreset-seconds", "0.1", "--script-seconds", "0.05", "--max-seconds", "1800"),
)


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections folder with the collection as it is in the checkout now, and the tests' configuration."""
    folder = tmp_path_factory.mktemp("collections")
    (folder / "ansible_collections" / "odin").mkdir(parents=True)
    (folder / "ansible_collections" / "odin" / "office365").symlink_to(ROOT)
    write_configuration(folder, pipelining=False)
    return folder


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a lab that runs as long as the tests do."""
    folder = tmp_path_factory.mktemp("lab") / "lab"
    with running_lab(folder, LAB_OPTIONS):
        yield folder


@pytest.fixture
def here(collections: Path, tmp_path: Path) -> Player:
    """Runs roles on this machine."""
    return Player(collections, tmp_path, "localhost,")
