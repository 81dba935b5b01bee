# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P5, P6: the new package is not imported before its script ran, or in part, and no newer one is in the way.

Facts 1.4, 9.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..context import Context
from ..findings import BLOCKER, WARNING, Finding
from ..versions import parse, without_release

READY = "Ready"


def check(context: Context) -> Iterator[Finding]:
    target = context.target_version
    for version in context.imported_versions:
        if parse(version) > parse(target):
            yield Finding(
                key="newer_package_imported",
                severity=BLOCKER,
                target=f"package {version}",
                title=f"a package newer than {target} is imported on the platform",
                detail="The platform upgrades instances to the newest imported package only, so they would end at "
                f"{version} instead of {target}.",
                remedy=f"Remove version {version} on the Versions tab of the application, then run again.",
            )
    yield from _other_release(context)
    if context.recovers_import:
        yield _recovered(context)
        return
    yield from _unfinished(context)
    if context.imported_too_early and context.can_recover_import:
        yield _too_early(context)


def _other_release(context: Context) -> Iterator[Finding]:
    """The platform has another release of the version than the file is: it and the endpoint would get two packages."""
    mine = str(context.package.get("package_version") or "")
    rows = [str(row["package_version"]) for row in context.facts.get("imported_packages", ())]
    others = [row for row in rows if without_release(row) == context.target_version]
    if others and mine and mine not in others and not context.all_upgraded:
        yield Finding(
            key="package_release_differs",
            severity=BLOCKER,
            target=context.package["path"],
            title=f"it is {mine}, but the platform has {', '.join(others)}",
            detail="The endpoint would be upgraded with one release of the package and the instances with another.",
            remedy=f"Give the file of the release that the platform has; or, if no instance uses {', '.join(others)}, "
            "remove it on the Versions tab of the application.",
        )


def _unfinished(context: Context) -> Iterator[Finding]:
    """The import goes on, or nobody works on it any more, as after a task that was cancelled: waiting helps no more."""
    state = str(context.imported_versions.get(context.target_version, {}).get("status") or READY)
    if state == READY:
        return
    goes_on = bool(context.tasks("open"))
    title = "" if goes_on else ", and no task is open that would finish it"
    detail = (
        "No instance can be upgraded with it before; the run waits for it when it comes to that step."
        if goes_on
        else "No instance can be upgraded with it, and the platform does not import a version again that it has."
    )
    yield Finding(
        key="import_unfinished",
        severity=WARNING if goes_on else BLOCKER,
        target=_imported(context),
        title=f"its import is {state!r}, not {READY!r}{title}",
        detail=detail,
        remedy="Look at its tasks in Operations > Tasks. If one failed or was cancelled, and no instance is "
        "upgraded, run again with -e office365_recover_import=true: the package is removed and imported again.",
    )


def _recovered(context: Context) -> Finding:
    script = context.resource_settings_script
    too_early = (
        f"it was imported before {script} had run; this run removes it, runs the script and imports it again",
        "Make sure that nobody ran the script by hand: it must run only once. If somebody did, set "
        "resource_settings_outcome=completed, too: then it is not run.",
    )
    unfinished = (
        "this run removes it and imports it again, as office365_recover_import says",
        "Leave office365_recover_import out if the import is whole: then the instances are upgraded with it as it is.",
    )
    title, remedy = too_early if context.imported_too_early else unfinished
    return Finding(
        key="import_recovered",
        severity=WARNING,
        target=_imported(context),
        title=title,
        detail="That is the guide's way out. It is open because no instance is upgraded yet.",
        remedy=remedy,
    )


def _imported(context: Context) -> str:
    return f"package {context.imported_versions[context.target_version]['package_version']}"


def _too_early(context: Context) -> Finding:
    version, script = context.target_version, context.resource_settings_script
    return Finding(
        key="imported_before_script",
        severity=BLOCKER,
        target=_imported(context),
        title=f"it is imported already, but {script} has not been run by this collection",
        detail="A package imported before the script leaves its upgrade relations unfinished, and no instance can "
        "be upgraded. No instance is upgraded yet, so the guide's recovery is possible.",
        remedy="If the script was never run here, run again with -e office365_recover_import=true: the package is "
        f"removed (version {version} only, never the application), the script runs, and the package is imported again. "
        "If the script was run by hand, say so with -e resource_settings_outcome=completed: then it is not run. Where "
        "that was after the import, give both.",
    )
