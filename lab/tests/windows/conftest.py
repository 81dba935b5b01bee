"""Labs with nothing but their endpoint hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from office365_lab.options import LabOptions
from office365_lab.windows.host import Host
from windows_lab import Running, start

Starter = Callable[..., Running]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "lab_options(**options): what `running` starts its lab with")


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
def running(request: pytest.FixtureRequest, start_lab: Starter) -> Running:
    """One host with two gateways and a dispatcher; the marker ``lab_options`` gives other options."""
    marker = request.node.get_closest_marker("lab_options")
    return start_lab(**(marker.kwargs if marker else {}))


@pytest.fixture
def host(running: Running) -> Host:
    return running.host
