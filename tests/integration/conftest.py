"""Labs for the playbook, and the collection of this checkout where Ansible finds it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office365_lab.options import LabOptions

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from integration_lab import IntegrationLab, LabStarter  # noqa: E402 - its imports need the line above

from tools.checkout import copy_collection  # noqa: E402 - as above
from tools.quick_ansible import write_configuration  # noqa: E402 - as above


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections folder with the collection as it is in the checkout now, and the tests' configuration."""
    folder = tmp_path_factory.mktemp("collections")
    copy_collection(folder, leave_out=("lab/",))
    write_configuration(folder, pipelining=True)
    return folder


@pytest.fixture(scope="module")
def start_lab(collections: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabStarter]:
    """Starts labs with the options that are given; they end with the module."""
    running: list[IntegrationLab] = []

    def begin(**options: Any) -> IntegrationLab:
        running.append(IntegrationLab(tmp_path_factory.mktemp("lab") / "lab", collections, LabOptions(**options)))
        return running[-1]

    yield begin
    for lab in running:
        lab.down()


@pytest.fixture(scope="session")
def unused_port() -> Iterator[int]:
    """A port of the loopback address on which nothing listens, and nothing will while it is bound here."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
