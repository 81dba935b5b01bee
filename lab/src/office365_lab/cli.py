"""The command line ``office365-lab``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from office365_lab import supervisor, wirelog
from office365_lab.faults import FaultPlan
from office365_lab.installation import RELEASES, SCENARIOS
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.packages import SPOILINGS, build_packages, spoil

# What each choice is for; "unknown" marks behaviour that nobody could verify on a real platform.
_HELP = {
    "scenario": "syndication (each endpoint host has a dispatcher site), csp, or mixed (every second gateway is csp)",
    "from_version": "application version before the upgrade",
    "hosts": "number of endpoint hosts",
    "gateways": "number of gateway sites, spread over the hosts in turn; each has an application instance",
    "service_templates": "number of Office 365 service templates; others exist as well",
    "subscriptions": "number of Office 365 subscriptions; others exist as well",
    "seed": "another seed gives other limits and ids",
    "max_seconds": "the lab ends by itself after this time",
    "platform_version": "version of the platform, with a hotfix as in 7.0.1_hf130748",
    "site_names": "names of the first gateway sites, e.g. with spaces and & %% ^ ( )",
    "winrm_transport": "authentication in the inventory: basic or ntlm; the lab accepts both",
    "winrm_scheme": "scheme in the inventory: http or https; the lab listens on both",
    "connection": "connection plugin in the inventory: winrm or psrp; the lab accepts both",
    "api_scheme": "scheme of the Public API in the inventory: http or https; the lab listens on both",
    "api_authentication": "whether the Public API and Billing want a user and a password",
    "bigint_as_string": "whether big integers come as strings in answers; what a real platform does is unknown",
    "token_seconds": "lifetime of a token of the APS controller",
    "task_seconds": "duration of a task of the platform",
    "instance_upgrade_seconds": "duration of the upgrade of an application instance",
    "import_seconds": "duration of the import of a package",
    "setup_seconds": "duration of setup.cmd",
    "iisreset_seconds": "duration of iisreset",
    "script_seconds": "time that a script on the management node takes for each instance",
    "api_latency_seconds": "time that every call of the Public API takes at least",
    "csp_agent": "scenario csp: which hosts are in the inventory group csp_agent, windows or linux; both exist",
    "password_suffix": "text at the end of every password, e.g. with quotes and & < %%",
}
_CHOICES = {
    "scenario": SCENARIOS,
    "from_version": tuple(RELEASES)[:-1],
    "winrm_transport": ("basic", "ntlm"),
    "winrm_scheme": ("http", "https"),
    "connection": ("winrm", "psrp"),
    "api_scheme": ("http", "https"),
    "csp_agent": ("windows", "linux"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; exit code 1 with a message on standard error where it cannot be done, 2 for wrong usage."""
    chosen = _parser().parse_args(arguments)
    try:
        _COMMANDS[chosen.command](chosen)
    except (supervisor.LabError, OSError, RuntimeError, ValueError, re.error) as error:
        print(f"office365-lab: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="office365-lab", description="A laboratory for upgrades of Office 365.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start a lab; returns when everything answers")
    up.add_argument("--dir", required=True, type=Path, help="folder of the lab: new, empty, or of an ended lab")
    for field in dataclasses.fields(LabOptions):
        _add_option(up, field.name, field.default)
    for name, text in (
        ("down", "end a lab; no error where none runs"),
        ("reset", "start a lab again from its start state, with the same options"),
        ("state", "print the state, read from the database and the disks, as JSON"),
    ):
        _add_folder(commands.add_parser(name, help=text))
    log = commands.add_parser("log", help="print the wire log, one JSON line a call")
    _add_folder(log)
    log.add_argument("--channel", action="append", help="only this channel; may be repeated")
    log.add_argument("--since", type=float, default=0.0, help="only calls after this time, Unix seconds")
    log.add_argument("--writes", action="store_true", help="only calls that changed something")
    _add_fault(commands.add_parser("fault", help="plan faults, list or forget them"))
    packages = commands.add_parser("packages", help="build packages in a folder, sound ones or spoilt ones")
    packages.add_argument("dir", type=Path, help="any folder")
    packages.add_argument("--versions", nargs="+", default=list(RELEASES), help="application versions")
    packages.add_argument("--spoil", choices=SPOILINGS, help="how to break the packages")
    return parser


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", type=Path, help="folder of the lab")


def _add_option(parser: argparse.ArgumentParser, name: str, default: Any) -> None:
    flag = f"--{name.replace('_', '-')}"
    if isinstance(default, bool):
        text = f"{_HELP[name]} (default: {'yes' if default else 'no'})"
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=default, help=text)
    elif isinstance(default, tuple):
        parser.add_argument(flag, nargs="+", default=default, metavar="NAME", help=_HELP[name])
    else:
        text = f"{_HELP[name]} (default: {default})"
        parser.add_argument(flag, type=type(default), default=default, choices=_CHOICES.get(name), help=text)


