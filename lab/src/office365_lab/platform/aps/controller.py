"""What the APS controller answers: packages, applications, resources, collections, resource types (oa-api.md 6.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from psycopg import sql

from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.aps import resource_type_manager, rql
from office365_lab.platform.aps.answers import RestError, failure, listing, resource, selected, success
from office365_lab.platform.database import Connection
from office365_lab.platform.services import Services
from office365_lab.platform.tokens import ExpiredTokenError, UnknownTokenError
from office365_lab.platform.web import Answer

_APPLICATION_TYPE = "http://aps-standard.org/types/core/application/1.0"
_ACCESS = "APS::Util::AccessViolation"
_RESOURCES, _PACKAGES = sql.Identifier("lab_aps_view"), sql.Identifier("lab_package_view")
_SUBSCRIPTIONS = sql.Identifier("lab_subscription_view")
_SUBSCRIPTION_COLUMNS = {"subscriptionId": "sub_id", "serviceTemplateId": "st_id"}

_Route = Callable[["Controller", Connection, "re.Match[str]", str, Any], Answer]


class Controller:
    """Answers requests; safe for many threads."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def answer(self, method: str, path: str, query: str, token: str | None, body: bytes) -> Answer:
        """Run a request; whatever the caller did wrong becomes an answer."""
        try:
            if path.rstrip("/") != "/aps":  # the version is told to everyone
                self._check_token(token)
            route, match = _find_route(method, path.rstrip("/"))
            data = _decoded(body)
            with self._services.database.transaction() as db:
                return route(self, db, match, query, data)
        except RestError as error:
            return failure(error)
        except rql.RqlError as error:
            return failure(RestError(400, f"RQL: {error}"))
        except ApiError as error:
            return failure(RestError(404 if error.kind == "no_object" else 400, str(error), error.module_id))

    def _check_token(self, token: str | None) -> None:
        if token is None:
            raise RestError(403, "No token", _ACCESS)
        try:
            self._services.tokens.check(token)
        except UnknownTokenError:
            raise RestError(403, "Token is not valid", _ACCESS) from None
        except ExpiredTokenError:
            raise RestError(403, "Token expired", _ACCESS) from None

    def versions(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """The versions of the APS API; the form is the lab's own [U]."""
        return success({"versions": ["2.0", "2.1"]})

    def packages(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """The imported packages."""
        return _list(db, _PACKAGES, query)

    def package(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """One package."""
        return _one(db, _PACKAGES, match.group(1))

    def applications(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """The application instances; RQL has no effect here, as clients have found."""
        rows = db.execute(
            sql.SQL("select * from {} where %s = any(types) order by position").format(_RESOURCES),
            (_APPLICATION_TYPE,),
        )
        return success([resource(row) for row in rows])

    def resources(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """The resources that a query with ``implementing(type)`` selects."""
        if not any(term.name == "implementing" for term in rql.parse(query)):
            raise RestError(400, "implementing(type) is required: without it the list would have no end")
        return _list(db, _RESOURCES, query)

    def resource(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """One resource."""
        return _one(db, _RESOURCES, match.group(1))

    def subscriptions(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """The collection of all subscriptions, the provider's own one included."""
        return _list(db, _SUBSCRIPTIONS, query, _SUBSCRIPTION_COLUMNS)

    def types(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """The ids of the known types."""
        rows = db.execute(sql.SQL("select distinct unnest(types) as id from {} order by 1").format(_RESOURCES))
        return success([{"id": row["id"]} for row in rows])

    def read_type(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """One resource type."""
        version = self._services.platform_version
        return success(resource_type_manager.read(db, version, int(match.group(1))))

    def create_type(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """A new resource type."""
        return success(resource_type_manager.create(db, data), 201)

    def update_type(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """Changes of a resource type."""
        return success(resource_type_manager.update(db, int(match.group(1)), data))

    def remove_type(self, db: Connection, match: re.Match[str], query: str, data: Any) -> Answer:
        """Removal of a resource type."""
        resource_type_manager.remove(db, int(match.group(1)))
        return success({})


_TYPES = r"/aps/2/services/resource-type-manager/resourceTypes"
_ROUTES: tuple[tuple[str, re.Pattern[str], _Route], ...] = tuple(
    (method, re.compile(pattern), route)
    for method, pattern, route in (
        ("GET", r"/aps", Controller.versions),
        ("GET", r"/aps/2/packages", Controller.packages),
        ("GET", r"/aps/2/packages/([^/]+)", Controller.package),
        ("GET", r"/aps/2/applications?", Controller.applications),
        ("GET", r"/aps/2/resources", Controller.resources),
        ("GET", r"/aps/2/resources/([^/]+)", Controller.resource),
        ("GET", r"/aps/2/types", Controller.types),
        ("GET", r"/aps/2/collections/subscriptions", Controller.subscriptions),
        ("POST", _TYPES, Controller.create_type),
        ("GET", rf"{_TYPES}/(\d{{1,9}})", Controller.read_type),
        ("PUT", rf"{_TYPES}/(\d{{1,9}})", Controller.update_type),
        ("DELETE", rf"{_TYPES}/(\d{{1,9}})", Controller.remove_type),
    )
)


def _find_route(method: str, path: str) -> tuple[_Route, re.Match[str]]:
    other_methods = False
    for wanted, pattern, route in _ROUTES:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        if wanted == method:
            return route, match
        other_methods = True
    if other_methods:
        raise RestError(405, f"{method} is not allowed for {path}")
    raise RestError(404, f"{path} does not exist")


def _decoded(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        raise RestError(400, "the body is not JSON") from None


def _list(db: Connection, view: sql.Identifier, text: str, columns: Mapping[str, str] = MappingProxyType({})) -> Answer:
    query = rql.compile_query(text, columns)
    if view is not _PACKAGES and any(term.name == "active" for term in rql.parse(text)):
        raise RestError(400, "active() is for packages")
    source = sql.SQL("from {} where {}").format(view, sql.SQL(query.where))
    total = db.execute(sql.SQL("select count(*) as n {}").format(source), query.parameters).fetchone()
    # the page first, then its objects: else the objects of all pages before it would be made too
    rows = db.execute(
        sql.SQL(
            "select * from {view} join (select aps_id {source} order by {order} limit %s offset %s) page using (aps_id)"
            " order by {order}"
        ).format(view=view, source=source, order=sql.SQL(query.order)),
        [*query.parameters, query.number, query.start],
    )
    items = [selected(resource(row), query) for row in rows]
    return listing(items, query.start, total["n"] if total is not None else 0)


def _one(db: Connection, view: sql.Identifier, identifier: str) -> Answer:
    identifier = unquote(identifier)
    if not rql.is_uuid(identifier):
        raise RestError(404, f"{identifier} does not exist")
    row = db.execute(sql.SQL("select * from {} where aps_id = %s").format(view), (identifier,)).fetchone()
    if row is None:
        raise RestError(404, f"{identifier} does not exist")
    return success(resource(row))
