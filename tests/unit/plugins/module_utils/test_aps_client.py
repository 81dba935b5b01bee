# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of the APS controller on a scripted network: token, paging, repeated reads."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
import requests
from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._errors import RestError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._http import HttpClient, HttpSettings
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._xmlrpc import XmlRpcTransport
from ansible_collections.odin.office365.tests.unit.plugins.wire import API_URL, APS_URL, PASSWORD, USERNAME

EXPIRED = {"type": "APS::Hosting::Exception", "message": "Token expired"}


def client(url: str | None = None) -> ApsClient:
    login = HttpSettings(username=USERNAME, password=PASSWORD)
    return ApsClient(OaClient(XmlRpcTransport(API_URL, HttpClient(login))), HttpClient(HttpSettings()), url)


def test_pages_follow_the_total_of_content_range(wire: Any) -> None:
    wire.token()
    wire.rest("things?limit(0,2)", [{"n": 1}, {"n": 2}], status=206, headers={"Content-Range": "items 0-1/3"})
    wire.rest("things?limit(2,2)", [{"n": 3}], status=206, headers={"Content-Range": "items 2-2/3"})
    assert [row["n"] for row in client().items("things", page_size=2)] == [1, 2, 3]


def test_without_a_total_a_short_page_is_the_last(wire: Any) -> None:
    wire.token()
    wire.rest("things?a=eq=1,limit(0,2)", [{"n": 1}, {"n": 2}])
    wire.rest("things?a=eq=1,limit(2,2)", [])
    assert len(list(client().items("things", "a=eq=1", page_size=2))) == 2


@pytest.mark.parametrize("url", [APS_URL, f"{APS_URL}/", f"{APS_URL}/aps/2", f"{APS_URL}/aps/2/"])
def test_the_address_may_be_given_in_several_forms(wire: Any, url: str) -> None:
    wire.call(
        "pem.APS.getAccountToken",
        {"account_id": 1, "subscription_id": 0},
        {"aps_token": "token-1", "controller_uri": "https://elsewhere.example.com/"},
    )
    wire.rest("things?limit(0,500)", [])
    assert list(client(url).items("things")) == []


def test_an_expired_token_is_renewed_once(wire: Any) -> None:
    wire.token("token-1")
    wire.rest("things?limit(0,500)", EXPIRED, status=403)
    wire.token("token-2")
    wire.rest("things?limit(0,500)", [{"n": 1}], token="token-2")
    assert list(client().items("things")) == [{"n": 1}]


def test_a_second_refusal_is_an_error(wire: Any) -> None:
    wire.token("token-1")
    wire.rest("things?limit(0,500)", EXPIRED, status=403)
    wire.token("token-2")
    wire.rest("things?limit(0,500)", EXPIRED, status=403, token="token-2")
    with pytest.raises(RestError, match="Token expired") as caught:
        list(client().items("things"))
    assert (caught.value.path, caught.value.http_status) == ("things", 403)


@pytest.mark.parametrize(
    ("body", "text"),
    [({"message": "no such thing"}, "^no such thing$"), (b"<html>", "^no explanation"), ({}, "^no explanation")],
)
def test_other_errors_are_told(wire: Any, body: Any, text: str) -> None:
    wire.token()
    wire.rest("things?limit(0,500)", body, status=404)
    with pytest.raises(RestError, match=text):
        list(client().items("things"))


def test_passing_trouble_is_waited_out(wire: Any) -> None:
    wire.token()
    wire.rest("things?limit(0,500)", {}, status=503, headers={"Retry-After": "3"})
    wire.rest("things?limit(0,500)", {}, status=500)
    wire.rest("things?limit(0,500)", [])
    assert list(client().items("things")) == []
    assert wire.pauses == [3.0, 1.0]


@pytest.mark.parametrize("body", [b"no json", {"a": "structure"}])
def test_an_answer_that_is_no_list_is_useless(wire: Any, body: Any) -> None:
    wire.token()
    wire.rest("things?limit(0,500)", body)
    with pytest.raises(TransportError) as caught:
        list(client().items("things"))
    assert caught.value.kind == "garbage"


@pytest.mark.parametrize("answer", [{}, {"aps_token": "x"}, {"controller_uri": APS_URL}])
def test_a_login_without_token_or_address_is_useless(wire: Any, answer: dict[str, str]) -> None:
    wire.call("pem.APS.getAccountToken", {"account_id": 1, "subscription_id": 0}, answer)
    with pytest.raises(TransportError, match="came back without"):
        list(client().items("things"))


def test_a_certificate_that_is_not_trusted_is_not_tried_again(wire: Any) -> None:
    wire.token()
    wire.rest("things?limit(0,500)", requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed")))
    with pytest.raises(TransportError) as caught:
        list(client().items("things"))
    assert caught.value.kind == "certificate"