def _add_fault(parser: argparse.ArgumentParser) -> None:
    _add_folder(parser)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--where", help="regular expression, searched in <channel>:<host>:<call>")
    action.add_argument("--list", action="store_true", help="print the planned faults as JSON")
    action.add_argument("--clear", action="store_true", help="forget every fault")
    parser.add_argument("--do", help="what happens: a word of the stand-in that takes the fault")
    parser.add_argument("--times", type=int, default=1, help="how often (default: 1)")
    parser.add_argument("--seconds", type=float, help="duration, for faults that have one")
    parser.add_argument("--message", help="text, for faults that have one")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=JSON", help="any other word of the fault")


def _up(chosen: argparse.Namespace) -> None:
    values = {field.name: getattr(chosen, field.name) for field in dataclasses.fields(LabOptions)}
    _print_summary(supervisor.up(chosen.dir, LabOptions.from_json(values)))


def _print_summary(told: dict[str, Any]) -> None:
    ports = told["ports"]
    print(f"Public API      {told['urls']['public_api']}  {told['urls']['public_api_tls']}")
    print(f"APS controller  {told['urls']['aps']}")
    print(f"Billing API     {told['urls']['billing']}  {told['urls']['billing_tls']}")
    print(f"WinRM           127.0.0.1:{ports['winrm_http']} (http), {ports['winrm_https']} (https)")
    print(f"Inventory       {told['inventory']}")
    print(f"Ends by itself after {told['options']['max_seconds']:.0f} s (process {told['pid']})")


def _down(chosen: argparse.Namespace) -> None:
    print("ended" if supervisor.down(chosen.dir) else "no lab is running there")


def _reset(chosen: argparse.Namespace) -> None:
    _print_summary(supervisor.reset(chosen.dir))


def _state(chosen: argparse.Namespace) -> None:
    print(json.dumps(supervisor.current_state(chosen.dir), indent=1))


def _log(chosen: argparse.Namespace) -> None:
    for line in wirelog.read(LabLayout(chosen.dir).wire_log):
        wanted = chosen.channel is None or line["channel"] in chosen.channel
        if wanted and line["time"] > chosen.since and (line["write"] or not chosen.writes):
            print(json.dumps(line, ensure_ascii=False))


def _fault(chosen: argparse.Namespace) -> None:
    layout = LabLayout(chosen.dir)
    layout.describe()
    plan = FaultPlan(layout.faults)
    if chosen.list:
        print(json.dumps(plan.all(), indent=1))
    elif chosen.clear:
        plan.clear()
    elif not chosen.do:
        raise ValueError("--where needs --do")
    else:
        words = {name: value for name in ("seconds", "message") if (value := getattr(chosen, name)) is not None}
        plan.add(chosen.where, chosen.do, chosen.times, **words, **dict(map(_assignment, chosen.set)))


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: must be NAME=JSON")
    return name, json.loads(value)


def _packages(chosen: argparse.Namespace) -> None:
    for path in build_packages(chosen.dir, chosen.versions):
        if chosen.spoil:
            spoil(path, chosen.spoil)
        print(path)


_COMMANDS = {
    "up": _up,
    "down": _down,
    "reset": _reset,
    "state": _state,
    "log": _log,
    "fault": _fault,
    "packages": _packages,
}

if __name__ == "__main__":
    sys.exit(main())
