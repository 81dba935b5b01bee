"""One platform for all tests of this folder; each test starts from its start state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from platform_lab import FAST, PlatformLab, running


@pytest.fixture(scope="session")
def shared_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformLab]:
    """A platform that is started once."""
    with running(tmp_path_factory.mktemp("platform"), FAST) as lab:
        yield lab


@pytest.fixture
def lab(shared_platform: PlatformLab) -> PlatformLab:
    """The platform in its start state, without planned faults, with an empty wire log."""
    shared_platform.faults.clear()
    if shared_platform.touched():
        shared_platform.platform.reset()
        shared_platform.written_by_hand = False
    shared_platform.layout.wire_log.unlink(missing_ok=True)
    return shared_platform
