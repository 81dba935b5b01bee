"""The web application ``csp-agent`` in the ``webapps`` folder of a servlet container; the same on Windows and Linux.

Invented, as everything of csp-agent-war: the container behaves as simple containers do. At its start it unpacks the
war where the application's folder is missing, and takes a folder that is there as it is, whatever the war says. The
application reads its configuration once, when the container starts.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from office365_lab import billing
from office365_lab.layout import LabLayout

WAR_NAME = "csp-agent.war"
APPLICATION = "csp-agent"
CONFIGURATION = "WEB-INF/csp-agent.properties"
LIBRARY = "WEB-INF/lib/csp-agent.jar"
REQUEST_PATH = "/csp-agent/"
CHANNEL = "csp_agent"
OLD_VERSION = "1.4.0"
NEW_VERSION = "1.5.2"

# What a war brings: without a secret the application answers 503.
_DEFAULT_CONFIGURATION = "partner.account=\npartner.secret=\n"
_CONFIGURATION = "partner.account=contoso-partner\npartner.secret=lab-partner-secret-0815\n"
_VERSION_FILE = "WEB-INF/version.txt"
_TIME = (2018, 1, 15, 3, 0, 0)


@dataclass(frozen=True)
class Loaded:
    """What the running application knows; ``version`` is None where there was nothing to run."""

    version: str | None
    configured: bool

    def to_json(self) -> dict[str, Any]:
        """Plain data, to be kept beside the state of the service."""
        return {"version": self.version, "configured": self.configured}


def war(version: str) -> bytes:
    """The war of a version; always the same bytes."""
    members = {
        "META-INF/MANIFEST.MF": f"Manifest-Version: 1.0\nImplementation-Version: {version}\n",
        "WEB-INF/web.xml": "<web-app/>\n",
        CONFIGURATION: _DEFAULT_CONFIGURATION,
        LIBRARY: f"library of {version}\n",
        _VERSION_FILE: version,
        "index.jsp": "<html/>\n",
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), text)
    return content.getvalue()


def install(webapps: Path) -> Loaded:
    """Write the old war, unpacked and configured; what the application knows that runs there."""
    webapps.mkdir(parents=True)
    (webapps / WAR_NAME).write_bytes(war(OLD_VERSION))
    _unpack(webapps)
    configuration = webapps / APPLICATION / CONFIGURATION
    configuration.write_text(_CONFIGURATION, encoding="utf-8")
    configuration.chmod(0o640)
    return load(webapps)


def load(webapps: Path) -> Loaded:
    """What happens when the container starts."""
    folder = webapps / APPLICATION
    if not folder.exists() and _is_whole(webapps / WAR_NAME):
        _unpack(webapps)
    version, configuration = folder / _VERSION_FILE, folder / CONFIGURATION
    lines = configuration.read_text(encoding="utf-8").splitlines() if configuration.is_file() else []
    return Loaded(
        version.read_text(encoding="utf-8") if version.is_file() else None,
        any(line.partition("=")[0] == "partner.secret" and line.partition("=")[2] for line in lines),
    )


def status(webapps: Path, loaded: dict[str, Any]) -> int:
    """The HTTP status of the application's address while the service runs; ``loaded`` is what it knows."""
    if not _is_whole(webapps / WAR_NAME) or loaded["version"] is None:
        return 404
    return 200 if loaded["configured"] else 503


def account(webapps: Path) -> dict[str, Any]:
    """What a witness sees on the disk: digests of the war and of the configuration; None where there is none."""
    return {
        "war_sha256": _sha256(webapps / WAR_NAME),
        "configuration_sha256": _sha256(webapps / APPLICATION / CONFIGURATION),
    }


def new_war(layout: LabLayout) -> Path:
    """The war that the operator brings."""
    return billing.operator_file(layout, WAR_NAME)


def create_new_war(layout: LabLayout) -> None:
    """Write the operator's war."""
    path = new_war(layout)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(war(NEW_VERSION))


def _unpack(webapps: Path) -> None:
    with zipfile.ZipFile(webapps / WAR_NAME) as archive:
        archive.extractall(webapps / APPLICATION)


def _is_whole(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
