"""The service ``resource-type-manager`` (oa-api.md 4): reading is part of its version 1.1, which 8.0 brought."""

from __future__ import annotations

from typing import Any

from office365_lab.platform.aps.answers import RestError
from office365_lab.platform.database import Connection
from office365_lab.platform.methods import find, resource_types

_READ_SINCE = (8,)
_MEMBERS = {"id", "name", "description", "resourceClassName", "attributes", "activationParameters"}


def read(db: Connection, version: tuple[int, ...], rt_id: int) -> dict[str, Any]:
    """One resource type; raises :class:`RestError` 404 on platforms before 8.0."""
    if version < _READ_SINCE:
        raise RestError(404, "the resource type manager of this platform cannot read resource types")
    return _describe(db, rt_id)


def create(db: Connection, body: Any) -> dict[str, Any]:
    """Create a resource type from its description."""
    data = _checked(body)
    rt_id = resource_types.create(
        db,
        _text(data, "resourceClassName"),
        _text(data, "name"),
        data.get("description", ""),
        data.get("attributes", []),
        data["activationParameters"],
    )
    return _describe(db, rt_id)


def update(db: Connection, rt_id: int, body: Any) -> dict[str, Any]:
    """Change name, description, attributes and activation parameters; the class stays."""
    data = _checked(body)
    present = find.resource_type(db, rt_id)
    if data.get("resourceClassName", present["resclass_name"]) != present["resclass_name"]:
        raise RestError(400, "the class of a resource type cannot be changed")
    db.execute(
        "update resource_types set restype_name = %s, description = %s where rt_id = %s",
        (data.get("name", present["restype_name"]), data.get("description", present["description"]), rt_id),
    )
    if "attributes" in data:
        resource_types.replace_attributes(db, rt_id, data["attributes"])
    resource_types.write_parameters(db, rt_id, data["activationParameters"])
    return _describe(db, rt_id)


def remove(db: Connection, rt_id: int) -> None:
    """Remove a resource type that nothing uses."""
    resource_types.remove(db, rt_id)


def _describe(db: Connection, rt_id: int) -> dict[str, Any]:
    row = find.resource_type(db, rt_id)
    parameters = db.execute("select name, value from rt_act_params where rt_id = %s order by 1", (rt_id,))
    attributes = db.execute("select attribute from lab_rt_attributes where rt_id = %s order by 1", (rt_id,))
    return {
        "id": rt_id,
        "name": row["restype_name"],
        "description": row["description"],
        "resourceClassName": row["resclass_name"],
        "attributes": [item["attribute"] for item in attributes],
        "activationParameters": {item["name"]: item["value"] for item in parameters},
    }


def _checked(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or body.keys() - _MEMBERS:
        raise RestError(400, f"a resource type is an object with the members {', '.join(sorted(_MEMBERS))}")
    parameters = body.get("activationParameters")
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        raise RestError(400, "activationParameters must be an object of strings")
    return body


def _text(data: dict[str, Any], name: str) -> str:
    if not isinstance(data.get(name), str):
        raise RestError(400, f"{name} must be a string")
    return str(data[name])
