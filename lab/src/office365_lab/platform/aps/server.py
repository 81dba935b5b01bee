"""The APS controller as a web service."""

from __future__ import annotations

import json
import ssl
import sys
import time
import traceback
from typing import ClassVar
from urllib.parse import urlsplit

from office365_lab.faults import Fault
from office365_lab.platform.aps.answers import RestError, failure
from office365_lab.platform.aps.controller import Controller
from office365_lab.platform.services import Services
from office365_lab.platform.web import Answer, WebHandler, answer_with_faults
from office365_lab.server import LabServer

CHANNEL = "aps"


def aps_server(services: Services, tls: ssl.SSLContext) -> LabServer:
    """A server for the APS controller, not yet started."""
    handler = type("Handler", (_Handler,), {"services": services, "controller": Controller(services)})
    return LabServer(handler, tls=tls)


class _Handler(WebHandler):
    services: ClassVar[Services]
    controller: ClassVar[Controller]

    def do_GET(self) -> None:  # noqa: N802  the names that http.server looks for
        self._serve(b"")

    def do_DELETE(self) -> None:  # noqa: N802
        self._serve(b"")

    def do_POST(self) -> None:  # noqa: N802
        self._serve_with_body()

    def do_PUT(self) -> None:  # noqa: N802
        self._serve_with_body()

    def _serve_with_body(self) -> None:
        body = self.read_body()
        if body is not None:
            self._serve(body)

    def _serve(self, body: bytes) -> None:
        started = time.monotonic()
        self.wait(self.services.options.api_latency_seconds)
        call = f"{self.command} {self.path}"
        answer_with_faults(
            self,
            self.services.faults,
            (CHANNEL, self.services.host, call),
            lambda: self._answer(body),
            _planned,
            lambda outcome: self.services.wire.append(
                CHANNEL,
                call,
                host=self.services.host,
                client=self.client_address[0],
                write=self.command != "GET",
                arguments=_for_log(body),
                outcome=outcome,
                seconds=time.monotonic() - started,
            ),
        )

    def _answer(self, body: bytes) -> Answer:
        parts = urlsplit(self.path)
        # a fault of its own: the call is answered as ever, only that every token is out of date by now
        if self.services.faults.take(CHANNEL, self.services.host, f"{self.command} {self.path}", "expire_tokens"):
            self.services.tokens.expire()
        try:
            return self.controller.answer(self.command, parts.path, parts.query, self.headers.get("APS-Token"), body)
        except Exception as error:  # a mistake of the lab: loud in its log, an error for the caller
            traceback.print_exc(file=sys.stderr)
            return failure(RestError(500, f"mistake of the lab: {error!r}"))


def _planned(fault: Fault) -> Answer:
    return failure(RestError(int(fault.get("status", 500)), str(fault.get("message", "planned error"))))


def _for_log(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return "not JSON"
