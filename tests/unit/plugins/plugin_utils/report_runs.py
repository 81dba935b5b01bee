# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs as a callback would record them, at times that never change: the events of an upgrade, step by step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.odin.office365.plugins.plugin_utils._report import record as records
from ansible_collections.odin.office365.plugins.plugin_utils._report.document import (
    INTERRUPTED,
    STOPPED,
    SUCCEEDED,
    document,
)
from ansible_collections.odin.office365.plugins.plugin_utils._report.record import Record
from ansible_collections.odin.office365.plugins.plugin_utils._report.reporter import report_files
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import facts, planner

START = 1_800_000_000.0
EVIL = '<script>alert("{{ 7*7 }}")</script> \x1b[31m\'&\u202e'
RUN = {
    "id": "0123456789abcdef0123456789abcdef",
    "user": "night-shift",
    "controller": "controller01",
    "playbook": "odin.office365.upgrade_syndication",
    "options": "",
    "ansible_core": "2.19.0",
    "collection": "1.0.0",
    "started": START,
}
PLAYS = [
    ("lock", "Lock: one run at a time"),
    ("collect", "A1, A2: collect, platform"),
    ("collect", "A1, A2: collect, endpoint hosts"),
    ("plan", "Plan and preflight"),
    ("public_api_access", "A3, B3: configure access to the Public API"),
    ("stage", "Before the outage: bring the packages"),
    ("stop_provisioning", "A4: stop provisioning"),
    ("endpoint", "A5: upgrade the application endpoint"),
    ("recovery", "A7: remove the package"),
    ("resource_settings", "A6: run the resource-settings script"),
    ("application", "A7: upgrade the application"),
    ("autoconf", "A8: run autoconf.py"),
    ("tenant_counters", "A9: add the tenant counters"),
    ("tenant_contact_data", "A10: add Tenant Contact Data"),
    ("store_customizations", "A11: customizations"),
    ("trial_checker", "A12: script3.js"),
    ("start_provisioning", "A13: start provisioning"),
    ("summary", "Summary"),
]


class Story:
    """Tells a record one task after the other; the clock goes on by itself."""

    def __init__(self, *, check_mode: bool = False, plays: list[tuple[str, str]] | None = None) -> None:
        self.record = Record.of_plays(plays or PLAYS, check_mode=check_mode)
        self.now = START

    def play(self, word: str | None) -> None:
        self.record.start_play(word, self.now)

    def task(
        self,
        name: str,
        *hosts: str,
        action: str = "ansible.builtin.command",
        state: str = records.CHANGED,
        seconds: float = 1.0,
        data: Mapping[str, Any] | None = None,
        item: str = "",
    ) -> None:
        """A task on some hosts at once; each host takes a little longer than the one before."""
        self.record.start_task(name, action, self.now)
        for host in hosts:
            self.record.start_host(host, self.now)
        for number, host in enumerate(hosts):
            end = self.now + seconds + number * 0.25
            self.record.result(host, state, name, action, data or {}, end, item=item)
        self.now += seconds + len(hosts) * 0.25

    def step(self, word: str | None, name: str, *hosts: str, **options: Any) -> None:
        self.play(word)
        self.task(name, *hosts, **options)

    def end(self, state: str) -> dict[str, Any]:
        self.record.end(self.now, complete=state != INTERRUPTED)
        return document(self.record, RUN, self.now, state)


def templates(*, active: bool, name: str = "T12") -> dict[str, Any]:
    row = {"service_template_id": 12, "name": name, "active_before": not active, "active": active, "changed": True}
    return {"rows": [row, {**row, "service_template_id": 13, "changed": False}]}


