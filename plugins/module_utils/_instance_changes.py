# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings and version of application instances (oa-api.md 6.1, 6.2). Private to this collection; no Ansible import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._errors import OaError, RefusedError, TaskFailedError
from ansible_collections.odin.office365.plugins.module_utils._explain import explain
from ansible_collections.odin.office365.plugins.module_utils._instances import READY, instance_settings, instance_state
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._package_list import imported_versions, only_version
from ansible_collections.odin.office365.plugins.module_utils._polling import poll_pause
from ansible_collections.odin.office365.plugins.module_utils._values import MASK, shown
from ansible_collections.odin.office365.plugins.module_utils._versions import is_newer, is_version

#: States in which the platform works on an instance; each ends by itself (oa-api.md 6.1)
BUSY = frozenset(
    {
        "Provisioning",
        "Provisioning Service",
        "Backing Up",
        "Restoring",
        "Configuring Service",
        "Upgrading",
        "Disabling Service",
        "Enabling Service",
    }
)

_NOT_STARTED = "not started, because another instance failed"


@dataclass(frozen=True)
class Wanted:
    """What the user asked for. ``update_secrets``: ``with_changes``, ``always`` or ``never``; seconds."""

    application: str
    instance_ids: list[int]
    settings: dict[str, str]
    secret_settings: dict[str, str]
    update_secrets: str
    package_version: str | None
    parallel: int
    timeout: int
    poll_interval: int


