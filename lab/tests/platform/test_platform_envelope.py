"""The Public API on the wire: envelope, types, authentication, addresses, TLS."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import xmlrpc.client
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import requests
from office365_lab.options import LabOptions
from office365_lab.platform.api.envelope import AnswerWriter, BigInt, TopLevel
from office365_lab.platform.api.errors import ERRORS, ApiError
from platform_lab import FAST, PlatformLab, RefusedError, running


def _body(method: str, *parameters: object) -> bytes:
    return xmlrpc.client.dumps(parameters, method).encode()  # type: ignore[arg-type]


def _members(text: bytes) -> dict[str, ET.Element]:
    """The members of the outermost struct of an answer, by name."""
    struct = ET.fromstring(text).find("./params/param/value/struct")
    assert struct is not None
    result = {}
    for member in struct.findall("member"):
        value = member.find("value")
        assert value is not None
        result[member.findtext("name", "")] = value[0]
    return result


@pytest.mark.parametrize("path", ["/RPC2", "/"])
def test_both_paths_answer_with_the_struct_of_a_success(lab: PlatformLab, path: str) -> None:
    answer = lab.post(_body("pem.getSubscription", {"subscription_id": 1000001, "get_resources": False}), path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/xml"
    members = _members(answer.content)
    assert set(members) == {"status", "result"}
    assert (members["status"].tag, members["status"].text) == ("int", "0")
    assert members["result"].tag == "struct"


def test_other_paths_do_not_exist(lab: PlatformLab) -> None:
    assert lab.post(_body("txn.Begin", {}), "/RPC3").status_code == 404


def test_a_method_without_output_has_no_result(lab: PlatformLab) -> None:
    assert lab.raw("pem.deactivateST", {"st_id": 11}) == {"status": 0}


def test_types_on_the_wire(lab: PlatformLab) -> None:
    body = _body("pem.getSubscription", {"subscription_id": 1000001, "get_resources": True})
    text = lab.post(body).text
    assert "<name>limit</name>\n<value><string>-1</string></value>" in text
    assert "<name>is_active</name>\n<value><boolean>1</boolean></value>" in text
    assert "<name>parent_resource_type_id</name>\n<value><int>-1</int></value>" in text


def test_a_failure_names_module_type_and_reason(lab: PlatformLab) -> None:
    answer = lab.raw("pem.getSubscription", {"subscription_id": "x", "get_resources": True})
    assert answer["status"] == -1
    assert (answer["module_id"], answer["extype_id"]) == ("OpenAPI", 21)
    assert isinstance(answer["extype_id"], int)
    assert answer["properties"]["reason"] == "pem.getSubscription.subscription_id must be of type int, not str"
    assert answer["properties"]["reason"] in answer["error_message"]
    assert set(answer) == {"status", "error_message", "module_id", "extype_id", "properties"}


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ((), "exactly one parameter"),
        (({}, {}), "exactly one parameter"),
        ((["x"],), "exactly one parameter"),
        (({"st_id": 11},), "lacks the member 'get_resources'"),
        (({"st_id": 11, "get_resources": True, "full": True},), "unknown member 'full'"),
        (({"st_id": True, "get_resources": True},), "must be of type int, not bool"),
        (({"st_id": 11, "get_resources": 2},), "must be of type boolean"),
        (({"st_id": 11, "get_resources": "1"},), "must be of type boolean"),
    ],
)
def test_wrong_arguments(lab: PlatformLab, parameters: tuple[object, ...], reason: str) -> None:
    answer = lab.raw("pem.getServiceTemplate", *parameters)
    assert (answer["status"], answer["module_id"], answer["extype_id"]) == (-1, "OpenAPI", 21)
    assert reason in answer["properties"]["reason"]


def test_an_unknown_method_is_a_fault(lab: PlatformLab) -> None:
    with pytest.raises(xmlrpc.client.Fault, match=r"pem\.noSuchMethod"):
        lab.raw("pem.noSuchMethod", {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no XML",
        b"<methodCall><params/></methodCall>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><methodCall><methodName>txn.Begin</methodName></methodCall>",
    ],
)
def test_a_malformed_request_is_a_fault(lab: PlatformLab, body: bytes) -> None:
    answer = lab.post(body)
    assert answer.status_code == 200
    with pytest.raises(xmlrpc.client.Fault):
        xmlrpc.client.loads(answer.content)
    assert lab.wire("POST /RPC2")[0]["outcome"].startswith("error: ")


def test_a_request_without_length_is_refused(lab: PlatformLab) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", lab.addresses.api_http_port, timeout=10)
    connection.putrequest("POST", "/RPC2")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


@pytest.mark.parametrize("user", [None, ("automation", "wrong"), ("nobody", "")])
def test_wrong_credentials_get_401(lab: PlatformLab, user: tuple[str, str] | None) -> None:
    answer = lab.post(_body("pem.deactivateST", {"st_id": 11}), auth=user)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert lab.platform.state()["service_templates"][0]["active"] is True
    assert lab.wire("pem.deactivateST") == []


def test_the_user_of_the_instances_may_call(lab: PlatformLab) -> None:
    user = (lab.credentials.instance_username, lab.credentials.instance_password)
    assert lab.post(_body("system.listMethods", {}), auth=user).status_code == 200


def test_https_has_a_certificate_of_the_labs_authority(lab: PlatformLab) -> None:
    url = f"https://127.0.0.1:{lab.addresses.api_https_port}/RPC2"
    user = (lab.credentials.api_username, lab.credentials.api_password)
    body = _body("system.listMethods", {})
    assert requests.post(url, data=body, auth=user, verify=lab.authority, timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.post(url, data=body, auth=user, timeout=10)


def _connect(lab: PlatformLab, source: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", lab.addresses.api_http_port, timeout=10, source_address=(source, 0))


@pytest.mark.parametrize(("source", "allowed"), [("127.0.11.1", True), ("127.0.12.1", True), ("127.0.99.1", False)])
def test_endpoint_hosts_may_call_and_strangers_get_a_reset(lab: PlatformLab, source: str, allowed: bool) -> None:
    connection = _connect(lab, source)
    if allowed:
        connection.request("POST", "/RPC2", _body("system.listMethods", {}))
        assert connection.getresponse().status == 401
    else:
        with pytest.raises(ConnectionResetError):
            connection.request("POST", "/RPC2", _body("system.listMethods", {}))
            connection.getresponse()
        assert [line["client"] for line in lab.wire("connect")] == [source]
    connection.close()


def test_allowed_networks_can_be_changed_but_not_the_management_node(lab: PlatformLab) -> None:
    lab.call("lab.setAllowedNetworks", networks=["127.0.99.0/24"])
    stranger = _connect(lab, "127.0.99.1")
    stranger.request("POST", "/RPC2", _body("system.listMethods", {}))
    assert stranger.getresponse().status == 401
    stranger.close()
    endpoint_host = _connect(lab, "127.0.11.1")
    with pytest.raises(ConnectionResetError):
        endpoint_host.request("POST", "/RPC2", b"")
        endpoint_host.getresponse()
    endpoint_host.close()
    lab.call("lab.setAllowedNetworks", networks=[])
    assert lab.call("system.listMethods")
    with pytest.raises(RefusedError) as refused:
        lab.call("lab.setAllowedNetworks", networks=["office"])
    assert refused.value.code == ("Common", 2)


def test_a_stranger_is_reset_before_the_tls_handshake(lab: PlatformLab) -> None:
    address = ("127.0.0.1", lab.addresses.api_https_port)
    context = ssl.create_default_context(cafile=lab.authority)
    # the reset may come while the connection is still being made
    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection(address, timeout=10, source_address=("127.0.99.1", 0)) as connection,
    ):
        context.wrap_socket(connection, server_hostname="127.0.0.1")


def test_switches_authentication_and_bigints(tmp_path: Path) -> None:
    options = LabOptions.from_json({**FAST.to_json(), "api_authentication": False, "bigint_as_string": False})
    with running(tmp_path, options) as lab:
        body = _body("pem.getSubscription", {"subscription_id": 1000001, "get_resources": True})
        text = lab.post(body, auth=None).text
        assert "<name>limit</name>\n<value><i8>-1</i8></value>" in text
        assert lab.psql("select value from openapi_config where name = 'require_auth'") == [["n"]]
        lab.faults.add("public_api:mn01:system.listMethods", "delay", seconds=0.2)
        started = time.monotonic()
        lab.post(_body("system.listMethods", {}))
        assert time.monotonic() - started >= 0.2


def test_big_integers_keep_64_bits() -> None:
    for as_string, tag in ((True, "string"), (False, "i8")):
        text = AnswerWriter(as_string, with_error_code=False).success({"limit": BigInt(2**62)}).decode()
        assert f"<value><{tag}>{2**62}</{tag}></value>" in text


def test_error_code_is_for_newer_platforms() -> None:
    error = ApiError("overuse", resource_type_id=1, subscription_id=2, usage=3, limit=1)
    new = xmlrpc.client.loads(AnswerWriter(True, with_error_code=True).failure(error))[0][0]
    old = xmlrpc.client.loads(AnswerWriter(True, with_error_code=False).failure(error))[0][0]
    assert isinstance(new, dict)
    assert isinstance(old, dict)
    assert new["error_code"] == 2005
    assert "error_code" not in old


def test_members_beside_the_status() -> None:
    answer = xmlrpc.client.loads(AnswerWriter(True, False).success(TopLevel(signature="<x/>")))[0][0]
    assert answer == {"status": 0, "signature": "<x/>"}


def test_codes_of_the_labs_own_cannot_be_taken_for_documented_ones() -> None:
    for kind in ERRORS.values():
        assert kind.documented == (kind.extype_id <= 90000)


def test_the_wire_log_tells_reads_from_writes_and_hides_secrets(lab: PlatformLab) -> None:
    lab.call("pem.getSubscription", subscription_id=1000001, get_resources=False)
    secret = lab.credentials.instance_password
    lab.call(
        "pem.APS.setApplicationInstanceSettings",
        application_instance_id=1001,
        settings=[{"name": "oa_api_password", "value": secret}],
    )
    txn_id = lab.call("txn.Begin")["txn_id"]
    lab.call("txn.Rollback", txn_id=txn_id)
    assert {line["call"]: line["write"] for line in lab.wire()} == {
        "pem.getSubscription": False,
        "pem.APS.setApplicationInstanceSettings": True,
        "txn.Begin": False,
        "txn.Rollback": False,
    }
    assert all(line["channel"] == "public_api" and line["host"] == "mn01" for line in lab.wire())
    # what the client of these tests, that of Python, calls itself
    assert all(line["agent"].startswith("Python-xmlrpc/") for line in lab.wire())
    assert secret not in lab.layout.wire_log.read_text(encoding="utf-8")
