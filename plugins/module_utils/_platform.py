# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Version of the platform and what its Public API offers (oa-api.md 1.8). Private; no Ansible import."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._errors import ApiError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._values import rows
from ansible_collections.odin.office365.plugins.module_utils._xml import XmlError, parse

_VERSION = re.compile(r"(?<![\d.])(\d+(?:\.\d+)+)(?![\d.])")
_HOTFIX = re.compile(r"(?:KB|hf)(\d{5,})", re.IGNORECASE)
_COMPONENTS = 3


def collect(oa: OaClient, *, methods: bool, signatures: list[str]) -> dict[str, Any]:
    """Everything that ``oa_info`` returns."""
    report = rows(oa.call("pem.statistics.getStatisticsReport", reports=[{"name": "BuildHistory", "value": ""}]))
    text = str(report[0].get("value") or "") if report else ""
    try:
        history = builds(text)
    except XmlError as failure:
        raise TransportError("garbage", oa.url, f"the BuildHistory report is unreadable: {failure}") from failure
    return {
        "version": version_of(history),
        "build": history[0] if history else "",
        "build_history": history,
        "hotfixes": hotfixes_of(history),
        "methods": sorted(str(name) for name in oa.call("system.listMethods") or []) if methods else [],
        "signatures": {name: _signature(oa, name) for name in signatures},
    }


def builds(report: str) -> list[str]:
    """The build texts of a BuildHistory report, in its order: ``Build`` elements inside a ``Build`` element."""
    if not report.strip():
        return []
    root = parse(report.encode("utf-8"))
    parents = [root] if root.tag == "Build" else []
    parents.extend(element for element in root.iter("Build") if element is not root)
    inner = [child for parent in parents for child in parent if child.tag == "Build"]
    return [text for text in ((child.text or "").strip() for child in inner) if text]


def version_of(history: list[str]) -> str:
    """The platform's version from its newest build text, with at least three numbers; empty where no text has one."""
    for text in history:
        found = _VERSION.search(text)
        if found:
            numbers = found.group(1).split(".")
            return ".".join(numbers + ["0"] * (_COMPONENTS - len(numbers)))
    return ""


def hotfixes_of(history: list[str]) -> list[int]:
    """The article numbers of hotfixes named in build texts (shape ``..._KB130748-...``), sorted, each once."""
    return sorted({int(number) for text in history for number in _HOTFIX.findall(text)})


def _signature(oa: OaClient, method: str) -> str | None:
    try:
        answer = oa.call("pem.getMethodSignature", method_name=method)
    except ApiError:
        return None
    return None if answer is None else str(answer)
