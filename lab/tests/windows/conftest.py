"""Labs with nothing but their endpoint hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from office365_lab.options import LabOptions
from windows_lab import Running, start

Starter = Callable[..., Running]


@pytest.fixture
def start_lab(tmp_path: Path) -> Iterator[Starter]:
    """Starts labs with the options that are given; short durations unless said otherwise."""
    running: list[Running] = []

    def begin(*, listen: bool = True, **options: Any) -> Running:
        chosen = {"setup_seconds": 0.05, "iisreset_seconds": 0.05, "hosts": 1, "gateways": 2, **options}
        running.append(start(tmp_path / f"lab{len(running)}", LabOptions(**chosen), listen=listen))
        return running[-1]

    yield begin
    for item in running:
        item.lab.stop()


@pytest.fixture
def running(start_lab: Starter) -> Running:
    """One host with two gateways and a dispatcher."""
    return start_lab()
