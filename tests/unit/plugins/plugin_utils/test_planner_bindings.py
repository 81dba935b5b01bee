# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bindings as IIS writes them: which of them lead a request to a site, and when two lists say the same."""

from __future__ import annotations

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._planner.bindings import same_bindings, web_addresses

HTTPS = {"protocol": "https", "information": "10.0.0.1:443:"}
HTTP = {"protocol": "http", "information": "*:80:Gateway.example.com"}
OTHERS = [
    {"protocol": "net.tcp", "information": "808:*"},
    {"protocol": "net.pipe", "information": "*"},
    {"protocol": "msmq.formatname", "information": "localhost"},
    {"protocol": "ftp", "information": "10.0.0.1:21:"},
    {"protocol": "http", "information": ""},
]


@pytest.mark.parametrize(
    ("protocol", "information", "address"),
    [
        ("https", "10.0.0.1:443:", ("10.0.0.1", "")),
        ("HTTP", "*:80:gateway.example.com", ("*", "gateway.example.com")),
        ("https", ":443:", ("", "")),
        ("https", "[2001:db8::1]:8443:gateway.example.com", ("2001:db8::1", "gateway.example.com")),
        ("https", "[::]:443:", ("::", "")),
    ],
)
def test_the_address_of_a_binding(protocol: str, information: str, address: tuple[str, str]) -> None:
    assert web_addresses({"bindings": [{"protocol": protocol, "information": information}]}) == [address]


def test_bindings_that_are_not_http_lead_nobody_to_a_site() -> None:
    assert web_addresses({"bindings": [*OTHERS, HTTPS]}) == [("10.0.0.1", "")]


@pytest.mark.parametrize(
    ("others", "same"),
    [
        ([HTTPS, HTTP], True),
        ([HTTP, HTTPS], True),
        ([HTTPS, {**HTTP, "information": "*:80:gateway.example.com"}], True),
        ([HTTPS], False),
        ([HTTPS, HTTP, OTHERS[0]], False),
        ([{**HTTPS, "information": "10.0.0.1:8443:"}, HTTP], False),
        ([{**HTTPS, "protocol": "http"}, HTTP], False),
    ],
)
def test_lists_of_bindings(others: list[dict[str, str]], same: bool) -> None:
    assert same_bindings([HTTPS, HTTP], others) is same