def begin(story: Story, hosts: tuple[str, ...], plan: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Lock, collect and plan."""
    planned = planner(facts(), accepted_findings=[{"key": "brand_data", "reason": "no brands here"}])
    told: dict[str, Any] = {"plan": planned.plan(), "findings": [vars(row) for row in planned.findings()]}
    # The id stands for all of the plan; the files must not change with every part of it.
    told["plan"]["id"] = "0123456789ab"
    if plan:
        plan(told)
    story.record.confirmations = [{"name": "office365_confirm", "value": "0123456789ab"}]
    story.step("lock", "take_lock | Take the lock", "mn01", state=records.OK)
    story.step("collect", "platform | Read the instances", "mn01", state=records.OK, seconds=5)
    story.step("collect", "endpoint_host | Read the sites", *hosts, state=records.OK, seconds=8)
    story.step("plan", "Main | Make the plan", "mn01", action=records.PLAN_ACTION, state=records.OK, data=told)
    story.step("public_api_access", "settings | Set address and user", "mn01")
    story.step("stage", "stage | Upload the package", *hosts, seconds=40)
    story.step(
        "stop_provisioning",
        "stop | Deactivate the service templates",
        "mn01",
        action=records.TEMPLATE_ACTION,
        data=templates(active=False),
    )


def finish(story: Story, summary: dict[str, Any]) -> None:
    """Everything behind the endpoint hosts."""
    story.step("recovery", "remove_package | Remove it", "mn01", state=records.SKIPPED, seconds=0.1)
    story.step("resource_settings", "run | Run the script", "mn01", seconds=20)
    story.step("application", "Main | Import the package", "mn01", seconds=60)
    story.task("Main | Upgrade the other instances", "mn01", seconds=200, data=versions(summary))
    for word in ("autoconf", "tenant_counters", "tenant_contact_data"):
        story.step(word, f"run | Run the script of {word}", "mn01", seconds=15)
    story.step("store_customizations", "Main | Replace the files", "billing01", item="subdomain.js")
    story.play("trial_checker")
    story.step(
        "start_provisioning",
        "start | Activate the service templates that were active before",
        "mn01",
        action=records.TEMPLATE_ACTION,
        data=templates(active=True),
    )
    story.step(
        "summary",
        "Main | Put the summary together",
        "mn01",
        state=records.OK,
        data={"ansible_facts": {"summary_data": summary}},
    )
    story.task(
        "Main | Verify",
        "mn01",
        action=records.VERIFICATION_ACTION,
        state=records.OK,
        data={
            "lines": ["1 passed"],
            "rows": [
                {"key": "site_version", "step": "A5", "target": "iis01", "state": "passed", "detail": "16.8.4.0"},
                {"key": "brand", "step": "A8", "target": "brands", "state": "not_checkable", "detail": "no API tells"},
            ],
        },
    )


def versions(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What the module of the instances answers."""
    return {
        "rows": [
            {
                "application_instance_id": row["application_instance_id"],
                "package_version_before": row["before"],
                "package_version": row["after"],
                "changed": True,
                "outcome": "changed",
            }
            for row in summary["instances"]
        ]
    }


def summary_of(gateways: int, hosts: tuple[str, ...], name: str = "Gateway") -> dict[str, Any]:
    """What the role summary puts together."""
    return {
        "lines": ["Office 365 application 16.6.4 to 16.8.4, procedure A", "Provisioning was stopped for 300 s"],
        "instances": [
            {"application_instance_id": 1001 + number, "before": "16.6.4-20", "after": "16.8.4-34"}
            for number in range(gateways)
        ],
        "gateway_sites": [
            {
                "endpoint_host": hosts[number % len(hosts)],
                "site": f"{name} {number + 1}",
                "application": "App",
                "before": "16.6.4.0",
                "after": "16.8.4.0",
            }
            for number in range(gateways)
        ],
    }


def success(gateways: int = 1, hosts: int = 1) -> dict[str, Any]:
    """A run that upgraded everything."""
    names = tuple(f"iis{number + 1:02d}" for number in range(hosts))
    story = Story()
    begin(story, names)
    story.play("endpoint")
    for _site in range(-(-gateways // hosts)):
        story.task("gateway_site | Run setup.cmd", *names, seconds=90)
    story.task("iisreset | Restart IIS", *names, seconds=15)
    finish(story, summary_of(gateways, names))
    return story.end(SUCCEEDED)


def failure() -> dict[str, Any]:
    """``setup.cmd`` fails on one of two hosts."""
    story = Story()
    begin(story, ("iis01", "iis02"))
    story.step("endpoint", "gateway_site | Run setup.cmd", "iis01", "iis02", seconds=90)
    message = "setup.cmd failed for gateway site 'Gateway 2' on iis02: exit code 1.\nRead the log, then run again."
    story.task("gateway_site | Stop where setup.cmd failed", "iis02", state=records.FAILED, data={"msg": message})
    return story.end(STOPPED)


def evil() -> dict[str, Any]:
    """Names of the system that would do harm in a page, in a template or on a terminal; the run fails, too."""
    hosts = (f"iis{EVIL}",)
    story = Story()

    def plan(told: dict[str, Any]) -> None:
        told["findings"][0].update(title=EVIL, target=EVIL, accepted=EVIL)

    begin(story, hosts, plan)
    story.step("endpoint", f"Run setup.cmd for {EVIL}", *hosts, item=EVIL, data=templates(active=True, name=EVIL))
    story.task(
        "summary", "mn01", state=records.OK, data={"ansible_facts": {"summary_data": summary_of(1, hosts, EVIL)}}
    )
    story.task(f"Stop {EVIL}", *hosts, state=records.FAILED, data={"msg": f"{EVIL}\nsecond line {EVIL}"})
    return story.end(STOPPED)


RUNS: dict[str, Callable[[], dict[str, Any]]] = {
    "one_gateway": success,
    "fifty_gateways": lambda: success(50, 25),
    "failed": failure,
    "evil_names": evil,
}


def write_files(folder: Path) -> None:
    """The files that test_report.py compares with, after a change that is wanted; look at them."""
    for name, run in RUNS.items():
        for suffix, text in report_files(run()).items():
            (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
