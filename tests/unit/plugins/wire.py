# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scripted server at the level of HTTP: requests are really encoded, answers really decoded.

A test says which calls it expects, in order, with values and types. A call that was not expected, or a write in check
mode, fails the test at once; a call that did not come fails it at its end.
"""

from __future__ import annotations

import base64
import io
import json
import re
import threading
import xmlrpc.client
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
import requests.adapters
import urllib3

API_URL = "http://mn01.example.com:8440/RPC2"
BILLING_URL = "https://billing01.example.com:5224/RPC2"
APS_URL = "https://mn01.example.com:6308"
TOKEN = "token-1"
USERNAME = "admin"
PASSWORD = "p\u00e4ss:word"

#: What the tests hold to be reading; written down here again, so that a mistake in the client's list shows
READS = re.compile(
    r"^(pem\.(APS\.)?get[A-Z]\w*|pem\.statistics\.getStatisticsReport|system\.listMethods"
    r"|BM\.(GetVersion|PlanDetailsGet|PlanRateListFullGet)_API)$"
)

Answer = Callable[[requests.PreparedRequest], requests.Response]


class RequestId:
    """Stands for a request id that the client makes up; everywhere it is expected, the same one has to come."""

    def __init__(self, label: str) -> None:
        self._form = re.compile(rf"^ansible-[0-9a-f-]{{36}}-{re.escape(label)}$")
        self.value = ""

    def matches(self, value: object) -> bool:
        if not self.value and isinstance(value, str) and self._form.match(value):
            self.value = value
        return bool(self.value) and value == self.value

    def __repr__(self) -> str:
        return f"<request id {self._form.pattern}>"


def same(expected: Any, actual: Any) -> bool:
    """Equal in value and in type, at any depth: ``1`` is neither ``True`` nor ``"1"``."""
    if isinstance(expected, RequestId):
        return expected.matches(actual)
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, (list, tuple)):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    return bool(expected == actual)


def response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> requests.Response:
    """An answer as it comes from the network."""
    answer = requests.Response()
    answer.status_code = status
    answer.headers.update(headers or {})
    answer.raw = urllib3.HTTPResponse(
        io.BytesIO(body), status=status, headers=dict(headers or {}), preload_content=False
    )
    return answer


def xml(value: Any) -> bytes:
    """An XML-RPC answer with one value."""
    return xmlrpc.client.dumps((value,), methodresponse=True).encode()


@dataclass
class Expected:
    """A call that has to come next, and what it gets."""

    name: str
    params: tuple[Any, ...] | None
    answer: Answer
    headers: Mapping[str, str]


class Wire(requests.adapters.BaseAdapter):
    """Takes the place of the network under every session."""

    def __init__(self) -> None:
        super().__init__()
        self.check_mode = False
        self.sent: list[str] = []
        self.pauses: list[float] = []
        #: how the last request was sent: ``timeout``, ``verify``, ``proxies``
        self.options: dict[str, Any] = {}
        self.now = 0.0
        self._expected: deque[Expected] = deque()
        self._lock = threading.Lock()

    # -- what a test expects -----------------------------------------------------------------------------------

    def raw(self, method: str, params: tuple[Any, ...] | None, answer: Answer) -> None:
        """A call of the Public API with any answer at all."""
        self._expected.append(Expected(method, params, answer, {}))

    def call(self, method: str, arguments: dict[str, Any] | None = None, result: Any = None) -> None:
        """A call with one structure of arguments that succeeds; without a result where ``result`` is None."""
        envelope = {"status": 0} if result is None else {"status": 0, "result": result}
        self.raw(method, (arguments or {},), lambda _request: response(200, xml(envelope)))

    def refused(self, method: str, arguments: dict[str, Any], **members: Any) -> None:
        """A call that the platform answers with an error."""
        envelope = {"status": -1, "error_message": "no", **members}
        self.raw(method, (arguments,), lambda _request: response(200, xml(envelope)))

    def batch(self, *operations: tuple[str, dict[str, Any]], **error: Any) -> None:
        """A batch; with members of an error where it is to fail."""
        params = tuple({"operation": name, "parameters": [arguments]} for name, arguments in operations)
        envelope = {"status": -1, **error} if error else {"status": 0}
        self.raw("pem.batchRequest", params, lambda _request: response(200, xml(envelope)))

    def lost(self, method: str, arguments: dict[str, Any], failure: Exception) -> None:
        """A call whose answer never comes."""

        def fail(_request: requests.PreparedRequest) -> requests.Response:
            raise failure

        self.raw(method, (arguments,), fail)

    def billing(self, method: str, params: list[Any], answer: Any) -> None:
        """A call of the Billing API with the login; ``answer`` is its ``Result``, a fault or another failure."""

        def respond(_request: requests.PreparedRequest) -> requests.Response:
            if isinstance(answer, xmlrpc.client.Fault):
                return response(200, xmlrpc.client.dumps(answer).encode())
            if isinstance(answer, Exception):
                raise answer
            return response(200, xml({"Result": answer}))

        self.raw(f"BM.{method}", (params, {"Username": USERNAME, "Password": PASSWORD}), respond)

    def token(self, token: str = TOKEN) -> None:
        """The login to the APS controller."""
        self.call(
            "pem.APS.getAccountToken",
            {"account_id": 1, "subscription_id": 0},
            {"aps_token": token, "controller_uri": f"{APS_URL}/"},
        )

    def rest(
        self,
        path: str,
        body: Any,
        *,
        token: str = TOKEN,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """A GET request to the APS controller; ``path`` with its query, below ``/aps/2/``.

        ``body`` is bytes, a value for JSON, or an exception that the request ends with.
        """

        def answer(_request: requests.PreparedRequest) -> requests.Response:
            if isinstance(body, Exception):
                raise body
            return response(status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)

        expected = Expected(f"GET {APS_URL}/aps/2/{path}", None, answer, {"APS-Token": token})
        self._expected.append(expected)

    def transaction(
        self, label: str, *calls: tuple[str, dict[str, Any], Any], txn_id: str = "7001", commit: bool = True
    ) -> RequestId:
        """A transaction with its calls (method, arguments without ``txn_id``, result)."""
        request_id = RequestId(label)
        self.call("txn.Begin", {"request_id": request_id, "timeout": 120}, {"txn_id": txn_id})
        for method, arguments, result in calls:
            self.call(method, {**arguments, "txn_id": txn_id}, result)
        if commit:
            self.call("txn.Commit", {"txn_id": txn_id})
        return request_id

    def request_status(self, request_id: RequestId, status: int = 0, messages: Sequence[str] = ()) -> None:
        """The state of a request: 0 done, 1 running, 2 failed."""
        result = {"request_status": status, "status_messages": list(messages)}
        self.call("pem.getRequestStatus", {"request_id": request_id}, result)

    @property
    def missing(self) -> list[str]:
        """The expected calls that have not come yet."""
        return [expected.name for expected in self._expected]

    # -- the adapter -------------------------------------------------------------------------------------------

    def send(self, request: requests.PreparedRequest, *_arguments: Any, **options: Any) -> requests.Response:
        with self._lock:
            self.options = options
            name, params = _decoded(request)
            self.sent.append(name)
            if self.check_mode and params is not None:
                assert READS.match(name), f"a write in check mode: {name} {params}"
            assert self._expected, f"nothing was expected any more, but this came: {name} {params}"
            expected = self._expected.popleft()
            assert name == expected.name, f"expected {expected.name}, got {name} {params}"
            if expected.params is not None:
                assert same(expected.params, params), f"{name}: expected {expected.params!r}, got {params!r}"
            for header, value in expected.headers.items():
                assert request.headers.get(header) == value, f"{name}: header {header} is {request.headers.get(header)}"
        answer = expected.answer(request)
        answer.request = request
        answer.url = str(request.url)
        return answer

    def close(self) -> None:
        """Nothing to close."""

    def sleep(self, seconds: float) -> None:
        """Time passes without waiting."""
        self.pauses.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        """The time that :meth:`sleep` moves on."""
        return self.now


def _decoded(request: requests.PreparedRequest) -> tuple[str, tuple[Any, ...] | None]:
    assert request.headers["User-Agent"] == "odin.office365"
    if request.method == "GET":
        assert "Authorization" not in request.headers, "the login of the Public API went to the APS controller"
        return f"GET {request.url}", None
    if request.url == BILLING_URL:
        return _decoded_billing(request)
    assert (request.method, request.url) == ("POST", API_URL)
    login = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {login}"
    assert request.headers["Content-Type"].startswith("text/xml")
    assert isinstance(request.body, bytes)
    params, method = xmlrpc.client.loads(request.body, use_builtin_types=True)
    return str(method), params


def _decoded_billing(request: requests.PreparedRequest) -> tuple[str, tuple[Any, ...]]:
    """``Server.Method`` of a call of the Billing API, its parameters, and its other members."""
    assert "Authorization" not in request.headers, "the login of the Billing API belongs into the call"
    assert isinstance(request.body, bytes)
    (struct,), method = xmlrpc.client.loads(request.body, use_builtin_types=True)
    assert method == "Execute"
    assert isinstance(struct, dict)
    name = f"{struct.pop('Server')}.{struct.pop('Method')}"
    return name, (struct.pop("Params"), struct)
