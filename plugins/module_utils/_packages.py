# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import and removal of one package version (oa-api.md 6.1, 6.2). Private to this collection; no Ansible import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._errors import (
    ApiError,
    OaError,
    RefusedError,
    TaskFailedError,
)
from ansible_collections.odin.office365.plugins.module_utils._instances import (
    READY,
    application_id,
    instance_list,
    instance_state,
)
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._package_list import (
    ACTIVE,
    imported_versions,
    only_version,
)
from ansible_collections.odin.office365.plugins.module_utils._values import whole_number
from ansible_collections.odin.office365.plugins.module_utils._versions import is_version, without_release

ABSENT = "absent"
UNKNOWN = "unknown"
#: A failed import task that names this script means: run it, then import again (procedure-facts.md 1.4)
RESOURCE_SETTINGS_SCRIPT = "upgradeResourceSettings16-6To16-8.py"


@dataclass(frozen=True)
class Wanted:
    """What the user asked for; ``version`` may leave out the release; seconds."""

    application: str
    version: str
    package_url: str | None
    enabled: bool
    timeout: int
    poll_interval: int


def collect(oa: OaClient, aps: ApsClient, application: str) -> dict[str, Any]:
    """Everything that ``oa_package_info`` returns."""
    number = application_id(oa, application)
    versions = imported_versions(aps, application)
    active = imported_versions(aps, application, ACTIVE) if versions else []
    return {
        "packages": [
            {
                "package_version": text,
                "version": without_release(text),
                "status": UNKNOWN if number is None else _known_status(oa, number, text),
                "active": text in active,
            }
            for text in versions
        ]
    }


def present(oa: OaClient, aps: ApsClient, wanted: Wanted) -> dict[str, Any]:
    """Import the package unless the platform has it; the result of ``oa_package``."""
    number = application_id(oa, wanted.application)
    found = None if number is None else only_version(imported_versions(aps, wanted.application), wanted.version)
    status = ABSENT if number is None or found is None else _status(oa, number, found)
    if number is not None and found is not None and status != ABSENT and "error" not in status.lower():
        if not oa.check_mode:
            status = _wait_until_ready(oa, number, found, wanted)
        return _result(False, number, found, status, before=found)
    if oa.check_mode:
        return _result(True, number, found or wanted.version, READY, before=None)
    number, imported, request_id = _import(oa, wanted)
    try:
        oa.wait(
            lambda: oa.request_state(request_id),
            f"The import of package {imported}",
            wanted.timeout,
            wanted.poll_interval,
        )
    except TaskFailedError as error:
        error.details.update(_failure(number, imported, error.messages))
        raise
    return _result(True, number, imported, _wait_until_ready(oa, number, imported, wanted), before=None)


def absent(oa: OaClient, aps: ApsClient, wanted: Wanted) -> dict[str, Any]:
    """Remove one package version that no instance uses; the application itself is never removed."""
    number = application_id(oa, wanted.application)
    versions = [] if number is None else imported_versions(aps, wanted.application)
    found = only_version(versions, wanted.version)
    if number is None or found is None:
        return _result(False, number, wanted.version, ABSENT, before=None)
    _refuse_removal_in_use(oa, number, found)
    if len(versions) == 1:
        raise RefusedError(
            f"Package {found} is the only one of application {wanted.application}; removing it would leave the "
            "application without any package. Import another version first."
        )
    if oa.check_mode:
        return _result(True, number, found, ABSENT, before=found)
    with oa.transaction("unimport-package") as transaction:
        transaction.call("pem.APS.unimportPackage", package_reference=_reference(number, found))
    what = f"The removal of package {found}"
    oa.wait(lambda: oa.request_state(transaction.request_id), what, wanted.timeout, wanted.poll_interval)
    oa.wait(lambda: found not in imported_versions(aps, wanted.application), what, wanted.timeout, wanted.poll_interval)
    return _result(True, number, found, ABSENT, before=found)


def _import(oa: OaClient, wanted: Wanted) -> tuple[int, str, str]:
    if not wanted.package_url:
        raise RefusedError(f"Package {wanted.version} is not imported yet; give its address as package_url.")
    with oa.transaction("import-package") as transaction:
        answer = transaction.call(
            "pem.APS.importPackage", package_url=wanted.package_url, disable_package=not wanted.enabled
        )
        number = whole_number((answer or {}).get("application_id"))
        imported = str((answer or {}).get("package_version") or "")
        if number is None or not is_version(imported, wanted.version):
            raise RefusedError(
                f"The package at {wanted.package_url} is version {imported or 'unknown'}, not {wanted.version}; "
                "nothing was imported. Correct package_url or version."
            )
    return number, imported, transaction.request_id


def _wait_until_ready(oa: OaClient, number: int, package_version: str, wanted: Wanted) -> str:
    def ready() -> bool:
        status = _status(oa, number, package_version)
        if "error" in status.lower():
            raise OaError(
                f"The platform could not take in package {package_version}: its status is {status!r}. Look at "
                "Operations > Tasks.",
                _failure(number, package_version, []),
            )
        return status == READY

    oa.wait(ready, f"Taking in package {package_version}", wanted.timeout, wanted.poll_interval)
    return READY


def _status(oa: OaClient, number: int, package_version: str) -> str:
    answer = oa.call("pem.APS.getPackage", package_reference=_reference(number, package_version))
    return str((answer or {}).get("status") or UNKNOWN)


def _known_status(oa: OaClient, number: int, package_version: str) -> str:
    """The same where a package that is just being removed must not spoil the list of the others."""
    try:
        return _status(oa, number, package_version)
    except ApiError:
        return UNKNOWN


def _reference(number: int, package_version: str) -> dict[str, Any]:
    return {"application_id": number, "application_version": package_version}


def _refuse_removal_in_use(oa: OaClient, number: int, package_version: str) -> None:
    states = (instance_state(oa, row["application_instance_id"]) for row in instance_list(oa, number))
    users = [state["application_instance_id"] for state in states if state["package_version"] == package_version]
    if users:
        raise RefusedError(
            f"Package {package_version} is in use by application instance {', '.join(map(str, users))}; it cannot be "
            "removed, and there is no documented way back for an upgraded instance."
        )


def _failure(number: int, package_version: str, messages: list[str]) -> dict[str, Any]:
    return {
        # the package is on the platform, whatever became of its tasks
        "changed": True,
        "application_id": number,
        "package_version": package_version,
        "status_messages": messages,
        "resource_settings_missing": any(RESOURCE_SETTINGS_SCRIPT in message for message in messages),
    }


def _result(
    changed: bool, number: int | None, package_version: str, status: str, *, before: str | None
) -> dict[str, Any]:
    after = None if status == ABSENT else package_version
    return {
        "changed": changed,
        "application_id": number,
        "package_version": package_version,
        "status": status,
        "diff": {"before": {"package_version": before}, "after": {"package_version": after}},
    }
