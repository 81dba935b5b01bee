"""Transactions of the Public API: each is a real database transaction on a connection of its own (oa-api.md 1.5)."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.database import Connection, Database

_MAX_REQUEST_ID = 256


@dataclasses.dataclass
class _Transaction:
    connection: Connection
    request_id: str | None
    timer: threading.Timer | None
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)


@dataclasses.dataclass(frozen=True)
class OpenTransaction:
    """What a call inside a transaction works with."""

    connection: Connection
    request_id: str | None


class Transactions:
    """The open transactions by id; safe for many threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: dict[str, _Transaction] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def begin(self, txn_id: str | None, timeout: int | None, request_id: str | None) -> str:
        """Open a transaction and give its id.

        ``timeout`` is in seconds, None or 0 means no limit. Raises :class:`ApiError`: ``request_in_use`` for a
        request id that an open transaction or an unfinished task still has, ``transaction_exists`` for an id in use.
        """
        if request_id is not None:
            self.check_request_id(request_id)
        connection = self._database.connect()
        timer = None
        with self._lock:
            name = txn_id if txn_id is not None else str(next(self._numbers))
            if name in self._open or any(
                request_id is not None and other.request_id == request_id for other in self._open.values()
            ):
                connection.close()
                if name in self._open:
                    raise ApiError("transaction_exists", txn_id=name)
                raise ApiError("request_in_use", request_id=request_id)
            if timeout:
                timer = threading.Timer(timeout, self._expire, (name, connection))
                timer.daemon = True
            self._open[name] = _Transaction(connection, request_id, timer)
        if timer is not None:
            timer.start()
        return name

    def check_request_id(self, request_id: str) -> None:
        """Raise :class:`ApiError` where ``request_id`` may not be used for new tasks."""
        if not 0 < len(request_id) <= _MAX_REQUEST_ID:
            raise ApiError("arguments", reason=f"request_id must have 1 to {_MAX_REQUEST_ID} characters")
        with self._database.transaction() as db:
            if db.execute("select 1 from tm_groups where gclass = %s", (request_id,)).fetchone() is not None:
                raise ApiError("request_in_use", request_id=request_id)

    @contextmanager
    def use(self, txn_id: str) -> Iterator[OpenTransaction]:
        """One call inside a transaction; an error in the block closes the transaction without effect."""
        transaction = self._find(txn_id)
        with transaction.lock:
            self._same(txn_id, transaction)
            try:
                yield OpenTransaction(transaction.connection, transaction.request_id)
            except BaseException:
                self._end(txn_id, transaction, commit=False)
                raise

    def commit(self, txn_id: str) -> None:
        """Make the effects last; raises :class:`ApiError` ``no_transaction`` for an unknown id."""
        self._finish(txn_id, commit=True)

    def rollback(self, txn_id: str) -> None:
        """Drop the effects; raises :class:`ApiError` ``no_transaction`` for an unknown id."""
        self._finish(txn_id, commit=False)

    def close_all(self) -> None:
        """Roll back whatever is open."""
        for txn_id, transaction in list(self._open.items()):
            with transaction.lock:
                self._end(txn_id, transaction, commit=False)

    def _find(self, txn_id: str) -> _Transaction:
        with self._lock:
            transaction = self._open.get(txn_id)
        if transaction is None:
            raise ApiError("no_transaction", txn_id=txn_id)
        return transaction

    def _same(self, txn_id: str, transaction: _Transaction) -> None:
        """Another thread may have ended the transaction while this one waited for its lock."""
        if self._open.get(txn_id) is not transaction:
            raise ApiError("no_transaction", txn_id=txn_id)

    def _finish(self, txn_id: str, commit: bool) -> None:
        transaction = self._find(txn_id)
        with transaction.lock:
            self._same(txn_id, transaction)
            self._end(txn_id, transaction, commit)

    def _expire(self, txn_id: str, connection: Connection) -> None:
        transaction = self._open.get(txn_id)
        if transaction is not None and transaction.connection is connection:
            with transaction.lock:
                self._end(txn_id, transaction, commit=False)

    def _end(self, txn_id: str, transaction: _Transaction, commit: bool) -> None:
        with self._lock:
            if self._open.get(txn_id) is not transaction:
                return
            del self._open[txn_id]
        if transaction.timer is not None:
            transaction.timer.cancel()
        try:
            if commit:
                transaction.connection.commit()
            else:
                transaction.connection.rollback()
        finally:
            transaction.connection.close()
