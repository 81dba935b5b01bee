# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the unit tests: the scripted network and runs of modules on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from ansible_collections.odin.office365.plugins.module_utils._billing_client import BillingClient
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.tests.unit.plugins.running import LOGIN, run_module
from ansible_collections.odin.office365.tests.unit.plugins.wire import Wire

Run = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests counts."""
    for name in os.environ:
        if name.startswith(("OA_", "BILLING_API_")):
            monkeypatch.delenv(name)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The network: every request goes to the script, and the whole script has to be used up."""
    network = Wire()
    monkeypatch.setattr(requests.Session, "get_adapter", lambda _session, url: network)
    defaults = OaClient.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "sleep", network.sleep)
    monkeypatch.setitem(defaults, "clock", network.clock)
    monkeypatch.setitem(BillingClient.__init__.__kwdefaults__ or {}, "sleep", network.sleep)
    yield network
    assert network.missing == []


@pytest.fixture
def run(wire: Wire) -> Run:
    """``run(module name, check=..., diff=..., **options)`` with the login of the platform."""

    def start(module: str, /, *, check: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
        wire.check_mode = check
        return run_module(module, {**LOGIN, **options}, check=check, diff=diff)

    return start
