# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the IIS site behind an address, and judging sites after the upgrade."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._planner.targets import (
    SiteNotFoundError,
    SiteTarget,
    find_site,
    gateway_url,
    site_problems,
    split_dispatcher_url,
)
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import binding, endpoint_host

HOSTNAME = "gateway1.example.com"


def find(hosts: dict[str, Any], *addresses: str, application: str = "App", **override: str) -> SiteTarget:
    return find_site("gateway", HOSTNAME, application, addresses or ("10.20.1.11",), hosts, override)


def key(hosts: dict[str, Any], *addresses: str, **override: str) -> str:
    with pytest.raises(SiteNotFoundError) as caught:
        find(hosts, *addresses, **override)
    return caught.value.finding.key


@pytest.fixture
def hosts() -> dict[str, Any]:
    return {"iis01": endpoint_host(1), "iis02": endpoint_host(2)}


def test_finds_the_one_site_of_an_address(hosts: dict[str, Any]) -> None:
    found = find(hosts, application="app")
    assert (found.endpoint_host, found.site, found.ip, found.hostname) == ("iis01", "Gateway 1", "10.20.1.11", HOSTNAME)
    assert (found.application_pool, found.physical_path) == ("Gateway 1", "C:\\Gateway 1")
    assert found.version_before == "16.6.4.0"
    assert len(found.fingerprint_before) == 64
    assert found.bindings == (binding("10.20.1.11"),)


def test_a_site_for_every_address_is_found_by_its_host_name(hosts: dict[str, Any]) -> None:
    hosts["iis02"]["sites"][0]["bindings"] = [binding("*", HOSTNAME.upper())]
    found = find(hosts, "10.9.9.9")
    assert (found.site, found.ip) == ("Gateway 2", "10.9.9.9")


def test_a_host_name_does_not_outdo_an_address(hosts: dict[str, Any]) -> None:
    hosts["iis02"]["sites"][0]["bindings"] = [binding("*", HOSTNAME)]
    assert find(hosts).site == "Gateway 1"


def test_nothing_and_too_much_are_told(hosts: dict[str, Any]) -> None:
    assert key(hosts, "10.9.9.9") == "gateway_site_not_found"
    assert key(hosts, "10.20.1.11", "10.20.2.11") == "gateway_site_ambiguous"
    assert key(hosts, application="Other") == "gateway_application_not_found"
    hosts["iis01"]["reachable"] = False
    assert key(hosts) == "gateway_site_not_found"


def test_only_the_own_assemblies_must_be_readable(hosts: dict[str, Any]) -> None:
    first, second = hosts["iis01"]["assemblies"]
    second |= {"files": [], "error": "Access is denied."}
    assert find(hosts).version_before == "16.6.4.0"
    first |= {"files": [], "error": "Access is denied."}
    with pytest.raises(SiteNotFoundError) as caught:
        find(hosts)
    assert caught.value.finding.key == "gateway_assemblies_unreadable"
    assert "in C:\\Gateway 1\\bin cannot be read: Access is denied." in caught.value.finding.title


def test_overrides_are_obeyed(hosts: dict[str, Any]) -> None:
    both = ("10.20.1.11", "10.20.2.11")
    assert find(hosts, *both, endpoint_host="iis02").site == "Gateway 2"
    assert find(hosts, *both, site="Gateway 2").endpoint_host == "iis02"
    assert find(hosts, "10.9.9.9", site="Gateway 2").ip == "10.9.9.9"
    assert find(hosts, *both, ip="10.20.2.11").site == "Gateway 2"
    found = find(hosts, site="Dispatcher 1", application="Disp", hostname="other.example.com")
    assert (found.application, found.hostname) == ("Disp", "other.example.com")
    assert key(hosts, site="Gateway 9") == "gateway_site_not_found"


def test_takes_a_dispatcher_url_apart() -> None:
    assert split_dispatcher_url(" https://d.example.com/My%20App/ ") == ("d.example.com", "My App")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://old.example.com/App/aps/", "https://g.example.com/My%20App/"),
        ("https://old.example.com:8443/App/aps/", "https://g.example.com:8443/My%20App/"),
        ("", "https://g.example.com/My%20App/"),
    ],
)
def test_a_gateway_is_called_on_its_port(url: str, address: str) -> None:
    assert gateway_url({"hostname": "g.example.com", "application": "My App", "url": url}) == address


@pytest.mark.parametrize(
    "url", ["", "http://d.example.com/App/", "https://d.example.com/", "https:///App/", "https://d.example.com/a/b/"]
)
def test_other_forms_of_a_dispatcher_url_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        split_dispatcher_url(url)


BINDINGS = [binding("10.0.0.1"), binding("*")]
WANTED = [{"site": "G", "bindings": BINDINGS, "application_pool": "P"}]
SITE = {"name": "G", "state": "Started", "bindings": BINDINGS}
CHANGED = ["the bindings of site 'G' were changed"]
POOL = {"name": "P", "attributes": {"state": "Started"}}


@pytest.mark.parametrize(
    ("sites", "pools", "problems"),
    [
        ([SITE], [POOL], []),
        ([SITE], [{"name": "P", "attributes": {"state": 1}}], []),
        ([], [POOL], ["site 'G' is gone"]),
        ([{**SITE, "state": "Stopped"}], [POOL], ["site 'G' is Stopped"]),
        ([{**SITE, "state": ""}], [POOL], ["site 'G' is in no known state"]),
        ([{**SITE, "bindings": []}], [POOL], CHANGED),
        ([{**SITE, "bindings": BINDINGS[:1]}], [POOL], CHANGED),
        ([SITE], [], ["application pool 'P' of site 'G' is not started"]),
    ],
)
def test_sites_after_the_upgrade(sites: list[Any], pools: list[Any], problems: list[str]) -> None:
    assert site_problems(WANTED, sites, pools) == problems
