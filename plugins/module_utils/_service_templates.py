# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service templates (oa-api.md 3). Private to this collection; no Ansible import."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._errors import (
    ApiError,
    OaError,
    RefusedError,
    TaskFailedError,
)
from ansible_collections.odin.office365.plugins.module_utils._explain import explain
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._values import in_parallel, rows, whole_number

#: resource type id -> wanted limit, None for: whatever the platform sets
Limits = dict[int, "int | None"]


def template_list(oa: OaClient, owner_ids: list[int], *, active_only: bool) -> list[dict[str, Any]]:
    """The templates of some accounts: ``service_template_id``, ``name``, ``active``, ``owner_id``, sorted by id."""
    found = (
        row
        for owner in dict.fromkeys(owner_ids)
        for row in rows(oa.call("pem.getServiceTemplateList", owner_id=owner, active=active_only))
    )
    return sorted(
        (
            {
                "service_template_id": whole_number(row.get("st_id")) or 0,
                "name": str(row.get("name") or ""),
                "active": bool(row.get("active")),
                "owner_id": whole_number(row.get("owner_id")),
            }
            for row in found
        ),
        key=lambda row: row["service_template_id"],
    )


def template(oa: OaClient, template_id: int, *, resources: bool = True) -> dict[str, Any]:
    """One template as ``oa_service_template_info`` returns it; ``resource_types`` is empty without ``resources``.

    The slow form of the call with full information is never used (oa-api.md 9.1).
    """
    answer = oa.call("pem.getServiceTemplate", st_id=template_id, get_resources=resources) or {}
    return {
        "service_template_id": template_id,
        "name": str(answer.get("name") or ""),
        "active": bool(answer.get("is_active")),
        "owner_id": whole_number(answer.get("owner_id")),
        "autoprovidable": bool(answer.get("autoprovidable")),
        "resource_types": resource_type_rows(answer) if resources else [],
    }


def resource_type_rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The resource types of a template or subscription; ``limit`` -1 is unlimited, None where the answer holds none."""
    return [
        {
            "resource_type_id": whole_number(row.get("resource_type_id")) or 0,
            "name": str(row.get("name") or ""),
            "resource_class": str(row.get("resclass_name") or ""),
            "limit": whole_number(row.get("limit")),
            "usage": whole_number(row.get("usage")),
        }
        for row in rows(answer.get("resource_types"))
    ]


def collect(
    oa: OaClient,
    *,
    owner_ids: list[int],
    service_template_ids: list[int],
    resource_type_ids: list[int],
    active_only: bool,
    resources: bool,
    readers: int,
) -> dict[str, Any]:
    """Everything that ``oa_service_template_info`` returns."""
    if service_template_ids:
        numbers = list(dict.fromkeys(service_template_ids))
    else:
        numbers = [row["service_template_id"] for row in template_list(oa, owner_ids, active_only=active_only)]
    with_resources = resources or bool(resource_type_ids)
    found = in_parallel(lambda number: template(oa, number, resources=with_resources), numbers, readers)
    chosen = [
        row
        for row in found
        if (row["active"] or not active_only)
        and (not resource_type_ids or not _types(row).keys().isdisjoint(resource_type_ids))
    ]
    return {"service_templates": [row if resources else {**row, "resource_types": []} for row in chosen]}


@dataclass(frozen=True)
class Wanted:
    """What the user asked for: ``active`` None leaves the state alone; seconds.

    ``assume_inactive``: in check mode, what an earlier task of the run would have done to the templates.
    """

    service_template_ids: list[int]
    active: bool | None
    limits: Limits
    readers: int
    timeout: int
    poll_interval: int
    assume_inactive: bool = False


@dataclass
class Work:
    """One template: what it is, what is to be done, what came of it."""

    before: dict[str, Any]
    added: list[int]
    limits: dict[int, int]
    switch: bool | None
    outcome: str = "unchanged"
    message: str = ""
    request_id: str | None = None

    @property
    def number(self) -> int:
        """The template's id."""
        return int(self.before["service_template_id"])

    @property
    def label(self) -> str:
        """The template for people; without a name where it could not be read."""
        return f"{self.number} ({self.before['name']})" if self.before["name"] else str(self.number)

    @property
    def edits(self) -> bool:
        """True where the resources of the template are to be edited."""
        return bool(self.added or self.limits)


def apply(oa: OaClient, wanted: Wanted) -> dict[str, Any]:
    """Bring every template to the wanted state and resources; the result of ``oa_service_template``."""
    numbers = list(dict.fromkeys(wanted.service_template_ids))
    works = in_parallel(lambda number: _read(oa, number, wanted), numbers, wanted.readers)
    _refuse(works)
    try:
        for work in works:
            _change(oa, work)
        _wait(oa, works, wanted)
    except OaError as error:
        error.details.update(_result(works))
        raise
    result = _result(works)
    failed = [work for work in works if work.outcome == "failed"]
    if failed:
        text = "; ".join(f"service template {work.label}: {work.message}" for work in failed)
        raise OaError(f"{len(failed)} of {len(works)} service templates failed: {text}", result)
    return result


