"""From a request to the function behind it: arguments, transactions, batches, introspection (oa-api.md 1.5 to 1.8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import INT, STRING, Array, Struct, ValueType, optional, required
from office365_lab.platform.api.envelope import Request, TopLevel
from office365_lab.platform.api.errors import ApiError, PlannedError
from office365_lab.platform.api.registry import Method, Registry, signature
from office365_lab.platform.api.transactions import Transactions
from office365_lab.platform.services import Services
from office365_lab.platform.tasks import store

BATCH = "pem.batchRequest"
_TXN_ID = "txn_id"
_DEFAULT_PLANNED = ("Common", 1)

_OwnHandler = Callable[[dict[str, Any]], Any]


class _AnyStruct(ValueType):
    """The struct that an operation of a batch hands on; the operation's own declaration checks it."""

    name = "struct"

    def check(self, value: Any, place: str) -> Any:
        return value


_OPERATION = Struct(required("operation", STRING), required("parameters", Array(_AnyStruct())))
_REQUEST_ID = Struct(required("request_id", STRING))
_BATCH_ELEMENT = Struct(
    optional("operation", STRING), optional("parameters", Array(_AnyStruct())), optional("request_id", STRING)
)


class Dispatcher:
    """Runs requests; safe for many threads."""

    def __init__(self, services: Services, transactions: Transactions, registry: Registry) -> None:
        self._services = services
        self._transactions = transactions
        self._registry = registry
        # methods of the protocol itself: they take no txn_id, and none of them may be part of a batch
        self._own: dict[str, tuple[Struct, _OwnHandler]] = {
            "txn.Begin": (
                Struct(optional(_TXN_ID, STRING), optional("timeout", INT), optional("request_id", STRING)),
                self._begin,
            ),
            "txn.Commit": (Struct(required(_TXN_ID, STRING)), self._commit),
            "txn.Rollback": (Struct(required(_TXN_ID, STRING)), self._rollback),
            "pem.getRequestStatus": (Struct(required("request_id", STRING)), self._request_status),
            "system.listMethods": (Struct(), self._list_methods),
            "pem.getMethodSignature": (Struct(required("method_name", STRING)), self._signature),
        }

    def changes(self, name: str) -> bool:
        """Does the method change anything that outlives the call? Unknown methods do not."""
        if name == BATCH:
            return True
        return name not in self._own and self._registry.has(name) and self._registry.find(name).changes

    def run(self, request: Request) -> Any:
        """The result of a request.

        Raises :class:`ApiError` (an answer with a status other than 0) and ``UnknownMethodError`` (a fault).
        """
        try:
            if request.method == BATCH:
                self._take_planned_error(BATCH)
                return self._batch(request.parameters)
            if request.method in self._own:
                return self._run_own(request)
            return self._run_method(self._registry.find(request.method), request.parameters)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            raise ApiError("locked", reason=_first_line(error)) from error
        except psycopg.Error as error:
            raise ApiError("internal", reason=_first_line(error)) from error

    def _run_own(self, request: Request) -> Any:
        declaration, handler = self._own[request.method]
        arguments = declaration.check(_single(request.parameters), request.method)
        try:
            self._take_planned_error(request.method)
        except PlannedError:
            if request.method == "txn.Commit":
                self._transactions.rollback(arguments[_TXN_ID])
            raise
        return handler(arguments)

    def _run_method(self, method: Method, parameters: Sequence[Any]) -> Any:
        sent = _single(parameters)
        if not isinstance(sent, dict) or _TXN_ID not in sent:
            database = self._services.database
            with database.transaction() if method.changes else database.reading() as db:
                return self._invoke(method, sent, Call(db, self._services))
        txn_id = STRING.check(sent[_TXN_ID], f"{method.name}.{_TXN_ID}")
        with self._transactions.use(txn_id) as transaction:
            rest = {name: value for name, value in sent.items() if name != _TXN_ID}
            return self._invoke(method, rest, Call(transaction.connection, self._services, transaction.request_id))

    def _batch(self, elements: Sequence[Any]) -> None:
        """Run the operations of a batch in one transaction; the first failure undoes them all.

        Each XML-RPC parameter is one element, as documented; one array of elements is accepted as well [U].
        """
        if len(elements) == 1 and isinstance(elements[0], list):
            elements = elements[0]
        if not elements:
            raise ApiError("arguments", reason=f"{BATCH} needs at least one element")
        plan: list[tuple[Method, Any, str | None]] = []
        request_id: str | None = None
        for index, element in enumerate(elements):
            place = f"{BATCH}[{index}]"
            if isinstance(element, dict) and "request_id" in element:
                request_id = _REQUEST_ID.check(element, place)["request_id"]
                self._transactions.check_request_id(request_id)
                continue
            operation = _OPERATION.check(element, place)
            if operation["operation"] in self._own or operation["operation"] == BATCH:
                raise ApiError("arguments", reason=f"{place}: {operation['operation']} cannot be part of a batch")
            method = self._registry.find(operation["operation"])
            plan.append((method, _single(operation["parameters"]), request_id))
        # What an operation only writes travels with what the next one asks: one round trip for each instead of three.
        with self._services.database.transaction() as db, db.pipeline():
            for method, arguments, request in plan:
                self._invoke(method, arguments, Call(db, self._services, request))

    def _invoke(self, method: Method, sent: Any, call: Call) -> Any:
        arguments = method.arguments.check(sent, method.name)
        self._take_planned_error(method.name)
        return method.handler(call, arguments)

    def _take_planned_error(self, name: str) -> None:
        fault = self._services.faults.take("public_api", self._services.host, name, "error")
        if fault is not None:
            module_id, extype_id = _DEFAULT_PLANNED
            raise PlannedError(
                str(fault.get("message", "planned error")),
                str(fault.get("module_id", module_id)),
                int(fault.get("extype_id", extype_id)),
            )

    def _begin(self, arguments: dict[str, Any]) -> dict[str, str]:
        txn_id = self._transactions.begin(arguments.get(_TXN_ID), arguments.get("timeout"), arguments.get("request_id"))
        return {_TXN_ID: txn_id}

    def _commit(self, arguments: dict[str, Any]) -> None:
        self._transactions.commit(arguments[_TXN_ID])

    def _rollback(self, arguments: dict[str, Any]) -> None:
        self._transactions.rollback(arguments[_TXN_ID])

    def _request_status(self, arguments: dict[str, Any]) -> dict[str, Any]:
        with self._services.database.transaction() as db:
            status, messages = store.request_status(db, arguments["request_id"])
        return {"request_status": status, "status_messages": messages}

    def _list_methods(self, arguments: dict[str, Any]) -> list[str]:
        return sorted([*self._registry.names(), *self._own, BATCH])

    def _signature(self, arguments: dict[str, Any]) -> TopLevel:
        name = arguments["method_name"]
        if name == BATCH:
            return TopLevel(signature=signature(name, _BATCH_ELEMENT))
        if name in self._own:
            return TopLevel(signature=signature(name, self._own[name][0]))
        if name not in self._registry.names():
            raise ApiError("no_object", kind="Method", id=name)
        return TopLevel(signature=signature(name, self._registry.find(name).arguments))


def _single(parameters: Sequence[Any]) -> Any:
    """Exactly one parameter is allowed, and it has to be a struct (oa-api.md 1.1)."""
    if len(parameters) != 1 or not isinstance(parameters[0], dict):
        raise ApiError("arguments", reason="a method takes exactly one parameter, which must be a struct")
    return parameters[0]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
