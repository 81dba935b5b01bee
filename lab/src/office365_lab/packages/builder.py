"""Putting a package together and writing it to a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from office365_lab.installation import APPLICATION_NAME, package_version
from office365_lab.packages.archive import zip_bytes
from office365_lab.packages.import_scripts import import_zip
from office365_lab.packages.metadata import LIST_NAME, META_NAME, app_list, app_meta, service_ids
from office365_lab.packages.web import web_zip

_TYPE_ID = "http://www.parallels.com/Office365/{service}/1.0"


def package_file_name(version: str) -> str:
    """``Office365-<version>-<release>.app.zip``; ``ValueError`` where the lab has no such version."""
    return f"{APPLICATION_NAME}-{package_version(version)}.app.zip"


def package_files(version: str) -> dict[str, bytes]:
    """The members of the package of a version, the two descriptors included: path with ``/`` -> content."""
    members = {META_NAME: app_meta(version)}
    for service in service_ids(version):
        schema = {"apsVersion": "2.0", "id": _TYPE_ID.format(service=service), "properties": {}}
        members[f"schemas/{service}.schema"] = json.dumps(schema, indent=2).encode("ascii") + b"\n"
    members["O365-Web.zip"] = web_zip(version)
    members["O365-Import.zip"] = import_zip(version)
    members[LIST_NAME] = app_list(members)
    return members


def build_packages(folder: Path, versions: Sequence[str]) -> list[Path]:
    """Write the packages of ``versions`` into ``folder`` (made if needed); their paths in the same order.

    Raises ``ValueError`` where the lab has no such version.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for version in versions:
        path = folder / package_file_name(version)
        path.write_bytes(zip_bytes(package_files(version)))
        paths.append(path)
    return paths
