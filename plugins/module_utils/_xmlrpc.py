# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML-RPC over :mod:`_http`: encoding, decoding and one call. Private to this collection; no Ansible import."""

from __future__ import annotations

import xml.parsers.expat
import xmlrpc.client
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._errors import FaultError, OaError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._http import HttpClient, retry_after

#: HTTP states after which the same read may succeed a moment later
_PASSING_STATES = frozenset({500, 502, 503, 504})


class EncodingError(OaError):
    """A value cannot be put on the wire."""


class _DoctypeError(Exception):
    """A document type declaration: the door to entity bombs; no XML-RPC answer has one."""


def without_none(value: Any) -> Any:
    """``value`` without dictionary members that are None, at any depth (XML-RPC has no null; oa-api.md 1.4)."""
    if isinstance(value, dict):
        return {str(key): without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [without_none(item) for item in value]
    return value


def encode(method: str, params: tuple[Any, ...]) -> bytes:
    """A method call as UTF-8 XML.

    Values are str, int (32 bit), bool, float, bytes, list and dict; numbers that may exceed 32 bit are the caller's to
    pass as decimal strings. Raises :class:`EncodingError`.
    """
    try:
        document = xmlrpc.client.dumps(params, method, encoding="utf-8").encode("utf-8")
    except (TypeError, OverflowError, UnicodeEncodeError) as failure:
        raise EncodingError(f"{method}: an argument cannot be sent: {failure}") from failure
    try:
        xml.parsers.expat.ParserCreate().Parse(document, True)
    except xml.parsers.expat.ExpatError as failure:
        raise EncodingError(f"{method}: an argument holds a control character, which XML cannot carry") from failure
    return document


def decode(document: bytes) -> Any:
    """The one value of a method response.

    Raises ``xmlrpc.client.Fault`` for a fault and ``ValueError`` for anything that is no XML-RPC response.
    """
    parser = xml.parsers.expat.ParserCreate()
    unmarshaller = xmlrpc.client.Unmarshaller(use_builtin_types=True)

    def refuse(*_declaration: object) -> None:
        raise _DoctypeError

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = unmarshaller.start
    parser.EndElementHandler = unmarshaller.end
    parser.CharacterDataHandler = unmarshaller.data
    # expat hands over text, so there is nothing left for the unmarshaller to decode
    unmarshaller.xml("", None)
    try:
        parser.Parse(document, True)
        values = unmarshaller.close()
    except xmlrpc.client.Fault:
        raise
    except _DoctypeError:
        raise ValueError("it declares a document type") from None
    except (xml.parsers.expat.ExpatError, xmlrpc.client.ResponseError, ValueError, TypeError, LookupError) as failure:
        raise ValueError("it is no XML-RPC document") from failure
    if len(values) != 1:
        raise ValueError("it holds no single value")
    return values[0]


class XmlRpcTransport:
    """Calls methods of one XML-RPC server."""

    def __init__(self, url: str, client: HttpClient) -> None:
        self.url = url
        self._client = client

    def call(self, method: str, params: tuple[Any, ...]) -> Any:
        """The decoded value; raises :class:`TransportError`, :class:`EncodingError` or :class:`FaultError`."""
        answer = self._client.send("POST", self.url, body=encode(method, params), headers={"Content-Type": "text/xml"})
        if answer.status == 401:
            raise TransportError("unauthorized", self.url, "HTTP status 401", http_status=401)
        if answer.status != 200:
            kind = "unavailable" if answer.status in _PASSING_STATES else "http_status"
            raise TransportError(
                kind,
                self.url,
                f"HTTP status {answer.status}",
                http_status=answer.status,
                retry_after=retry_after(answer.headers),
            )
        try:
            return decode(answer.body)
        except xmlrpc.client.Fault as fault:
            raise FaultError(method, str(fault.faultString), extype_id=int(fault.faultCode)) from None
        except ValueError as failure:
            raise TransportError("garbage", self.url, f"{len(answer.body)} bytes came back, but {failure}") from failure
