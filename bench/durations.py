"""How long the laboratory's own work takes, and the shortest provisioning window that these durations allow."""

from __future__ import annotations

import dataclasses
import math

# How many tasks the platform of the laboratory works on at the same time.
PLATFORM_TASKS_AT_ONCE = 20
SCRIPTS = 3  # resource settings, autoconf.py, tenant counters


@dataclasses.dataclass(frozen=True)
class Size:
    """What is upgraded: gateway sites, spread over endpoint hosts in turn, and what is sold through them."""

    sites: int
    hosts: int
    subscriptions: int = 200

    @property
    def service_templates(self) -> int:
        """One for each gateway site, and not fewer than a lab has by default."""
        return max(self.sites, 6)

    @property
    def sites_of_slowest_host(self) -> int:
        """Gateway sites of the endpoint host that has most of them."""
        return math.ceil(self.sites / self.hosts)


@dataclasses.dataclass(frozen=True)
class Durations:
    """Seconds that one piece of work takes in the lab."""

    setup: float = 40.0  # setup.cmd, for each gateway site
    iisreset: float = 8.0  # for each endpoint host
    package_import: float = 10.0
    instance_upgrade: float = 20.0  # for each application instance
    script: float = 0.2  # of each script on the management node, for each application instance
    task: float = 0.3  # any other task of the platform
    latency: float = 0.0  # of each call of the Public API


def lab_options(size: Size, durations: Durations) -> list[str]:
    """The options of ``office365-lab up`` for a lab of this size with these durations."""
    values = {
        "--hosts": size.hosts,
        "--gateways": size.sites,
        "--service-templates": size.service_templates,
        "--subscriptions": size.subscriptions,
        "--setup-seconds": durations.setup,
        "--iisreset-seconds": durations.iisreset,
        "--import-seconds": durations.package_import,
        "--instance-upgrade-seconds": durations.instance_upgrade,
        "--script-seconds": durations.script,
        "--task-seconds": durations.task,
        "--api-latency-seconds": durations.latency,
    }
    return [word for name, value in values.items() for word in (name, str(value))]


def critical_path(size: Size, durations: Durations, parallel: int) -> float:
    """Seconds of the provisioning window if nothing but the vendor's own work took time.

    The endpoint hosts work side by side and the guide's steps follow one another: the slowest host (``setup.cmd`` for
    each of its sites, one ``iisreset``), the scripts, the import (download, import, upgrade relations), one instance
    first and then ``parallel`` of the others at a time (initiate, upgrade, finalize). Calls of the Public API take
    nothing here, so this is a lower bound.
    """
    endpoint = size.sites_of_slowest_host * durations.setup + durations.iisreset
    scripts = SCRIPTS * size.sites * durations.script
    package = durations.package_import + 2 * durations.task
    rounds = 1 + math.ceil((size.sites - 1) / min(parallel, PLATFORM_TASKS_AT_ONCE))
    instances = rounds * (durations.instance_upgrade + 2 * durations.task)
    return endpoint + scripts + package + instances
