"""The Public API as a web service: XML-RPC over HTTP and HTTPS (oa-api.md 1.1 to 1.3)."""

from __future__ import annotations

import socket
import ssl
import sys
import time
import traceback
from typing import Any, ClassVar

from office365_lab.faults import Fault
from office365_lab.platform.api import access
from office365_lab.platform.api.dispatcher import Dispatcher
from office365_lab.platform.api.envelope import AnswerWriter, MalformedRequestError, Request, read_request
from office365_lab.platform.api.errors import ApiError, UnknownMethodError
from office365_lab.platform.api.registry import PRIVATE_PREFIX
from office365_lab.platform.services import Services
from office365_lab.platform.web import XMLRPC_FAULT_WORDS, Answer, WebHandler, answer_with_faults
from office365_lab.server import LabServer, reset

CHANNEL = "public_api"
_PATHS = ("/RPC2", "/")
_CONTENT_TYPE = "text/xml"
# Answers carry error_code on newer platforms only; from which version on is unknown [U].
_ERROR_CODE_SINCE = (8,)


class PublicApi:
    """Turns the body of a request into an answer."""

    def __init__(self, services: Services, dispatcher: Dispatcher) -> None:
        self.services = services
        self.dispatcher = dispatcher
        self.writer = AnswerWriter(services.options.bigint_as_string, services.platform_version >= _ERROR_CODE_SINCE)

    def answer(self, request: Request) -> Answer:
        """Run a request; whatever goes wrong becomes an answer."""
        try:
            result = self.dispatcher.run(request)
        except ApiError as error:
            outcome = f"error: {error.module_id}/{error.extype_id}: {error}"
            return Answer(200, self.writer.failure(error), _CONTENT_TYPE, outcome)
        except UnknownMethodError as error:
            return Answer(200, self.writer.fault(str(error)), _CONTENT_TYPE, f"error: {error}")
        except Exception as error:  # a mistake of the lab: loud in its log, an error for the caller
            traceback.print_exc(file=sys.stderr)
            failure = ApiError("internal", reason=f"mistake of the lab: {error!r}")
            return Answer(200, self.writer.failure(failure), _CONTENT_TYPE, f"error: {failure}")
        return Answer(200, self.writer.success(result), _CONTENT_TYPE)

    def planned(self, fault: Fault) -> Answer:
        """The answer of a planned XML-RPC fault."""
        message = str(fault.get("message", "planned fault"))
        return Answer(200, self.writer.fault(message), _CONTENT_TYPE, f"error: {message}")

    def log(self, call: str, client: str, **line: Any) -> None:
        """Write a line of the wire log; the lab's own hooks stand for things done on the management node."""
        channel = "management_node" if call.startswith(PRIVATE_PREFIX) else CHANNEL
        self.services.wire.append(channel, call, host=self.services.host, client=client, **line)


class PublicApiServer(LabServer):
    """Refuses strangers before it reads a byte of them, as the platform does: with a TCP reset."""

    def __init__(self, api: PublicApi, tls: ssl.SSLContext | None) -> None:
        super().__init__(type("Handler", (_Handler,), {"api": api}), tls=tls)
        self._api = api

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """May this client connect?"""
        if access.address_allowed(self._api.services.database, client_address[0]):
            return True
        self._api.log("connect", client_address[0], outcome="error: address is not allowed")
        if isinstance(request, socket.socket):
            reset(request)
        return False


class _Handler(WebHandler):
    api: ClassVar[PublicApi]

    def do_POST(self) -> None:  # noqa: N802  the name that http.server looks for
        started = time.monotonic()
        body = self.read_body()
        if body is None:
            return
        refusal = self._refusal()
        if refusal is not None:
            self._log(f"POST {self.path}", outcome=refusal.outcome)
            self.send(refusal)
            return
        try:
            request = read_request(body)
        except MalformedRequestError as error:
            self._log(f"POST {self.path}", outcome=f"error: {error}")
            self.send(Answer(200, self.api.writer.fault(str(error)), _CONTENT_TYPE))
            return
        self.wait(self.api.services.options.api_latency_seconds)
        answer_with_faults(
            self,
            self.api.services.faults,
            (CHANNEL, self.api.services.host, request.method),
            lambda: self.api.answer(request),
            self.api.planned,
            lambda outcome: self._log(
                request.method,
                write=self.api.dispatcher.changes(request.method),
                arguments=request.parameters[0] if len(request.parameters) == 1 else request.parameters,
                outcome=outcome,
                seconds=time.monotonic() - started,
            ),
            XMLRPC_FAULT_WORDS,
        )

    def _log(self, call: str, **line: Any) -> None:
        self.api.log(call, self.client_address[0], agent=self.headers.get("User-Agent", ""), **line)

    def _refusal(self) -> Answer | None:
        services = self.api.services
        if self.path not in _PATHS:
            return Answer(404, b"", "text/plain", "error: no such path")
        header = self.headers.get("Authorization")
        if services.options.api_authentication and not access.password_accepted(services.credentials, header):
            challenge = {"WWW-Authenticate": 'Basic realm="Public API"'}
            return Answer(401, b"", "text/plain", "error: wrong user name or password", challenge)
        return None
