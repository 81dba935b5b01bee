"""What the platform is: version reports and hosts (oa-api.md 1.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree as ET

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import INT, NAME_VALUE, Array, required
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.database import Connection

METHODS = Registry()
_MANAGEMENT_NODE_HOST = 1


def _build_history(db: Connection) -> str:
    """Builds, the newest release first, then its updates and hotfixes (whether those are listed is unknown [U])."""
    root = ET.Element("BuildHistory")
    releases = db.execute("select * from version_history order by install_date desc").fetchall()
    for release in releases:
        _add_build(root, release["build"], release["version"], str(release["install_date"]))
        hotfixes = db.execute(
            "select * from hotfixes where build = %s order by install_date, name", (release["build"],)
        )
        for hotfix in hotfixes:
            _add_build(root, hotfix["name"], release["version"], str(hotfix["install_date"]))
    return ET.tostring(root, encoding="unicode")


def _add_build(root: ET.Element, build: str, version: str, date: str) -> None:
    element = ET.SubElement(root, "Build")
    ET.SubElement(element, "Build").text = build
    ET.SubElement(element, "Version").text = version
    ET.SubElement(element, "InstallDate").text = date


def _version(db: Connection) -> str:
    """The newest version as plain text; the real form of this report is unknown [U]."""
    row = db.execute("select version from version_history order by install_date desc limit 1").fetchone()
    return row["version"] if row is not None else ""


_REPORTS: Mapping[str, Callable[[Connection], str]] = MappingProxyType(
    {"BuildHistory": _build_history, "poaVersion": _version}
)


@METHODS.method("pem.statistics.getStatisticsReport", required("reports", Array(NAME_VALUE)))
def get_statistics_report(call: Call, arguments: dict[str, Any]) -> list[dict[str, str]]:
    """One element for each report that was asked for."""
    answer = []
    for report in arguments["reports"]:
        if report["name"] not in _REPORTS:
            raise ApiError("no_object", kind="Report", id=report["name"])
        answer.append({"name": report["name"], "value": _REPORTS[report["name"]](call.db)})
    return answer


@METHODS.method("pem.getHost", required("host_id", INT))
def get_host(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """A host by id: 1 is the management node, the endpoint hosts follow. The members are the lab's own [U]."""
    names = [call.services.host, *(host.name for host in call.services.installation.hosts)]
    index = arguments["host_id"] - _MANAGEMENT_NODE_HOST
    if not 0 <= index < len(names):
        raise ApiError("no_object", kind="Host", id=arguments["host_id"])
    return {"host_id": arguments["host_id"], "hostname": f"{names[index]}.hosting.local"}
