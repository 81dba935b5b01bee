"""XML-RPC requests and answers of the Public API (oa-api.md 1.3, 1.4)."""

from __future__ import annotations

import dataclasses
import xmlrpc.client
from collections.abc import Callable
from typing import Any

from office365_lab.platform.api.errors import ApiError

_FAILURE = -1
_FAULT_CODE = 1  # [U]: no source tells the fault codes of the real platform


class BigInt(int):
    """A 64-bit integer of an answer; how it travels is a switch of the lab."""


class TopLevel(dict[str, Any]):
    """Members of an answer that stand beside ``status`` and not below ``result``."""


class MalformedRequestError(Exception):
    """What was sent is no XML-RPC request."""


@dataclasses.dataclass(frozen=True)
class Request:
    """A method name and the parameters it was called with."""

    method: str
    parameters: tuple[Any, ...]


def read_request(body: bytes) -> Request:
    """Decode a request; raises :class:`MalformedRequestError`."""
    if b"<!DOCTYPE" in body[:4096]:
        raise MalformedRequestError("a document type declaration is not allowed")
    try:
        parameters, method = xmlrpc.client.loads(body, use_builtin_types=True)
    except Exception as error:  # the standard library raises whatever its parser stumbles over
        raise MalformedRequestError(f"not an XML-RPC request: {error}") from error
    if not method:
        raise MalformedRequestError("the request names no method")
    return Request(method, parameters)


class AnswerWriter:
    """Encodes answers; 64-bit integers as decimal strings or as ``<i8>``."""

    def __init__(self, bigint_as_string: bool, with_error_code: bool) -> None:
        self._marshaller = _marshaller(bigint_as_string)
        self._with_error_code = with_error_code

    def success(self, result: Any) -> bytes:
        """The answer of a call that worked; ``None`` gives no ``result`` member."""
        answer: dict[str, Any] = {"status": 0}
        if isinstance(result, TopLevel):
            answer.update(result)
        elif result is not None:
            answer["result"] = result
        return self._response((answer,))

    def failure(self, error: ApiError) -> bytes:
        """The answer of a call that failed."""
        answer: dict[str, Any] = {
            "status": _FAILURE,
            "error_message": str(error),
            "extype_id": error.extype_id,
            "module_id": error.module_id,
            "properties": error.properties,
        }
        if self._with_error_code and error.error_code is not None:
            answer["error_code"] = error.error_code
        return self._response((answer,))

    def fault(self, message: str) -> bytes:
        """An XML-RPC fault: malformed call or unknown method."""
        return self._response(xmlrpc.client.Fault(_FAULT_CODE, message))

    def _response(self, content: tuple[Any, ...] | xmlrpc.client.Fault) -> bytes:
        text = self._marshaller("utf-8").dumps(content)
        return f"<?xml version='1.0' encoding='utf-8'?>\n<methodResponse>\n{text}</methodResponse>\n".encode()


def _marshaller(bigint_as_string: bool) -> type[xmlrpc.client.Marshaller]:
    def dump_bigint(_: xmlrpc.client.Marshaller, value: int, write: Callable[[str], object]) -> None:
        tag = "string" if bigint_as_string else "i8"
        write(f"<value><{tag}>{int(value)}</{tag}></value>\n")

    class Marshaller(xmlrpc.client.Marshaller):
        dispatch = xmlrpc.client.Marshaller.dispatch | {BigInt: dump_bigint}

    return Marshaller
