"""The WS-Man codec."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest
from office365_lab.windows import wsman
from office365_lab.windows.safe_xml import UnsafeXmlError, parse
from office365_lab.windows.wsman import RSP, WsmanError

REQUEST = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
 xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Header>
 <a:Action> http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Receive</a:Action>
 <a:MessageID>uuid:A&lt;1</a:MessageID><w:ResourceURI>http://x/cmd</w:ResourceURI>{timeout}
 <w:SelectorSet><w:Selector Name="ShellId">S1</w:Selector></w:SelectorSet>
 <w:OptionSet><w:Option Name="WINRS_CONSOLEMODE_STDIN">TRUE</w:Option></w:OptionSet></s:Header>
 <s:Body><rsp:Receive><rsp:DesiredStream CommandId="C1">stdout stderr</rsp:DesiredStream></rsp:Receive></s:Body>
</s:Envelope>"""


def read(timeout: str = "<w:OperationTimeout>PT3.5S</w:OperationTimeout>") -> wsman.Request:
    return wsman.read(REQUEST.format(timeout=timeout).encode())


def test_a_request_is_read_with_its_selectors_and_options() -> None:
    request = read()
    assert request.verb == "Receive"
    assert request.message_id == "uuid:A<1"
    assert request.timeout == 3.5
    assert request.selectors == {"ShellId": "S1"}
    assert request.options == {"WINRS_CONSOLEMODE_STDIN": "TRUE"}
    assert request.find("Receive/DesiredStream").get("CommandId") == "C1"


def test_a_request_without_timeout_waits_twenty_seconds() -> None:
    assert read("").timeout == 20.0


def test_a_missing_part_is_a_fault() -> None:
    with pytest.raises(WsmanError, match="no Signal"):
        read().find("Signal")


@pytest.mark.parametrize("raw", [b"", b"<a>", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_request_is_a_fault(raw: bytes) -> None:
    with pytest.raises(WsmanError):
        wsman.read(raw)


def test_a_doctype_is_refused() -> None:
    with pytest.raises(UnsafeXmlError, match="DOCTYPE"):
        parse(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


def test_names_keep_their_namespaces() -> None:
    root = parse(b'<x:a xmlns:x="urn:1" y="2"><b>t</b></x:a>')
    assert (root.tag, root.attrib, root[0].tag, root[0].text) == ("{urn:1}a", {"y": "2"}, "b", "t")


def test_an_answer_relates_to_its_request_and_carries_output_in_base64() -> None:
    answer = wsman.received(read(), "C1", [("stdout", b"\x00\xff"), ("stderr", b"")], done=True, exit_code=3)
    root = ElementTree.fromstring(answer)
    assert root.findtext(".//{http://schemas.xmlsoap.org/ws/2004/08/addressing}RelatesTo") == "uuid:A<1"
    streams = root.findall(f".//{RSP}Stream")
    assert [(item.get("Name"), item.get("CommandId")) for item in streams] == [("stdout", "C1")]
    assert base64.b64decode(streams[0].text or "") == b"\x00\xff"
    assert (root.find(f".//{RSP}CommandState") or root).get("State", "").endswith("CommandState/Done")
    assert root.findtext(f".//{RSP}ExitCode") == "3"


def test_a_running_command_has_no_exit_code() -> None:
    root = ElementTree.fromstring(wsman.received(read(), "C1", [], done=False, exit_code=None))
    state = root.find(f".//{RSP}CommandState")
    assert state is not None and state.get("State", "").endswith("/Running")
    assert root.find(f".//{RSP}ExitCode") is None


def test_a_fault_carries_its_codes() -> None:
    error = WsmanError(wsman.QUOTA, "too <many>", wmi_code=wsman.QUOTA)
    root = ElementTree.fromstring(wsman.fault(read(), error))
    detail = root.find(".//{http://schemas.microsoft.com/wbem/wsman/1/wsmanfault}WSManFault")
    assert detail is not None and detail.get("Code") == str(0x803381A6)
    codes = [element.text for element in root.iter() if element.tag.endswith("error_Code")]
    assert codes == [str(0x803381A6)]
    assert "too <many>" in [element.text for element in root.iter()]
