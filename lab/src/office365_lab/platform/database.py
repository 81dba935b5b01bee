"""The platform's own access to its database: a small pool, and connections for long transactions."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

Row = dict[str, Any]
Connection = psycopg.Connection[Row]
_Pool = queue.LifoQueue[Connection | None]

NAME = "oss"
READER = "oss_reader"
_POOL_SIZE = 12
_WAIT_SECONDS = 60.0
# How long a call waits for rows that another open transaction has changed before it is told that they are locked.
_LOCK_TIMEOUT = "10s"


class Database:
    """The database ``oss``. Every connection but those for reading is in transaction mode (read committed)."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._idle = _pool()
        self._idle_readers = _pool()

    def connect(self) -> Connection:
        """A new connection that belongs to the caller."""
        return self._connect(autocommit=False)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A pooled connection; commits at the end of the block, rolls back when the block raises."""
        with self._borrowed(self._idle, autocommit=False) as connection:
            try:
                yield connection
            except BaseException:
                if not connection.closed:
                    connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A pooled connection for statements that only read.

        A transaction would add two round trips and, as it is "read committed", no consistency between statements.
        """
        with self._borrowed(self._idle_readers, autocommit=True) as connection:
            yield connection

    def close(self) -> None:
        """Close the idle connections; nothing else may be under way."""
        for pool in (self._idle, self._idle_readers):
            for _ in range(_POOL_SIZE):
                connection = pool.get(timeout=_WAIT_SECONDS)
                if connection is not None:
                    connection.close()

    def _connect(self, autocommit: bool) -> Connection:
        # the lab sends the same few statements many thousand times: planning each again would cost more than running it
        options = f"-c lock_timeout={_LOCK_TIMEOUT} -c plan_cache_mode=force_generic_plan"
        return psycopg.connect(self._conninfo, row_factory=dict_row, options=options, autocommit=autocommit)

    @contextmanager
    def _borrowed(self, pool: _Pool, autocommit: bool) -> Iterator[Connection]:
        connection = pool.get(timeout=_WAIT_SECONDS)
        try:
            if connection is None or connection.closed:
                connection = self._connect(autocommit)
            yield connection
        finally:
            pool.put(connection)


def _pool() -> _Pool:
    pool: _Pool = queue.LifoQueue()
    for _ in range(_POOL_SIZE):
        pool.put(None)
    return pool


def create(admin_conninfo: str) -> None:
    """Create the database and its read-only role; ``admin_conninfo`` leads to any database of a fresh cluster."""
    with psycopg.connect(admin_conninfo, autocommit=True) as admin:
        admin.execute(sql.SQL("create role {} login").format(sql.Identifier(READER)))
        admin.execute(sql.SQL("alter role {} set default_transaction_read_only = on").format(sql.Identifier(READER)))
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))


def empty(connection: Connection) -> None:
    """Remove every row and start all numbers at their beginning; the caller commits."""
    names = [
        sql.Identifier(row["tablename"])
        for row in connection.execute("select tablename from pg_tables where schemaname = 'public'")
    ]
    connection.execute(sql.SQL("truncate {} restart identity").format(sql.SQL(", ").join(names)))


def create_tables(connection: Connection) -> None:
    """Create the empty tables; the caller commits."""
    text = resources.files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
    connection.execute(text.encode())
