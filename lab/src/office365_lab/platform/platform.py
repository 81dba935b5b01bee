"""The platform as one object: database, Public API, APS controller, Billing API, task engine."""

from __future__ import annotations

import dataclasses
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from office365_lab import tls
from office365_lab.faults import FaultPlan
from office365_lab.installation import Credentials, Installation
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.platform import database, seed, snapshot
from office365_lab.platform.api.dispatcher import Dispatcher
from office365_lab.platform.api.server import PublicApi, PublicApiServer
from office365_lab.platform.api.transactions import Transactions
from office365_lab.platform.aps.server import aps_server
from office365_lab.platform.billing_api.server import billing_server
from office365_lab.platform.database import Database
from office365_lab.platform.methods import all_methods
from office365_lab.platform.postgres import SUPERUSER, PostgresServer
from office365_lab.platform.services import Services
from office365_lab.platform.tasks import instance_tasks, package_tasks, provisioning
from office365_lab.platform.tasks.actions import Action, Actions
from office365_lab.platform.tasks.engine import TaskEngine
from office365_lab.platform.tokens import Tokens
from office365_lab.server import LOOPBACK
from office365_lab.wirelog import WireLog

_FULL_INFO_SECONDS = 0.5
_VERSION = re.compile(r"\d+(\.\d+)+(_hf\d+)*")


@dataclasses.dataclass(frozen=True)
class PlatformAddresses:
    """Where the platform listens; ports are on 127.0.0.1. ``database_user`` may only read."""

    api_http_port: int
    api_https_port: int
    aps_port: int
    database_socket_folder: Path
    database_user: str
    psql: Path
    billing_http_port: int
    billing_https_port: int


class Platform:
    """A platform that is started once and stopped once.

    ``full_info_seconds`` is what a full ``pem.getServiceTemplate`` takes: it is documented as slow (oa-api.md 3).
    Raises ``ValueError`` for an impossible ``platform_version``.
    """

    def __init__(
        self,
        options: LabOptions,
        layout: LabLayout,
        wire: WireLog,
        faults: FaultPlan,
        installation: Installation,
        credentials: Credentials,
        *,
        full_info_seconds: float = _FULL_INFO_SECONDS,
    ) -> None:
        if _VERSION.fullmatch(options.platform_version) is None:
            raise ValueError(f"platform_version {options.platform_version!r}: must be like 7.1.0 or 7.0.1_hf130748")
        self._postgres = PostgresServer()
        self._parts = ExitStack()
        self._options = options
        self._layout = layout
        self._wire = wire
        self._faults = faults
        self._installation = installation
        self._credentials = credentials
        self._full_info_seconds = full_info_seconds
        self._services: Services | None = None
        self._transactions: Transactions | None = None
        self._engine: TaskEngine | None = None

    def start(self) -> PlatformAddresses:
        """Start everything; when a part does not start, the others are stopped again."""
        with ExitStack() as parts:
            parts.callback(self._postgres.stop)
            self._postgres.start()
            database.create(self._postgres.conninfo(SUPERUSER))
            data = Database(self._postgres.conninfo(database.NAME))
            parts.callback(data.close)
            services = self._services = self._make_services(data)
            with data.transaction() as db:
                database.create_tables(db)
                seed.seed(db, services)
            transactions = self._transactions = Transactions(data)
            parts.callback(transactions.close_all)
            api = PublicApi(services, Dispatcher(services, transactions, all_methods()))
            context = tls.server_context(services.layout.certificates)
            http, https, aps = PublicApiServer(api, None), PublicApiServer(api, context), aps_server(services, context)
            services.controller_uri = f"https://{LOOPBACK}:{aps.port}/"
            billing_http, billing_https = billing_server(services, None), billing_server(services, context)
            for server in (http, https, aps, billing_http, billing_https):
                parts.callback(server.stop)
                server.start()
            self._engine = TaskEngine(services, _all_actions())
            parts.callback(self._engine.stop)
            self._engine.start()
            self._parts = parts.pop_all()
        return PlatformAddresses(
            api_http_port=http.port,
            api_https_port=https.port,
            aps_port=aps.port,
            database_socket_folder=self._postgres.socket_folder,
            database_user=database.READER,
            psql=self._postgres.psql,
            billing_http_port=billing_http.port,
            billing_https_port=billing_https.port,
        )

    def stop(self) -> None:
        """Stop everything and remove the database. Does nothing where the platform is not running."""
        self._parts.close()

    def reset(self) -> None:
        """Back to the start state; open transactions are rolled back, addresses stay the same."""
        if self._engine is None or self._transactions is None:
            raise RuntimeError("the platform is not running")
        self._engine.stop()
        self._transactions.close_all()
        services = self._running()
        with services.database.transaction() as db:
            database.empty(db)
            seed.seed(db, services)
        self._engine.start()

    def state(self) -> dict[str, Any]:
        """The platform's part of the state snapshot."""
        services = self._running()
        with services.database.transaction() as db:
            return snapshot.take(db, services)

    def _make_services(self, data: Database) -> Services:
        return Services(
            options=self._options,
            layout=self._layout,
            wire=self._wire,
            faults=self._faults,
            installation=self._installation,
            credentials=self._credentials,
            database=data,
            tokens=Tokens(self._options.token_seconds),
            full_info_seconds=self._full_info_seconds,
        )

    def _running(self) -> Services:
        if self._services is None:
            raise RuntimeError("the platform is not running")
        return self._services


def _all_actions() -> Actions:
    actions = Actions()
    actions.add(seed.NOTHING, Action(lambda db, services, data: "done"))
    provisioning.register(actions)
    package_tasks.register(actions)
    instance_tasks.register(actions)
    return actions
