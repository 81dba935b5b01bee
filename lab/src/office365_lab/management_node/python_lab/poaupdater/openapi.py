"""Client of the Public API as scripts on the management node use it. Works with Python 2.7 and 3.

Behaviour after oa-api.md 1.3, 1.5 and 1.7; the code is the lab's own. Differences: a request that fails
is never asked about on the terminal, the node's settings come from one JSON file, and a user may be given.
"""
# Python 2.7 reads this too: type comments use the imports below; it has no pathlib.
# ruff: noqa: F401, PTH118

import base64
import io
import json
import os
import sys
import time

if sys.version_info[0] >= 3:
    from http.client import HTTPConnection
    from xmlrpc.client import dumps, loads
else:
    from httplib import HTTPConnection
    from xmlrpclib import dumps, loads

MYPY = False
if MYPY:
    from typing import Any, Callable, Dict, Optional

_SETTINGS = "usr/local/pem/etc/openapi.json"
_REQUEST_ID_LENGTH = 256
_REQUEST_ID_IN_USE = ("OpenAPI", 3001)
_POLL_SECONDS = 0.2
_RUNNING = 1
_FAILED = 2


class OpenAPIError(Exception):
    """The platform answered with a status other than 0."""

    def __init__(self, error_message, module_id=None, extype_id=None, properties=None):
        # type: (str, Optional[str], Optional[int], Optional[Dict[str, str]]) -> None
        Exception.__init__(self, error_message)
        self.error_message = error_message
        self.module_id = module_id
        self.extype_id = extype_id
        self.properties = properties or {}

    def __str__(self):
        # type: () -> str
        if self.module_id is None:
            return self.error_message
        return "%s (%s/%s)" % (self.error_message, self.module_id, self.extype_id)


class OpenAPI(object):
    """``OpenAPI().pem.APS.getApplications(...)``: a dotted name is called with named arguments.

    Arguments that are None are left out at every depth. Raises :class:`OpenAPIError` for a failed call,
    ``socket.error`` where the platform does not answer and a ``Fault`` of the XML-RPC library.
    """

    def __init__(self, user=None, password=None):
        # type: (Optional[str], Optional[str]) -> None
        path = os.path.join(os.environ["OFFICE365_LAB_NODE"], _SETTINGS)
        with io.open(path, encoding="utf-8") as stream:
            self._settings = json.load(stream)  # type: Dict[str, Any]
        if user:
            self._settings.update({"user": user, "password": password or ""})
        self._connection = None  # type: Any
        self.txn_id = None  # type: Optional[str]

    def __getattr__(self, name):
        # type: (str) -> Any
        return _Method(self._call, name)

    def begin(self, txn_id=None, request_id=None):
        # type: (Optional[str], Optional[str]) -> str
        """Open a transaction; every call until commit or rollback belongs to it. Gives its id."""
        if self.txn_id is not None:
            raise OpenAPIError("a transaction is already open")
        opened = self._call("txn.Begin", {"txn_id": txn_id, "request_id": request_id})["txn_id"]  # type: str
        self.txn_id = opened
        return opened

    def beginRequest(self, request_id_cand="req", prefix_gen=time.time):  # noqa: N802  the vendor's name
        # type: (str, Callable[[], float]) -> str
        """Open a transaction under a new request id and give that id, for :meth:`waitRequestComplete`."""
        candidate = "%.6f_%s" % (prefix_gen(), request_id_cand)
        counter = 0
        while True:
            prefix = "%d_" % counter if counter else ""
            request_id = (prefix + candidate)[:_REQUEST_ID_LENGTH]
            try:
                self.begin(request_id=request_id)
            except OpenAPIError as error:
                if (error.module_id, error.extype_id) != _REQUEST_ID_IN_USE:
                    raise
                counter += 1
            else:
                return request_id

    def commit(self):
        # type: () -> None
        """Make everything since :meth:`begin` last."""
        self._finish("txn.Commit")

    def rollback(self):
        # type: () -> None
        """Undo everything since :meth:`begin`."""
        self._finish("txn.Rollback")

    def waitRequestComplete(self, request_id):  # noqa: N802  the vendor's name
        # type: (str) -> None
        """Wait until no task of the request is open; :class:`OpenAPIError` where one failed."""
        while True:
            answer = self._call("pem.getRequestStatus", {"request_id": request_id})
            if answer["request_status"] == _FAILED:
                raise OpenAPIError("; ".join(answer["status_messages"]))
            if answer["request_status"] != _RUNNING:
                return
            time.sleep(_POLL_SECONDS)

    def _finish(self, method):
        # type: (str) -> None
        if self.txn_id is None:
            raise OpenAPIError("no transaction is open")
        txn_id, self.txn_id = self.txn_id, None
        self._call(method, {"txn_id": txn_id})

    def _call(self, method, arguments):
        # type: (str, Dict[str, Any]) -> Any
        parameters = _without_none(arguments)
        if self.txn_id is not None and not method.startswith("txn."):
            parameters["txn_id"] = self.txn_id
        answer = loads(self._post(dumps((parameters,), method, encoding="utf-8")))[0][0]  # type: Any
        if answer["status"] != 0:
            self.txn_id = None  # the platform closes the transaction of a call that fails
            raise OpenAPIError(
                answer["error_message"], answer.get("module_id"), answer.get("extype_id"), answer.get("properties")
            )
        return answer["signature"] if "signature" in answer else answer.get("result")

    def _post(self, body):
        # type: (Any) -> Any
        settings = self._settings
        headers = {"Content-Type": "text/xml"}
        if settings["user"]:
            pair = "%s:%s" % (settings["user"], settings["password"])
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")
        if not isinstance(body, bytes):
            body = body.encode("utf-8")
        if self._connection is None:
            self._connection = HTTPConnection(settings["host"], settings["port"])
        try:
            self._connection.request("POST", "/RPC2", body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except Exception:
            self._connection.close()
            raise
        if response.status != 200:
            raise OpenAPIError("HTTP status %d: %s" % (response.status, response.reason))
        return content


class _Method(object):
    """A dotted method name that grows with every attribute and is called at last."""

    def __init__(self, call, name):
        # type: (Callable[[str, Dict[str, Any]], Any], str) -> None
        self._do_call = call
        self._name = name

    def __getattr__(self, name):
        # type: (str) -> _Method
        return _Method(self._do_call, self._name + "." + name)

    def __call__(self, **arguments):
        # type: (**Any) -> Any
        return self._do_call(self._name, arguments)


def _without_none(value):
    # type: (Any) -> Any
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(item) for item in value if item is not None]
    return value
