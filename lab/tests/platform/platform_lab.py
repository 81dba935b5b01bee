"""A running platform for tests, and the ways in which independent clients reach it."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests
from office365_lab import tls, wirelog
from office365_lab.faults import FaultPlan
from office365_lab.installation import RELEASES, Credentials, Installation, new_credentials, plan_installation
from office365_lab.layout import LabLayout
from office365_lab.options import LabOptions
from office365_lab.packages import build_packages
from office365_lab.platform import Platform, PlatformAddresses
from office365_lab.wirelog import WireLog

APPLICATION = 5
FIRST_INSTANCE = 1001
TARGET = "16.8.4-34"
RELATIONS_TASK = "APS application 'Office365', id 5 : updating upgrade relations for APS packages of application"
# Short, but long enough that a task can be seen while it is under way.
FAST = LabOptions(
    gateways=3,
    hosts=2,
    service_templates=6,
    subscriptions=12,
    task_seconds=0.02,
    import_seconds=0.05,
    instance_upgrade_seconds=0.05,
)


class RefusedError(Exception):
    """The platform answered with a status other than 0."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["error_message"])
        self.answer = answer
        self.code = (answer["module_id"], answer["extype_id"])


@dataclasses.dataclass
class PlatformLab:
    """A platform and everything that a test may ask it for."""

    platform: Platform
    addresses: PlatformAddresses
    options: LabOptions
    layout: LabLayout
    installation: Installation
    credentials: Credentials
    faults: FaultPlan
    written_by_hand: bool = False

    def touched(self) -> bool:
        """May anything differ from the start state since the wire log was empty?"""
        return self.written_by_hand or any(
            line["write"] or line["call"].startswith(("txn.", "lab.")) for line in self.wire()
        )

    @property
    def url(self) -> str:
        """The Public API over HTTP, without a path."""
        return f"http://127.0.0.1:{self.addresses.api_http_port}"

    @property
    def authority(self) -> str:
        """The certificate that clients have to trust."""
        return str(self.layout.certificates / "ca.pem")

    def proxy(self) -> xmlrpc.client.ServerProxy:
        """A client of the standard library, with a connection of its own."""
        user = f"{self.credentials.api_username}:{self.credentials.api_password}"
        return xmlrpc.client.ServerProxy(
            f"http://{user}@127.0.0.1:{self.addresses.api_http_port}/RPC2", use_builtin_types=True
        )

    def raw(self, method: str, *parameters: Any) -> Any:
        """The whole answer of a call: the struct with ``status``."""
        with self.proxy() as proxy:
            return getattr(proxy, method)(*parameters)

    def call(self, method: str, **arguments: Any) -> Any:
        """The result of a call; None where it has none. Raises :class:`RefusedError`."""
        answer = self.raw(method, arguments)
        if answer["status"] != 0:
            raise RefusedError(answer)
        return answer.get("result")

    def post(self, body: bytes, path: str = "/RPC2", **more: Any) -> requests.Response:
        """A plain HTTP request to the Public API."""
        options: dict[str, Any] = {
            "auth": (self.credentials.api_username, self.credentials.api_password),
            "headers": {"Content-Type": "text/xml"},
            **more,
        }
        return requests.post(self.url + path, data=body, timeout=10, **options)

    def token(self) -> str:
        """A token of the administrator for the APS controller."""
        token: str = self.call("pem.APS.getUserToken", user_id=1)["aps_token"]
        return token

    def rest(self, path: str, method: str = "GET", token: str | None = None, **more: Any) -> requests.Response:
        """A request to the APS controller; ``path`` starts after ``/aps/2``."""
        headers = {"APS-Token": token if token is not None else self.token()}
        return requests.request(
            method,
            f"https://127.0.0.1:{self.addresses.aps_port}/aps/2{path}",
            headers=headers,
            verify=self.authority,
            timeout=10,
            **more,
        )

    def psql(self, query: str, user: str | None = None, **values: object) -> list[list[str]]:
        """Rows of a query through the real client program; ``:'name'`` in it stands for a value.

        Raises ``CalledProcessError`` where the query is refused.
        """
        self.written_by_hand = self.written_by_hand or user is not None
        done = subprocess.run(
            [
                *(self.addresses.psql, "-X", "-A", "-t", "-q", "-F", "\t", "-v", "ON_ERROR_STOP=1"),
                *("-h", self.addresses.database_socket_folder, "-d", "oss"),
                *("-U", user or self.addresses.database_user),
                *(word for name, value in values.items() for word in ("-v", f"{name}={value}")),
            ],
            input=query,
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    def wire(self, call: str | None = None) -> list[dict[str, Any]]:
        """Lines of the wire log, of one call or all."""
        return [line for line in wirelog.read(self.layout.wire_log) if call in (None, line["call"])]

    def package(self, version: str = "16.8.4") -> str:
        """The URL of a package as the management node sees it."""
        return (self.layout.packages / f"Office365-{RELEASES[version]}.app.zip").as_uri()

    def request(self, method: str, **arguments: Any) -> str:
        """Make a call in a transaction with a request id of its own; the id."""
        request_id = f"test {time.monotonic()}"
        txn_id = self.call("txn.Begin", request_id=request_id)["txn_id"]
        self.call(method, txn_id=txn_id, **arguments)
        self.call("txn.Commit", txn_id=txn_id)
        return request_id

    def finished(self, request_id: str) -> tuple[int, list[str]]:
        """Wait until no task of a request is under way: request status and messages."""

        def over() -> bool:
            return bool(self.call("pem.getRequestStatus", request_id=request_id)["request_status"] != 1)

        wait_for(over)
        answer = self.call("pem.getRequestStatus", request_id=request_id)
        return answer["request_status"], answer["status_messages"]

    def import_package(self, version: str = "16.8.4") -> tuple[int, list[str]]:
        """Import a package and wait for its tasks."""
        return self.finished(self.request("pem.APS.importPackage", package_url=self.package(version)))

    def convert_settings(self) -> None:
        """What upgradeResourceSettings16-6To16-8.py does."""
        rows = self.psql("select rt_id, value from rt_act_params where name = 's_limit_base' order by 1")
        for rt_id, base in rows:
            parameters = {"s_format": "16.8", "s_limit_base": str(int(base) * 1024)}
            self.call(
                "pem.setRTActParams",
                rt_id=int(rt_id),
                act_params=[{"var_name": name, "var_value": value} for name, value in parameters.items()],
            )

    def upgrade(self, instance: int = FIRST_INSTANCE, version: str = TARGET) -> tuple[int, list[str]]:
        """Upgrade an instance and wait for its tasks."""
        request = self.request(
            "pem.APS.upgradeApplicationInstance", application_instance_id=instance, package_version=version
        )
        return self.finished(request)

    def task(self, name: str) -> dict[str, Any] | None:
        """The task whose name holds this text, as the state snapshot shows it."""
        return next((task for task in self.platform.state()["tasks"] if name in task["name"]), None)


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until ``condition`` holds; fails the test where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@contextlib.contextmanager
def running(folder: Path, options: LabOptions) -> Iterator[PlatformLab]:
    """A platform with these options in ``folder``."""
    layout = LabLayout(folder)
    tls.create(layout.certificates)
    build_packages(layout.packages, list(RELEASES))
    credentials = new_credentials()
    faults = FaultPlan(layout.faults)
    installation = plan_installation(options)
    wire = WireLog(layout.wire_log, credentials.secrets())
    platform = Platform(options, layout, wire, faults, installation, credentials, full_info_seconds=0.3)
    addresses = platform.start()
    try:
        yield PlatformLab(platform, addresses, options, layout, installation, credentials, faults)
    finally:
        platform.stop()