@dataclass
class Work:
    """One instance on its way from ``before`` to what the user wants."""

    before: dict[str, Any]
    settings: dict[str, str]
    secrets: dict[str, str]
    old_settings: dict[str, str]
    target: str | None
    status: str
    package_version: str
    outcome: str = "unchanged"
    message: str = ""
    request_id: str | None = None
    deadline: float = 0.0
    changes: list[str] = field(default_factory=list)
    status_messages: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The instance id."""
        return int(self.before["application_instance_id"])

    @property
    def failed(self) -> bool:
        """True once something went wrong with this instance."""
        return self.outcome == "failed"


def apply(oa: OaClient, aps: ApsClient, wanted: Wanted) -> dict[str, Any]:
    """Bring every instance to the wanted settings and version; the result of ``oa_application_instance``."""
    target = _full_version(aps, wanted)
    works = [_plan(oa, instance_id, wanted, target) for instance_id in dict.fromkeys(wanted.instance_ids)]
    _refuse(works)
    if oa.check_mode:
        for work in works:
            _predict(work)
    else:
        _change_settings(oa, works, wanted)
        _upgrade(oa, works, wanted)
    result = _result(works)
    failed = [work for work in works if work.failed]
    if failed:
        text = "; ".join(f"instance {work.number}: {work.message}" for work in failed)
        raise OaError(f"{len(failed)} of {len(works)} application instances failed: {text}", result)
    return result


def _full_version(aps: ApsClient, wanted: Wanted) -> str | None:
    """The version with its release, looked up among the imported packages when the user left the release out."""
    if wanted.package_version is None or "-" in wanted.package_version:
        return wanted.package_version
    found = only_version(imported_versions(aps, wanted.application), wanted.package_version)
    if found is None:
        raise RefusedError(
            f"No package of version {wanted.package_version} is imported for {wanted.application}; import it with "
            "odin.office365.oa_package first."
        )
    return found


def _plan(oa: OaClient, instance_id: int, wanted: Wanted, target: str | None) -> Work:
    state = instance_state(oa, instance_id)
    current = instance_settings(oa, instance_id) if wanted.settings or wanted.secret_settings else {}
    settings = {name: value for name, value in wanted.settings.items() if current.get(name) != value}
    with_secrets = wanted.update_secrets == "always" or (wanted.update_secrets == "with_changes" and bool(settings))
    # a busy instance may already show the new version: its upgrade still has to end
    upgrade = target is not None and (not is_version(state["package_version"], target) or state["status"] in BUSY)
    return Work(
        before=state,
        settings=settings,
        secrets=dict(wanted.secret_settings) if with_secrets else {},
        old_settings={name: current.get(name, "") for name in settings},
        target=target if upgrade else None,
        status=state["status"],
        package_version=state["package_version"],
    )


def _refuse(works: list[Work]) -> None:
    """Nothing is changed anywhere while one of the instances cannot be changed."""
    reasons = []
    for work in works:
        if not (work.settings or work.secrets or work.target):
            continue
        if work.status != READY and work.status not in BUSY:
            reasons.append(f"instance {work.number} is {work.status or 'in an unknown state'!r}, not {READY!r}")
        if work.target and is_newer(work.package_version, work.target):
            reasons.append(f"instance {work.number} is at {work.package_version}, which is newer than {work.target}")
    if reasons:
        raise RefusedError(f"Nothing was changed: {'; '.join(reasons)}.")


def _predict(work: Work) -> None:
    if work.settings or work.secrets:
        work.changes.append("settings")
    if work.target and not is_version(work.package_version, work.target):
        work.changes.append("package_version")
        work.package_version = work.target
        work.status = READY
    work.outcome = "changed" if work.changes else "unchanged"


def _change_settings(oa: OaClient, works: list[Work], wanted: Wanted) -> None:
    """One instance after the other; after a failure no further one is touched."""
    for work in works:
        if any(other.failed for other in works):
            work.message = work.message or _NOT_STARTED
        elif work.settings or work.secrets:
            _attempt(work, partial(_set, oa, work, wanted))


def _set(oa: OaClient, work: Work, wanted: Wanted) -> None:
    _await_ready(oa, work, wanted)
    pairs = [{"name": name, "value": value} for name, value in {**work.settings, **work.secrets}.items()]
    with oa.transaction("set-application-settings") as transaction:
        transaction.call("pem.APS.setApplicationInstanceSettings", application_instance_id=work.number, settings=pairs)
    work.changes.append("settings")
    work.outcome = "changed"
    done = partial(oa.request_state, transaction.request_id)
    oa.wait(done, f"Setting up instance {work.number}", wanted.timeout, wanted.poll_interval)
    _await_ready(oa, work, wanted)


def _upgrade(oa: OaClient, works: list[Work], wanted: Wanted) -> None:
    """Upgrade up to ``parallel`` instances at a time; after a failure no further one is started."""
    waiting = [work for work in works if work.target and not work.failed]
    running: list[Work] = []
    while waiting or running:
        if any(work.failed for work in works):
            for work in waiting:
                work.message = _NOT_STARTED
            waiting = []
        while waiting and len(running) < wanted.parallel:
            work = waiting.pop(0)
            _attempt(work, partial(_start, oa, work, wanted))
            if not work.failed:
                running.append(work)
        for work in running:
            _attempt(work, partial(_look, oa, work))
        running = [work for work in running if not work.failed and work.target]
        if running:
            latest_start = max(work.deadline for work in running) - wanted.timeout
            oa.pause(poll_pause(oa.now() - latest_start, wanted.poll_interval))


def _attempt(work: Work, action: Callable[[], None]) -> None:
    try:
        action()
    except OaError as error:
        _fail(work, error)


def _start(oa: OaClient, work: Work, wanted: Wanted) -> None:
    _await_ready(oa, work, wanted)
    work.deadline = oa.now() + wanted.timeout
    if work.target and is_version(work.package_version, work.target):
        return
    with oa.transaction("upgrade-application-instance") as transaction:
        transaction.call(
            "pem.APS.upgradeApplicationInstance", application_instance_id=work.number, package_version=work.target
        )
    work.request_id = transaction.request_id
    work.changes.append("package_version")
    work.outcome = "changed"


def _look(oa: OaClient, work: Work) -> None:
    """Has the upgrade ended? Then ``target`` becomes None."""
    tasks_done = work.request_id is None or oa.request_state(work.request_id)
    _refresh(oa, work)
    if tasks_done and work.status == READY and work.target and is_version(work.package_version, work.target):
        work.target = None
    elif oa.now() > work.deadline:
        raise OaError(
            f"it is {work.status!r} at version {work.package_version} after the time allowed by timeout; look at "
            "Operations > Tasks"
        )


def _await_ready(oa: OaClient, work: Work, wanted: Wanted) -> None:
    """Wait for the end of whatever the platform does with the instance, such as an upgrade of an earlier run."""

    def ready() -> bool:
        _refresh(oa, work)
        return work.status not in BUSY

    oa.wait(ready, f"The work on instance {work.number}", wanted.timeout, wanted.poll_interval)
    if work.status != READY:
        raise OaError(f"it is {work.status!r}, not {READY!r}")


def _refresh(oa: OaClient, work: Work) -> None:
    state = instance_state(oa, work.number)
    work.status, work.package_version = state["status"], state["package_version"]


def _fail(work: Work, error: OaError) -> None:
    work.outcome = "failed"
    work.message = explain(error)
    work.status_messages = list(error.messages) if isinstance(error, TaskFailedError) else []


def _result(works: list[Work]) -> dict[str, Any]:
    return {
        "changed": any(work.changes for work in works),
        "rows": [_row(work) for work in works],
        "diff": {
            "before": {str(work.number): _before(work) for work in works},
            "after": {str(work.number): _after(work) for work in works},
        },
    }


def _row(work: Work) -> dict[str, Any]:
    return {
        "application_instance_id": work.number,
        "changed": bool(work.changes),
        "outcome": work.outcome,
        "settings_changed": sorted(work.settings) if "settings" in work.changes else [],
        "secrets_written": sorted(work.secrets) if "settings" in work.changes else [],
        "package_version_before": work.before["package_version"],
        "package_version": work.package_version,
        "status": work.status,
        "message": work.message,
        "status_messages": work.status_messages,
    }


def _before(work: Work) -> dict[str, Any]:
    settings = {name: shown(name, value) for name, value in work.old_settings.items()}
    return {"package_version": work.before["package_version"], "settings": settings}


def _after(work: Work) -> dict[str, Any]:
    if "settings" not in work.changes:
        return {"package_version": work.package_version, "settings": _before(work)["settings"]}
    settings = {name: shown(name, value) for name, value in work.settings.items()}
    return {"package_version": work.package_version, "settings": {**settings, **dict.fromkeys(work.secrets, MASK)}}
