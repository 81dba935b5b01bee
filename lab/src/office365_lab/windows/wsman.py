"""WS-Management (SOAP 1.2): read requests and write the answers that WinRS and PSRP shells need.

Source: windows-lab.md 2 (what pywinrm and pypsrp want to see in each answer).
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from office365_lab.windows.safe_xml import UnsafeXmlError, parse

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
POWERSHELL = "http://schemas.microsoft.com/powershell"

RSP = "{" + SHELL + "}"

TIMED_OUT = 0x80338029  # a Receive that saw no output; clients ask again
NO_SUCH_SHELL = 0x8033805B
QUOTA = 0x803381A6  # too many operations in one shell; clients open a new one
BAD_REQUEST = 0x80338041
INTERNAL = 0x80338012

_DEFAULT_TIMEOUT = 20.0


class WsmanError(Exception):
    """An answer with a SOAP fault; ``code`` is the WSManFault code, ``wmi_code`` the one of a nested WMI error."""

    def __init__(self, code: int, text: str, wmi_code: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.wmi_code = wmi_code


@dataclass(frozen=True)
class Request:
    """One request; ``timeout`` is the OperationTimeout in seconds."""

    action: str
    message_id: str
    resource: str
    timeout: float
    selectors: dict[str, str]
    options: dict[str, str]
    body: Element

    @property
    def verb(self) -> str:
        """The last word of the action: Create, Command, Send, Receive, Signal or Delete."""
        return self.action.rsplit("/", 1)[-1]

    def find(self, path: str) -> Element:
        """A shell element below the body, such as ``Receive/DesiredStream``; raises :class:`WsmanError`."""
        found = self.body.find("/".join(RSP + part for part in path.split("/")))
        if found is None:
            raise WsmanError(BAD_REQUEST, f"the request has no {path}")
        return found


def read(raw: bytes) -> Request:
    """Parse a request. Raises :class:`WsmanError` where it is no WS-Management request."""
    try:
        root = parse(raw)
    except UnsafeXmlError as error:
        raise WsmanError(BAD_REQUEST, f"the request is no XML: {error}") from error
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    if header is None or body is None:
        raise WsmanError(BAD_REQUEST, "the request is no SOAP envelope")
    timeout = re.fullmatch(r"PT([\d.]+)S", _text(header, f"{{{WSMAN}}}OperationTimeout"))
    return Request(
        action=_text(header, f"{{{ADDRESSING}}}Action"),
        message_id=_text(header, f"{{{ADDRESSING}}}MessageID"),
        resource=_text(header, f"{{{WSMAN}}}ResourceURI"),
        timeout=float(timeout.group(1)) if timeout else _DEFAULT_TIMEOUT,
        selectors=_named(header, "Selector"),
        options=_named(header, "Option"),
        body=body,
    )


def created(request: Request, shell_id: str, output_streams: str) -> bytes:
    """The answer to Create, with the shell resource that pypsrp reads field by field."""
    return _envelope(
        request,
        f"{TRANSFER}/CreateResponse",
        "<x:ResourceCreated><a:Address>http://localhost/wsman</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{escape(request.resource)}</w:ResourceURI>"
        f'<w:SelectorSet><w:Selector Name="ShellId">{escape(shell_id)}</w:Selector></w:SelectorSet>'
        "</a:ReferenceParameters></x:ResourceCreated>"
        f"<rsp:Shell><rsp:ShellId>{escape(shell_id)}</rsp:ShellId>"
        f"<rsp:ResourceUri>{escape(request.resource)}</rsp:ResourceUri>"
        "<rsp:Owner>LAB</rsp:Owner><rsp:ClientIP>127.0.0.1</rsp:ClientIP><rsp:IdleTimeOut>PT7200.000S</rsp:IdleTimeOut>"
        f"<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>{output_streams}</rsp:OutputStreams></rsp:Shell>",
    )


def command_created(request: Request, command_id: str) -> bytes:
    """The answer to Command."""
    body = f"<rsp:CommandResponse><rsp:CommandId>{escape(command_id)}</rsp:CommandId></rsp:CommandResponse>"
    return _envelope(request, f"{SHELL}/CommandResponse", body)


def received(
    request: Request, command_id: str | None, streams: Iterable[tuple[str, bytes]], *, done: bool, exit_code: int | None
) -> bytes:
    """The answer to Receive: output so far and, for a command, its state."""
    owner = f" CommandId={quoteattr(command_id)}" if command_id else ""
    parts = [
        f'<rsp:Stream Name="{name}"{owner}>{base64.b64encode(data).decode()}</rsp:Stream>'
        for name, data in streams
        if data
    ]
    if done:
        code = "" if exit_code is None else f"<rsp:ExitCode>{exit_code}</rsp:ExitCode>"
        parts.append(f'<rsp:CommandState{owner} State="{SHELL}/CommandState/Done">{code}</rsp:CommandState>')
    elif command_id:
        parts.append(f'<rsp:CommandState{owner} State="{SHELL}/CommandState/Running"/>')
    body = f"<rsp:ReceiveResponse>{''.join(parts)}</rsp:ReceiveResponse>"
    return _envelope(request, f"{SHELL}/ReceiveResponse", body)


def sent(request: Request) -> bytes:
    """The answer to Send."""
    return _envelope(request, f"{SHELL}/SendResponse", "<rsp:SendResponse/>")


def signalled(request: Request) -> bytes:
    """The answer to Signal."""
    return _envelope(request, f"{SHELL}/SignalResponse", "<rsp:SignalResponse/>")


def deleted(request: Request) -> bytes:
    """The answer to Delete."""
    return _envelope(request, f"{TRANSFER}/DeleteResponse", "")


def fault(request: Request | None, error: WsmanError) -> bytes:
    """A SOAP fault with its WSManFault detail."""
    wmi = ""
    if error.wmi_code is not None:
        namespace = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"
        wmi = f'<e:MSFT_WmiError xmlns:e="{namespace}"><e:error_Code>{error.wmi_code}</e:error_Code></e:MSFT_WmiError>'
    text = escape(error.text)
    body = (
        "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode>"
        f'</s:Code><s:Reason><s:Text xml:lang="en-US">{text}</s:Text></s:Reason><s:Detail>'
        '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"'
        f' Code="{error.code}" Machine="lab"><f:Message>{text}</f:Message></f:WSManFault>{wmi}</s:Detail></s:Fault>'
    )
    return _envelope(request, "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", body)


def _envelope(request: Request | None, action: str, body: str) -> bytes:
    relates = f"<a:RelatesTo>{escape(request.message_id)}</a:RelatesTo>" if request is not None else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" xmlns:w="{WSMAN}"'
        f' xmlns:rsp="{SHELL}"><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{ADDRESSING}/role/anonymous</a:To>{relates}"
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _text(header: Element, name: str) -> str:
    return (header.findtext(name) or "").strip()


def _named(header: Element, tag: str) -> dict[str, str]:
    return {element.get("Name", ""): element.text or "" for element in header.iter(f"{{{WSMAN}}}{tag}")}
