# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""What the assemblies of a site say of its version."""

from __future__ import annotations

from collections.abc import Iterator

from .._plain_text import shortened
from .._planner.assemblies import UNKNOWN, bin_folder
from .._planner.context import Gateway
from .._planner.targets import Row, SiteTarget, assembly_files, gateway_url
from .._planner.versions import Version, parse
from .answers import Answer, failed, not_checkable, passed
from .evidence import Evidence


def site_name(site: SiteTarget) -> str:
    return f"site {site.site!r} on {site.endpoint_host}"


def gateway_row(gateway: Gateway) -> dict[str, str]:
    """A gateway as the role that calls it wants it."""
    row = {"hostname": gateway.target.hostname, "application": gateway.target.application}
    return {**row, "url": gateway_url({**row, "url": gateway.instance["url"]})}


def assembly_answers(evidence: Evidence, site: SiteTarget, kind: str) -> Iterator[Answer]:
    """Whether every assembly of a site is of the version that is the goal.

    No version file of the application is documented (facts 5.5). A file version in the release's own series is taken
    for one of the application; others, such as those of a vendor's library, say nothing.
    """
    goal = parse(evidence.context.target_version)
    files = assembly_files(evidence.context.endpoint_hosts[site.endpoint_host], site.physical_path)
    versions = {row["name"]: _own_version(row, goal) for row in files}
    old = [f"{name} ({'.'.join(map(str, own))})" for name, own in sorted(versions.items()) if own and own < goal]
    folder = bin_folder(site.physical_path)
    if old:
        yield failed(
            site_name(site),
            f"assemblies in {folder} are older than {evidence.context.target_version}: {shortened(old)}; the platform "
            f"would call an old {kind}",
            "Run setup.cmd of the release for this site (the upgrade playbook does), then iisreset.",
        )
    elif any(own is not None and own[: len(goal)] == goal for own in versions.values()):
        yield passed(site_name(site), f"the assemblies in {folder} are {evidence.context.target_version}")
    else:
        yield not_checkable(
            site_name(site),
            f"no assembly in {folder} shows a version of the application "
            f"({'there is none' if not versions else 'they show ' + site.version_before})",
            f"Compare the files of the {kind} with those of O365-Web.zip in the package.",
        )


def _own_version(row: Row, goal: Version) -> Version | None:
    """The file version where it is one of the application: of the same first number as the goal."""
    text = str(row.get("file_version") or UNKNOWN)
    try:
        found = parse(text)
    except ValueError:
        return None
    return found if found[:1] == goal[:1] else None
