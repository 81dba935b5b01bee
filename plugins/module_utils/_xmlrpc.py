# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML-RPC over :mod:`_http`: encoding, decoding and one call. Private to this collection; no Ansible import."""

from __future__ import annotations

import base64
import re
import xmlrpc.client
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from ansible_collections.odin.office365.plugins.module_utils._errors import FaultError, OaError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._http import HttpClient, retry_after
from ansible_collections.odin.office365.plugins.module_utils._xml import DoctypeError, parse

#: HTTP states after which the same read may succeed a moment later
_PASSING_STATES = frozenset({500, 502, 503, 504})
#: Anything but the characters of XML 1.0; halves of surrogate pairs cannot even be encoded
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class EncodingError(OaError):
    """A value cannot be put on the wire."""


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
        document = xmlrpc.client.dumps(params, method, encoding="utf-8")
        encoded = document.encode("utf-8")
    except (TypeError, OverflowError, UnicodeEncodeError) as failure:
        raise EncodingError(f"{method}: an argument cannot be sent: {failure}") from failure
    if _NO_CHARACTER.search(document):
        raise EncodingError(f"{method}: an argument holds a control character, which XML cannot carry")
    return encoded


def decode(document: bytes) -> Any:
    """The one value of a method response.

    Raises ``xmlrpc.client.Fault`` for a fault and ``ValueError`` for anything that is no XML-RPC response.
    """
    try:
        root = parse(document)
        if root.tag != "methodResponse":
            raise ValueError("it is no XML-RPC document")
        (content,) = root
        if content.tag == "fault":
            fault = _value(content[0])
            raise xmlrpc.client.Fault(int(fault["faultCode"]), str(fault["faultString"]))
        (parameter,) = content
        (value,) = parameter
        return _value(value)
    except DoctypeError:
        raise ValueError("it declares a document type") from None
    except (ValueError, TypeError, LookupError, RecursionError) as failure:
        raise ValueError("it is no XML-RPC document") from failure


def _value(element: Element) -> Any:
    """What a ``value`` element holds; one without a type is a string. Raises ``ValueError``, ``LookupError``."""
    if not len(element):
        return element.text or ""
    (typed,) = element
    kind = typed.tag
    if kind == "struct":
        # a name stands before its value in all that XML-RPC servers write
        return {name.text or "": _value(value) for name, value in typed}
    if kind == "array":
        (data,) = typed
        return [_value(value) for value in data]
    return _SCALARS[kind](typed.text or "")


def _boolean(text: str) -> bool:
    return {"0": False, "1": True}[text.strip()]


_SCALARS: dict[str, Callable[[str], Any]] = {
    "string": str,
    **dict.fromkeys(("int", "i4", "i8", "i2", "i1"), int),
    "boolean": _boolean,
    "double": float,
    "base64": base64.b64decode,
    "dateTime.iso8601": lambda text: datetime.strptime(text.strip(), "%Y%m%dT%H:%M:%S"),
    "nil": lambda _text: None,
}


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