def _types(row: dict[str, Any]) -> dict[int, int | None]:
    return {item["resource_type_id"]: item["limit"] for item in row["resource_types"]}


def _read(oa: OaClient, number: int, wanted: Wanted) -> Work:
    """One that cannot be read, such as one that somebody removed, is a failure of its own: the others are done."""
    try:
        before = template(oa, number, resources=bool(wanted.limits))
    except ApiError as error:
        unread = {"service_template_id": number, "name": "", "active": None, "owner_id": None, "resource_types": []}
        return Work(before=unread, added=[], limits={}, switch=None, outcome="failed", message=explain(error))
    if oa.check_mode and wanted.assume_inactive:
        before["active"] = False
    return _plan(before, wanted)


def _plan(before: dict[str, Any], wanted: Wanted) -> Work:
    present = _types(before)
    switch = wanted.active if wanted.active is not None and wanted.active != before["active"] else None
    return Work(
        before=before,
        added=[number for number in wanted.limits if number not in present],
        limits={
            number: limit
            for number, limit in wanted.limits.items()
            if limit is not None and present.get(number) != limit
        },
        switch=switch,
    )


def _refuse(works: list[Work]) -> None:
    """The resources of an active template cannot be edited (oa-api.md 3); nothing is changed anywhere while one is."""
    active = [work for work in works if work.edits and work.before["active"] and work.switch is None]
    if active:
        names = ", ".join(work.label for work in active)
        raise RefusedError(
            "Nothing was changed: the resources of an active service template cannot be edited, and these are active: "
            f"{names}. Set state to inactive, which stops the sale of the template, and activate it again afterwards."
        )


def _change(oa: OaClient, work: Work) -> None:
    """All changes of one template take effect together or not at all."""
    if not work.edits and work.switch is None:
        return
    try:
        with oa.transaction(f"service-template-{work.number}") as transaction:
            call = partial(transaction.call, st_id=work.number)
            if work.switch is False:
                call("pem.deactivateST")
            for number in work.added:
                call("pem.addResourceTypeToServiceTemplate", owner_id=work.before["owner_id"], rt_id=number)
            if work.limits:
                limits = [
                    {"resource_id": number, "resource_limit64": str(limit)} for number, limit in work.limits.items()
                ]
                call("pem.setSTRTLimits", limits=limits)
            if work.switch is True:
                call("pem.activateST")
        work.outcome = "changed"
        work.request_id = transaction.request_id
    except ApiError as error:
        work.outcome = "failed"
        work.message = explain(error)


def _wait(oa: OaClient, works: list[Work], wanted: Wanted) -> None:
    """Wait for the tasks of all changed templates together."""
    if oa.check_mode:
        return
    waiting = [work for work in works if work.outcome == "changed"]

    def done() -> bool:
        waiting[:] = [work for work in waiting if not _ended(oa, work)]
        return not waiting

    oa.wait(done, "The work on the service templates", wanted.timeout, wanted.poll_interval)


def _ended(oa: OaClient, work: Work) -> bool:
    try:
        return oa.request_state(work.request_id or "")
    except TaskFailedError as error:
        work.outcome = "failed"
        work.message = explain(error)
        return True


def _result(works: list[Work]) -> dict[str, Any]:
    done = [work for work in works if _done(work)]
    return {
        "changed": bool(done),
        "rows": [_row(work) for work in works],
        "diff": {
            "before": {str(work.number): _state(work, after=False) for work in works},
            "after": {str(work.number): _state(work, after=_done(work)) for work in works},
        },
    }


def _done(work: Work) -> bool:
    """True where the platform took the change, even if a task of it failed later."""
    return work.outcome == "changed" or work.request_id is not None


def _row(work: Work) -> dict[str, Any]:
    done = _done(work)
    return {
        "service_template_id": work.number,
        "name": work.before["name"],
        "owner_id": work.before["owner_id"],
        "changed": done,
        "outcome": work.outcome,
        "active_before": work.before["active"],
        "active": _state(work, after=done)["active"],
        "resource_types_added": list(work.added) if done else [],
        "limits_changed": [number for number in work.limits if number not in work.added] if done else [],
        "message": work.message,
    }


def _state(work: Work, *, after: bool) -> dict[str, Any]:
    limits = _types(work.before)
    active = work.before["active"]
    if after:
        limits = {**limits, **dict.fromkeys(work.added, -1), **work.limits}
        active = active if work.switch is None else work.switch
    return {"active": active, "resource_types": {str(number): limit for number, limit in limits.items()}}
