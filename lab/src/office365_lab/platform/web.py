"""What the web services of the platform share: answers, planned faults, hanging up."""

from __future__ import annotations

import dataclasses
import email.utils
import functools
import http.client
import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import NoReturn

from office365_lab.faults import Fault, FaultPlan
from office365_lab.server import reset

_HOLD_SECONDS = 30.0
_REQUEST_LINE = re.compile(rb"[A-Z]+ /(?!/)[!-~]* HTTP/1\.1\r\n")
_MAX_LINE_BYTES = 65536
XMLRPC_FAULT_WORDS = (
    "reset",
    "http_500",
    "fault",
    "delay",
    "timeout_before",
    "timeout_after",
    "answer_lost",
    "late",
    "garbage",
)
_FAULT_WORDS = (*XMLRPC_FAULT_WORDS, "error")


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP answer; ``outcome`` is what the wire log says of the call."""

    status: int
    body: bytes
    content_type: str
    outcome: str = "ok"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


class WebHandler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive; an answer leaves in one piece."""

    raw_requestline: bytes
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *arguments: object) -> None:
        """The wire log is the only log of calls."""

    def parse_request(self) -> bool:
        """Read the head of a request. A plain one is taken apart here, anything else by the base class.

        The parser of mail headers that the base class uses takes a tenth of the time of a small call.
        """
        line = _REQUEST_LINE.fullmatch(self.raw_requestline)
        if line is None:
            return super().parse_request()
        self.requestline = line[0].decode("ascii").rstrip()
        self.command, self.path, self.request_version = self.requestline.split(" ")
        self.headers = http.client.HTTPMessage()
        self.close_connection = True
        while (text := self.rfile.readline(_MAX_LINE_BYTES)) not in (b"\r\n", b"\n"):
            name, colon, value = text.decode("iso-8859-1").partition(":")
            if not colon or name != name.strip() or not value.endswith("\n"):
                self.send_error(HTTPStatus.BAD_REQUEST, "Bad header")
                return False
            self.headers[name] = value.strip()
        self.close_connection = self.headers.get("Connection", "").lower() == "close"
        if self.headers.get("Expect", "").lower() == "100-continue":
            return self.handle_expect_100()
        return True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The ``Date`` of an answer; all answers of a second share one."""
        return _date(int(time.time() if timestamp is None else timestamp))

    def read_body(self) -> bytes | None:
        """The request's body; None (and an answer 411 or 413) where its length is not told or too large."""
        text = self.headers.get("Content-Length", "")
        if not text.isdecimal():
            self.send(Answer(411, b"", "text/plain", "error: no Content-Length"))
            self.close_connection = True
            return None
        return self.rfile.read(int(text))

    def send(self, answer: Answer) -> None:
        """Send an answer."""
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def wait(self, seconds: float) -> None:
        """The latency of the service; a pause of 0 seconds would still cost a change of the thread."""
        if seconds > 0:
            time.sleep(seconds)

    def hang_up(self) -> NoReturn:
        """Close the connection without an answer: the caller sees a TCP reset.

        Raises ``ConnectionAbortedError``, which ends the handling of this connection.
        """
        # the socket stays open as long as its files are
        self.rfile.close()
        self.wfile.close()
        reset(self.connection)
        raise ConnectionAbortedError("the lab hung up as planned")


@functools.lru_cache(maxsize=1)
def _date(second: int) -> str:
    return email.utils.formatdate(second, usegmt=True)


def answer_with_faults(
    handler: WebHandler,
    plan: FaultPlan,
    place: tuple[str, str, str],
    work: Callable[[], Answer],
    planned: Callable[[Fault], Answer],
    log: Callable[[str], None],
    words: tuple[str, ...] = _FAULT_WORDS,
) -> None:
    """Do ``work`` and send its answer, unless a fault is planned for ``place`` (channel, host, call).

    ``reset``, ``http_500``, ``garbage``, ``timeout_before``: the work is not done. ``delay``: it is done later.
    ``late``: it is done, and the answer comes later. ``timeout_after``, ``answer_lost``: it is done, but the caller
    never learns of it. For ``fault`` and ``error`` ``planned`` makes the answer. ``log`` is told the outcome before
    the caller is: whoever has an answer finds it in the wire log.
    """
    fault = plan.take(*place, *words)
    what = fault["do"] if fault is not None else ""
    seconds = float(fault.get("seconds", _HOLD_SECONDS)) if fault is not None else 0.0
    if what in ("delay", "timeout_before"):
        time.sleep(seconds)
    if what in ("reset", "timeout_before"):
        log(f"error: {what}")
        handler.hang_up()
    if fault is not None and what in ("fault", "error"):
        answer = planned(fault)
    elif what == "http_500":
        answer = Answer(500, b"<html><body>Internal Server Error</body></html>", "text/html", "error: http_500")
    elif what == "garbage":
        answer = Answer(200, b"%PDF-1.4 this is not an answer", "text/plain", "error: garbage")
    else:
        answer = work()
    if what in ("late", "timeout_after"):
        time.sleep(seconds)
    if what in ("timeout_after", "answer_lost"):
        log(f"{answer.outcome} ({what})")
        handler.hang_up()
    log(answer.outcome)
    handler.send(answer)
