"""A lab for benchmarks of the Public API, and what the contenders are told about it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from osaapi import OSA

from tools import laboratory
from tools.checkout import CACHE, ROOT, copy_collection

LAB = ROOT / ".lab" / "bench-api"
_COLLECTIONS = CACHE / "bench"
_APPLICATION = "5"


@dataclasses.dataclass(frozen=True)
class PlatformLab:
    """Where the platform is and how to log in."""

    host: str
    port: int
    url: str
    username: str
    password: str
    aps_url: str
    authority: str
    database: dict[str, str]

    def osa(self) -> OSA:
        """The vendor's client, with a connection of its own."""
        return OSA(host=self.host, port=self.port, user=self.username, password=self.password)

    def module_options(self) -> dict[str, Any]:
        """The connection options of a module."""
        login = {"api_url": self.url, "api_username": self.username, "api_password": self.password}
        return {**login, "aps_url": self.aps_url, "aps_ca_path": self.authority}

    def subscriptions(self) -> dict[int, list[int]]:
        """The subscriptions of each service template that belongs to Office 365, as the database knows them."""
        info = self.database
        with psycopg.connect(host=info["host"], user=info["user"], dbname=info["name"]) as db:
            rows = db.execute(
                "select st_id, sub_id from subscriptions where st_id is not null order by 1, 2"
            ).fetchall()
        found: dict[int, list[int]] = {}
        for template, number in rows:
            found.setdefault(template, []).append(number)
        return found

    def having(self, resource_type: int) -> int:
        """How many subscriptions have a resource type, as the database knows it: no contender is asked."""
        info = self.database
        with psycopg.connect(host=info["host"], user=info["user"], dbname=info["name"]) as db:
            row = db.execute("select count(*) from subs_resources where rt_id = %s", (resource_type,)).fetchone()
        return int(row[0]) if row else 0

    def new_resource_type(self, name: str) -> int:
        """A resource type that no subscription has yet."""
        parameters = [
            {"var_name": "app_id", "var_value": _APPLICATION},
            {"var_name": "service_id", "var_value": "tenant"},
        ]
        answer = self.osa().addResourceType(resclass_name="rc.saas.service", name=name, act_params=parameters)
        if answer["status"] != 0:
            raise RuntimeError(f"no resource type could be made: {answer}")
        return int(answer["result"]["resource_type_id"])


@contextmanager
def running(*, subscriptions: int, latency: float) -> Iterator[PlatformLab]:
    """A lab in which every call takes at least ``latency`` seconds."""
    options = ["--subscriptions", str(subscriptions), "--api-latency-seconds", str(latency), "--max-seconds", "7200"]
    with laboratory.running_lab(LAB, options):
        told = json.loads((LAB / "lab.json").read_text(encoding="utf-8"))
        yield PlatformLab(
            "127.0.0.1",
            told["ports"]["api_http"],
            told["urls"]["public_api"],
            told["credentials"]["api_username"],
            told["credentials"]["api_password"],
            told["urls"]["aps"],
            str(LAB / "certificates" / "ca.pem"),
            told["database"],
        )


def collection_path() -> Path:
    """A folder for PYTHONPATH in which Python finds the collection of this checkout."""
    copy_collection(_COLLECTIONS)
    return _COLLECTIONS
