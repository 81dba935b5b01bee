"""Answers of the APS controller: JSON, lists with ``Content-Range``, errors (oa-api.md 6.3)."""

from __future__ import annotations

import json
from typing import Any

from office365_lab.platform.aps.rql import Query
from office365_lab.platform.database import Row
from office365_lab.platform.web import Answer

_JSON = "application/json"


class RestError(Exception):
    """A failure with its HTTP status; ``kind`` goes into the member ``type`` of the body."""

    def __init__(self, status: int, message: str, kind: str = "APS::Hub::Exception") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def success(data: Any, status: int = 200) -> Answer:
    """An answer with JSON."""
    return Answer(status, json.dumps(data).encode(), _JSON)


def failure(error: RestError) -> Answer:
    """An answer that says what went wrong."""
    body = {"code": error.status, "type": error.kind, "message": str(error)}
    return Answer(error.status, json.dumps(body).encode(), _JSON, f"error: {error.status} {error}")


def listing(items: list[dict[str, Any]], start: int, total: int) -> Answer:
    """A list with ``Content-Range``; 206 where it is a part of the whole."""
    numbers = f"{start}-{start + len(items) - 1}" if items else "*"
    return Answer(
        206 if len(items) < total else 200,
        json.dumps(items).encode(),
        _JSON,
        headers={"Content-Range": f"items {numbers}/{total}"},
    )


def resource(row: Row) -> dict[str, Any]:
    """A row of a view of resources as the controller shows it."""
    meta = {
        "id": str(row["aps_id"]),
        "type": row["types"][0],
        "status": "aps:ready",
        "revision": row["revision"],
        "modified": row["modified"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        **row["meta"],
    }
    return {"aps": meta, **{name: value for name, value in row["data"].items() if value is not None}}


def selected(item: dict[str, Any], query: Query) -> dict[str, Any]:
    """The members that ``select(...)`` names, or everything."""
    if not query.fields:
        return item
    result: dict[str, Any] = {}
    for field in query.fields:
        source: Any = item
        target = result
        *path, last = field.split(".")
        for name in path:
            source = source.get(name, {}) if isinstance(source, dict) else {}
            target = target.setdefault(name, {})
        if isinstance(source, dict) and last in source:
            target[last] = source[last]
    return result
