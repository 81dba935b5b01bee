# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""P4: the packages are there, are what they claim to be and are whole (facts 9.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import DONE, Context
from ..findings import BLOCKER, Finding
from ..targets import Row

SCRIPTS = "O365-Import.zip"
_WITHOUT = "or leave it out: the package is brought to the management node then."


def check(context: Context) -> Iterator[Finding]:
    yield from _problems(context.package, "office365_package")
    yield from _address(context)
    accepts = context.package.get("accepts", {})
    if context.package.get("valid") and context.from_version and accepts.get(context.from_version) is False:
        yield Finding(
            key="package_refuses_version",
            severity=BLOCKER,
            target=context.package["path"],
            title=f"its metadata does not accept an upgrade from {context.from_version}",
            detail="The platform would refuse the upgrade of every instance after the endpoint was upgraded.",
            remedy="Ask the vendor for the package that fits; compare the upgrade element of its APP-META.xml.",
            link=context.release.paths_article,
        )
    if "tenant_counters" in context.words and context.step_status("tenant_counters") != DONE:
        yield from _script(context, "tenant_counters", context.package)
    wanted = context.script_package_version
    if not wanted or context.script_done:
        return
    if context.script_package is not None:
        yield from _problems(context.script_package, "office365_resource_settings_packages")
        yield from _script(context, "resource_settings", context.script_package)
        return
    given = context.facts.get("resource_settings_packages", ())
    for row in given:
        yield from _problems(row, "office365_resource_settings_packages")
    versions = ", ".join(str(row.get("version") or row["path"]) for row in given) or "none"
    yield Finding(
        key="script_package_missing",
        severity=BLOCKER,
        target="office365_resource_settings_packages",
        title=f"the {wanted} package is not among the packages given ({versions})",
        detail=f"From {context.from_version}, {context.resource_settings_script} must come from the {wanted} "
        f"package; without it the upgrade of the application fails.",
        remedy=f"Add the path of Office365-{wanted}-<release>.app.zip to office365_resource_settings_packages.",
    )


def _problems(package: Row, variable: str) -> Iterator[Finding]:
    for problem in package.get("problems", ()):
        yield Finding(
            key=f"package_{problem['code']}",
            severity=BLOCKER,
            target=package["path"],
            title=problem["message"],
            detail="The endpoint, the platform and the management node would get a wrong or damaged package.",
            remedy=f"Put the vendor's original file at this path, or correct {variable}.",
        )


def _address(context: Context) -> Iterator[Finding]:
    """What the platform will read in the outage is the package that was checked (an address is given, not a file)."""
    found = context.facts.get("package_at_url", {})
    if not found:
        return
    if found["secret"]:
        yield _address_finding(
            key="package_url_with_password",
            title="it holds a user or a password, which logs and the platform would show",
            remedy=f"Give an address that needs none, {_WITHOUT}",
        )
    elif found["error"]:
        yield _address_finding(
            key="package_url_unreadable",
            title=f"{found['url']}: it cannot be read on the management node: {found['error']}",
            remedy=f"Correct the address or its server, {_WITHOUT} Where only the platform can read it, accept this "
            "finding with a reason.",
        )
    elif found["sha256"] != context.package.get("sha256"):
        yield _address_finding(
            key="package_url_other",
            title=f"{found['url']}: it has another file, with the SHA-256 digest {found['sha256']}",
            remedy=f"Put {context.package['path']} there, or correct the address.",
        )


def _address_finding(*, key: str, title: str, remedy: str) -> Finding:
    return Finding(
        key=key,
        severity=BLOCKER,
        target="office365_package_url",
        title=title,
        detail="The platform imports the package from there after the endpoint was upgraded.",
        remedy=remedy,
    )


def _script(context: Context, word: str, package: Row) -> Iterator[Finding]:
    """The script of a step is in the package that it is taken from; not every release has one."""
    script = context.release.script(word)
    archive = package.get("nested", {}).get(SCRIPTS)
    if script and archive and archive["exists"] and script not in archive["scripts"]:
        yield Finding(
            key="script_not_in_package",
            severity=BLOCKER,
            target=package["path"],
            title=f"its {SCRIPTS} has no {script}",
            detail="The script is run while provisioning is stopped, and the upgrade could not go on without it.",
            remedy="Ask the vendor for the package that has it; the scripts in this one are: "
            f"{', '.join(archive['scripts']) or 'none'}.",
        )
