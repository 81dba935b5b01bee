# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Public API of the platform: envelope, transactions, batches, request ids. Private; no Ansible import.

Source of all names and rules: oa-api.md 1.3 (envelope), 1.5 (transactions), 1.6 (request ids).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from ansible_collections.odin.office365.plugins.module_utils._errors import (
    ApiError,
    TaskFailedError,
    TransportError,
    WaitTimeoutError,
)
from ansible_collections.odin.office365.plugins.module_utils._polling import poll_pause
from ansible_collections.odin.office365.plugins.module_utils._values import whole_number
from ansible_collections.odin.office365.plugins.module_utils._xmlrpc import without_none

#: Every method that changes nothing. Any other method is a write: never repeated, never sent in check mode.
READ_METHODS = frozenset(
    {
        "pem.APS.getAccountToken",
        "pem.APS.getApplicationInstance",
        "pem.APS.getApplicationInstanceServiceResourceTypes",
        "pem.APS.getApplicationInstanceSettings",
        "pem.APS.getApplicationInstances",
        "pem.APS.getApplications",
        "pem.APS.getPackage",
        "pem.getMethodSignature",
        "pem.getRequestStatus",
        "pem.getResourceTypesByClass",
        "pem.getServiceTemplate",
        "pem.getServiceTemplateList",
        "pem.getSubscription",
        "pem.statistics.getStatisticsReport",
        "system.listMethods",
    }
)

#: Pauses in seconds before the second, third ... try of a read
READ_PAUSES = (0.5, 1.0, 2.0)
#: The longest pause that a server's wait hint can make us take
MAX_HINTED_PAUSE = 30.0
_REQUEST_ID_LENGTH = 256
DEFAULT_TRANSACTION_TIMEOUT = 120
_REQUEST_ID_TRIES = 5
_DONE, _RUNNING, _FAILED = 0, 1, 2

Operation = tuple[str, dict[str, Any]]
_Result = TypeVar("_Result")


class Transport(Protocol):
    """What the client needs from the wire."""

    url: str

    def call(self, method: str, params: tuple[Any, ...]) -> Any:
        """The decoded result of one call."""


def repeat_read(once: Callable[[], _Result], sleep: Callable[[float], None]) -> _Result:
    """The result of a read that is tried again after a passing failure of the network, a few times at most."""
    for pause in READ_PAUSES:
        try:
            return once()
        except TransportError as error:
            if not error.passing:
                raise
            sleep(max(pause, min(error.retry_after or 0.0, MAX_HINTED_PAUSE)))
    return once()


class Transaction:
    """An open transaction; its calls take effect together when the ``with`` block ends without an error."""

    def __init__(self, client: OaClient, txn_id: str, request_id: str) -> None:
        self._client = client
        self.txn_id = txn_id
        self.request_id = request_id
        # the server closes a transaction on any error inside it (oa-api.md 1.5): then there is nothing to roll back
        self.open = True

    def call(self, method: str, **arguments: Any) -> Any:
        """A call inside the transaction; in check mode a write is not sent and the result is None."""
        try:
            return self._client.call(method, **arguments, txn_id=self.txn_id)
        except ApiError:
            self.open = False
            raise


