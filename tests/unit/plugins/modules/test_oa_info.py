# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oa_info, and what every module does with the login, bad options and failures."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.odin.office365.plugins.module_utils import _http
from ansible_collections.odin.office365.tests.unit.plugins.running import run_module
from ansible_collections.odin.office365.tests.unit.plugins.wire import API_URL, PASSWORD, USERNAME, response

BUILDS = ("oa-7.1.0-1234_KB130748-1", " ", "oa-7.0.1-99_KB130001-2 hf131000")
HISTORY = f"<Build>{''.join(f'<Build>{text}</Build>' for text in BUILDS)}</Build>"
REPORT = {"reports": [{"name": "BuildHistory", "value": ""}]}
METHOD = "pem.statistics.getStatisticsReport"


def expect_report(wire: Any, text: str = HISTORY) -> None:
    wire.call(METHOD, REPORT, [{"name": "BuildHistory", "value": text}])


def test_reads_version_builds_and_hotfixes(wire: Any, run: Any) -> None:
    expect_report(wire)
    assert run("oa_info") == {
        "changed": False,
        "version": "7.1.0",
        "build": "oa-7.1.0-1234_KB130748-1",
        "build_history": ["oa-7.1.0-1234_KB130748-1", "oa-7.0.1-99_KB130001-2 hf131000"],
        "hotfixes": [130001, 130748, 131000],
        "methods": [],
        "signatures": {},
    }


def test_reads_methods_and_signatures_on_demand(wire: Any, run: Any) -> None:
    expect_report(wire, "")
    wire.call("system.listMethods", {}, ["b", "a"])
    params = ({"method_name": "a"},)
    wire.raw("pem.getMethodSignature", params, lambda _r: response(200, _signature()))
    wire.refused("pem.getMethodSignature", {"method_name": "x"})
    result = run("oa_info", methods=True, signatures=["a", "x"])
    assert (result["version"], result["build"]) == ("", "")
    assert result["methods"] == ["a", "b"]
    assert result["signatures"] == {"a": "(int)", "x": None}


def _signature() -> bytes:
    return (
        b"<?xml version='1.0'?><methodResponse><params><param><value><struct>"
        b"<member><name>status</name><value><int>0</int></value></member>"
        b"<member><name>signature</name><value><string>(int)</string></value></member>"
        b"</struct></value></param></params></methodResponse>"
    )


def test_an_unreadable_report_is_told(wire: Any, run: Any) -> None:
    expect_report(wire, "<!DOCTYPE a><Build/>")
    assert "the BuildHistory report is unreadable" in run("oa_info")["msg"]


def test_login_and_address_come_from_the_environment(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("URL", "http://mn01.example.com:8440"), ("USERNAME", USERNAME), ("PASSWORD", PASSWORD)):
        monkeypatch.setenv(f"OA_API_{name}", value)
    expect_report(wire)
    assert run_module("oa_info", {})["version"] == "7.1.0"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"api_url": "mn01:8440"}, "has to look like"),
        ({"api_url": "http://admin:geheim@mn01:8440/"}, "holds a login"),
        ({"connect_timeout": 0}, "has to be at least 1"),
    ],
)
def test_bad_options_are_refused_before_anything_is_sent(wire: Any, run: Any, options: Any, text: str) -> None:
    message = run("oa_info", **options)["msg"]
    assert text in message
    assert "geheim" not in message


def test_a_password_without_a_name_is_refused(wire: Any) -> None:
    result = run_module("oa_info", {"api_url": API_URL, "api_password": PASSWORD})
    assert "required together" in result["msg"]


@pytest.mark.parametrize(
    ("failure", "kind", "text"),
    [
        (ConnectionResetError(), "reset", "Allowed Networks"),
        (ConnectionRefusedError(), "refused", "Nothing listens there"),
        (socket.gaierror(), "name", "Check the host name"),
        (requests.exceptions.ConnectTimeout(), "connect_timeout", "larger connect_timeout"),
        (requests.exceptions.ReadTimeout(), "read_timeout", "larger read_timeout"),
        (ssl.SSLCertVerificationError("unknown authority"), "certificate", "ca_path"),
        (ssl.SSLError("wrong version number"), "tls", "http:// or https://"),
    ],
)
def test_a_lost_connection_says_what_to_do(wire: Any, run: Any, failure: Exception, kind: str, text: str) -> None:
    tries = 4 if kind in ("reset", "refused", "connect_timeout", "read_timeout") else 1
    for _try in range(tries):
        timeout = isinstance(failure, requests.exceptions.Timeout)
        wire.lost(METHOD, REPORT, failure if timeout else requests.exceptions.ConnectionError(failure))
    result = run("oa_info")
    assert result["failed"] is True
    assert result["error"]["type"] == "transport"
    assert result["error"]["kind"] == kind
    assert text in result["msg"]
    assert API_URL in result["msg"]
    assert PASSWORD not in str(result)


@pytest.mark.parametrize(("status", "text"), [(401, "check api_username and api_password"), (404, "/RPC2")])
def test_a_useless_http_status_says_what_to_do(wire: Any, run: Any, status: int, text: str) -> None:
    wire.raw(METHOD, (REPORT,), lambda _request: response(status, b"body"))
    assert text in run("oa_info")["msg"]


def test_a_refusal_of_the_platform_is_told_with_its_numbers(wire: Any, run: Any) -> None:
    wire.refused(METHOD, REPORT, error_message="no rights", module_id="AAA", extype_id=3, properties={"reason": "why"})
    result = run("oa_info")
    assert result["msg"] == f"The platform refused {METHOD}: no rights (why) [module AAA, type 3]"
    assert result["error"] == {
        "type": "api",
        "kind": None,
        "method": METHOD,
        "module_id": "AAA",
        "extype_id": 3,
        "status_messages": [],
    }


def test_a_ca_file_that_is_not_there_is_told(wire: Any, run: Any, tmp_path: Path) -> None:
    result = run("oa_info", ca_path=str(tmp_path / "ca.pem"))
    assert result["error"]["kind"] == "ca_file"


def test_certificates_are_checked_and_waiting_is_limited(wire: Any, run: Any, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("")
    expect_report(wire)
    run("oa_info", ca_path=str(authority), connect_timeout=3, read_timeout=7)
    assert (wire.options["verify"], wire.options["timeout"]) == (str(authority), (3.0, 7.0))
    expect_report(wire)
    run("oa_info")
    assert (wire.options["verify"], wire.options["timeout"]) == (True, (10.0, 120.0))
    expect_report(wire)
    run("oa_info", validate_certs=False)
    assert wire.options["verify"] is False


def test_no_proxy_of_the_environment_gets_the_login(wire: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    expect_report(wire)
    run("oa_info")
    assert not wire.options["proxies"]


def test_without_requests_the_module_says_what_to_install(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "REQUESTS_MISSING", ImportError("requests"))
    assert "requests" in run("oa_info")["msg"]
