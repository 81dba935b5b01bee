"""An upgrade of a Cloud Solution Provider, procedure B, that says all it can: its order on the wire, its secrets."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from integration_lab import CSP, LabStarter, Run, Snapshot
from secret_site import Site, make_site
from test_procedures import done

from tools.check_upgrade import Goal, problems

CSP_AGENT_SECRET = "lab-partner-secret"  # in the configuration of csp-agent-war


@dataclasses.dataclass(frozen=True)
class Upgrade:
    """The upgrade with the states around it, and the secrets that processes showed meanwhile."""

    site: Site
    before: Snapshot
    run: Run
    after: Snapshot
    processes: dict[str, list[str]]


def package_address(site: Site) -> str:
    return Path(site.lab.packages["16.8.4"]).as_uri()


@pytest.fixture(scope="module")
def upgrade(start_lab: LabStarter, tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    site = make_site(start_lab, tmp_path_factory.mktemp("secrets"), scenario="csp", hosts=1, gateways=1)
    before = site.lab.state()
    # the platform reads the package from an address of the operator's, not from where the run brings it
    told = {"office365_confirm": "16.6.4 to 16.8.4", "office365_package_url": package_address(site)}
    run, processes = site.run(playbook=CSP, **told)
    return Upgrade(site, before, done(run), site.lab.state(), processes)


def test_csp_is_upgraded(upgrade: Upgrade) -> None:
    assert problems(upgrade.before, upgrade.after, Goal(procedure="B")) == []
    assert "New offers: 0 of 8 exist." in upgrade.run.text
    assert "missing: Customer Lockbox for students" in upgrade.run.text
    imported = [call["arguments"] for call in upgrade.run.calls if call["call"] == "pem.APS.importPackage"]
    assert [arguments["package_url"] for arguments in imported] == [package_address(upgrade.site)]


def test_csp_does_its_steps_in_the_order_of_the_guide(upgrade: Upgrade) -> None:
    """On the wire: packages first, then the outage, and csp-agent-war between unpacking and setup.cmd."""
    calls = [f"{line['channel']} {line['call']} {line.get('arguments')}" for line in upgrade.run.calls]

    def first(call: str, text: str = "") -> int:
        return next(number for number, line in enumerate(calls) if call in line and text in line)

    order = {
        "unpack the package": first("win_unzip", "\\\\package'"),
        "unblock O365-Web.zip": first("win_powershell", "O365-Web.zip"),
        "unpack O365-Web.zip": first("win_unzip", "\\\\O365-Web'"),
        "stop provisioning": first("pem.deactivateST"),
        "configure the Public API": first("pem.APS.setApplicationInstanceSettings"),
        "stop csp-agent-war": first("win_service", "'state': 'stopped'"),
        "start csp-agent-war": first("win_service", "'state': 'started'"),
        "setup": first("win_command", "setup.cmd"),
        "restart IIS": first("win_command", "iisreset"),
        "resource settings": first("python upgradeResourceSettings16-6To16-8.py"),
        "import": first("pem.APS.importPackage"),
        "upgrade": first("pem.APS.upgradeApplicationInstance"),
        "autoconf": first("python autoconf.py"),
        "counters": first("python addTenantCountersToSubscriptions.py"),
        "start provisioning": first("pem.activateST"),
    }
    assert list(order) == sorted(order, key=order.__getitem__)


def test_an_upgrade_of_csp_tells_and_leaves_no_secret(upgrade: Upgrade) -> None:
    assert upgrade.site.told(upgrade.run, CSP_AGENT_SECRET) == []
    assert upgrade.processes == {}
    assert upgrade.site.left_behind() == {}
