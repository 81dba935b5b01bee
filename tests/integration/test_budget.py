"""What one more gateway site, endpoint host, service template and subscription costs stays within budget.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration_lab import LabStarter, Run
from test_procedures import QUICK, done

from tools.upgrade import CONFIRMATION

BUDGET: Mapping[str, Mapping[str, int]] = yaml.safe_load(
    Path(__file__).with_name("budget.yml").read_text(encoding="utf-8")
)
TEMPLATES, SUBSCRIPTIONS = 4, 30
# iis01 has two gateway sites, iis02 has one
SIZE: dict[str, Any] = {
    **QUICK,
    "hosts": 2,
    "gateways": 3,
    "service_templates": TEMPLATES,
    "subscriptions": SUBSCRIPTIONS,
}
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)", re.MULTILINE)
_OF_TEMPLATES = (
    "pem.getServiceTemplate",
    "pem.activateST",
    "pem.deactivateST",
    "pem.addResourceTypeToServiceTemplate",
    "pem.setSTRTLimits",
)
_OF_SUBSCRIPTIONS = ("pem.getSubscription", "pem.setResourceTypeLimits", "pem.addResourceTypeToSubscription")


@pytest.fixture(scope="module")
def measured(start_lab: LabStarter) -> dict[str, dict[str, float]]:
    """The figures of the budget, counted in one run."""
    lab = start_lab(**SIZE)
    run = done(lab.run(office365_confirm=CONFIRMATION))
    subscriptions = len(lab.state()["subscriptions"])
    tasks, operations = dict(tasks_of(run)), winrm_operations(run)
    methods = [line["call"] for line in run.calls if line["channel"] == "public_api"]
    return {
        "gateway_site": {
            "tasks": tasks["iis01"] - tasks["iis02"],
            "winrm_operations": operations["iis01"] - operations["iis02"],
        },
        "endpoint_host": {"tasks": tasks["iis02"], "winrm_operations": operations["iis02"]},
        "service_template": {"api_calls": sum(name in _OF_TEMPLATES for name in methods) / TEMPLATES},
        "subscription": {"operations": sum(name in _OF_SUBSCRIPTIONS for name in methods) / subscriptions},
    }


def tasks_of(run: Run) -> Iterator[tuple[str, int]]:
    """Host -> number of tasks that ran on it and were not skipped."""
    return ((host, int(number)) for host, number in _RECAP.findall(run.output))


def winrm_operations(run: Run) -> dict[str, int]:
    """Endpoint host -> modules, uploads and programs on the wire, without looks at a program that runs."""
    numbers: dict[str, int] = {}
    for line in run.calls:
        if line["channel"] == "winrm" and not line["call"].endswith("async_status"):
            numbers[line["host"]] = numbers.get(line["host"], 0) + 1
    return numbers


@pytest.mark.parametrize("figure", [(what, name) for what, rows in BUDGET.items() for name in rows], ids="-".join)
def test_it_stays_within_the_budget(measured: dict[str, dict[str, float]], figure: tuple[str, str]) -> None:
    what, name = figure
    assert 0 < measured[what][name] <= BUDGET[what][name]


def test_every_figure_is_in_the_budget(measured: dict[str, dict[str, float]]) -> None:
    assert {what: set(rows) for what, rows in measured.items()} == {what: set(rows) for what, rows in BUDGET.items()}