class OaClient:
    """Calls the Public API. Safe for threads as far as its transport is; transactions belong to one thread.

    ``transaction_timeout`` (seconds): after it the platform rolls an open transaction back. By default it never does,
    so one that a killed run left open would keep its objects locked for ever (oa-api.md 1.5).
    """

    def __init__(
        self,
        transport: Transport,
        *,
        check_mode: bool = False,
        transaction_timeout: int = DEFAULT_TRANSACTION_TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._sleep = sleep
        self._clock = clock
        self._transaction_timeout = transaction_timeout
        self.check_mode = check_mode

    @property
    def url(self) -> str:
        """The address of the Public API."""
        return self._transport.url

    def call(self, method: str, **arguments: Any) -> Any:
        """The ``result`` of a method (or its ``signature``); None where it has no output or was not sent in check mode.

        Arguments that are None are left out. Raises :class:`TransportError` or :class:`ApiError`.
        """
        params = (without_none(arguments),)
        return self._read(method, params) if method in READ_METHODS else self._write(method, params)

    def batch(self, operations: Sequence[Operation], request_id: str | None = None) -> None:
        """All operations in one transaction of the platform, in order (oa-api.md 1.5); the first failure is raised."""
        head = () if request_id is None else ({"request_id": request_id},)
        params = tuple(
            {"operation": method, "parameters": [without_none(arguments)]} for method, arguments in operations
        )
        self._write("pem.batchRequest", head + params)

    @contextmanager
    def transaction(self, label: str) -> Iterator[Transaction]:
        """A transaction with a request id made from ``label``: committed at the end, rolled back on an error."""
        current = self._begin(label)
        try:
            yield current
        except BaseException:
            if current.open:
                self._roll_back(current)
            raise
        self._write("txn.Commit", ({"txn_id": current.txn_id},))

    def request_state(self, request_id: str) -> bool:
        """True when every task of the request is done (or it has none); raises :class:`TaskFailedError`.

        An answer without a known state says nothing of the work: it must not pass for its end.
        """
        method = "pem.getRequestStatus"
        answer = self.call(method, request_id=request_id)
        members = answer if isinstance(answer, dict) else {}
        state = whole_number(members.get("request_status"))
        if state == _FAILED:
            raise TaskFailedError(request_id, [str(text) for text in members.get("status_messages") or []])
        if state not in (_DONE, _RUNNING):
            told = f"the unknown request_status {state}" if state is not None else "no request_status"
            raise TransportError("garbage", self.url, f"{method} came back with {told} for request {request_id}")
        return state == _DONE

    def wait(self, done: Callable[[], bool], what: str, timeout: float, poll_interval: float) -> None:
        """Ask ``done`` again and again, at the latest every ``poll_interval`` seconds.

        Raises :class:`WaitTimeoutError` after ``timeout`` seconds.
        """
        started = self._clock()
        while not done():
            waited = self._clock() - started
            pause = poll_pause(waited, poll_interval)
            if waited + pause > timeout:
                raise WaitTimeoutError(f"{what} did not end within {timeout:g} seconds")
            self._sleep(pause)

    def pause(self, seconds: float) -> None:
        """Wait without asking anything."""
        self._sleep(seconds)

    def now(self) -> float:
        """Seconds of a clock that only runs forward."""
        return self._clock()

    def _begin(self, label: str) -> Transaction:
        for attempt in range(1, _REQUEST_ID_TRIES + 1):
            request_id = f"ansible-{uuid.uuid4()}-{label}"[:_REQUEST_ID_LENGTH]
            try:
                begin = {"request_id": request_id, "timeout": self._transaction_timeout}
                result = self._write("txn.Begin", (begin,)) or {}
            except ApiError as error:
                if error.request_id_in_use and attempt < _REQUEST_ID_TRIES:
                    continue
                raise
            return Transaction(self, str(result.get("txn_id", "")), request_id)
        raise AssertionError("unreachable: the last try raises")

    def _roll_back(self, transaction: Transaction) -> None:
        try:
            self._write("txn.Rollback", ({"txn_id": transaction.txn_id},))
        except (TransportError, ApiError):
            # the error that led here is the one to report; an unfinished transaction never takes effect
            transaction.open = False

    def _write(self, method: str, params: tuple[Any, ...]) -> Any:
        """The only way by which a change reaches the platform; alone knows check mode. Never repeated."""
        if self.check_mode:
            return None
        return self._once(method, params)

    def _read(self, method: str, params: tuple[Any, ...]) -> Any:
        return repeat_read(lambda: self._once(method, params), self._sleep)

    def _once(self, method: str, params: tuple[Any, ...]) -> Any:
        envelope = self._transport.call(method, params)
        if not isinstance(envelope, dict) or not isinstance(envelope.get("status"), int):
            raise TransportError("garbage", self.url, f"{method} came back without the status member of the Public API")
        if envelope["status"] != 0:
            raise _api_error(method, envelope)
        return envelope["signature"] if "signature" in envelope else envelope.get("result")


def _api_error(method: str, envelope: dict[str, Any]) -> ApiError:
    properties = envelope.get("properties")
    extype = envelope.get("extype_id")
    module = envelope.get("module_id")
    return ApiError(
        method,
        str(envelope.get("error_message") or "the platform gave no reason"),
        module_id=None if module is None else str(module),
        extype_id=extype if isinstance(extype, int) else None,
        properties={str(k): str(v) for k, v in properties.items()} if isinstance(properties, dict) else None,
    )
