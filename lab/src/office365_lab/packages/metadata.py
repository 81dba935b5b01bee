"""The two descriptors of an APS 2 package: ``APP-META.xml`` and ``APP-LIST.xml``.

Sources: procedure-facts.md 9.1 and 9.2 (names, version and release, upgrade match expression, digests).
The namespace and attribute names of the list follow public packaging tools [C]; setting ids are the
lab's own, setting labels are the guide's (procedure-facts.md 7).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from xml.etree import ElementTree

from office365_lab.installation import (
    APPLICATION_NAME,
    APPLICATION_PACKAGE_ID,
    SETTING_API_PASSWORD,
    SETTING_API_URL,
    SETTING_API_USER,
    package_version,
)

META_NAME = "APP-META.xml"
LIST_NAME = "APP-LIST.xml"
_META_NAMESPACE = "http://aps-standard.org/ns/2"
_LIST_NAMESPACE = "http://apstandard.com/ns/1"

# Which installed versions a package can replace: an RQL expression, a comma means "and" (oa-api.md 6.3).
UPGRADE_MATCHES: Mapping[str, str] = {
    "16.6.3": "version=ge=16.6.0,version=lt=16.6.3",
    "16.6.4": "version=ge=16.6.0,version=lt=16.6.4",
    "16.6.5": "version=ge=16.6.0,version=lt=16.6.5",
    "16.8.3": "or(and(version=ge=16.6.3,version=lt=16.7),and(version=ge=16.8.0,version=lt=16.8.3))",
    "16.8.4": "or(and(version=ge=16.6.3,version=lt=16.7),version=eq=16.8.3)",
}

_SETTINGS = (
    ("instance_name", "string", "Instance name"),
    ("portal_url", "string", "Microsoft Online portal URL"),
    (SETTING_API_URL, "string", "Operations Automation OpenAPI URL"),
    (SETTING_API_USER, "string", "User name for connecting to Operations Automation API"),
    (SETTING_API_PASSWORD, "password", "User password for connecting to Operations Automation API"),
)
_SERVICES = (("tenant", "Office 365"), ("user", "User"), ("cloudUser", "Cloud User"), ("domain", "Domain"))
# what 16.8.4 brings (procedure-facts.md 4.1, 4.2, 6.1)
_NEW_SERVICES = (("TenantContactData", "Tenant Contact Data"),)
_NEW_COUNTERS = (("totalPointsSold", "Total points sold"), ("totalSeatsSold", "Total seats sold"))


def app_meta(version: str) -> bytes:
    """``APP-META.xml`` of an application version; ``ValueError`` where the lab has no such version."""
    release = package_version(version).removeprefix(f"{version}-")
    is_target = version == "16.8.4"
    root = ElementTree.Element("application", {"xmlns": _META_NAMESPACE, "version": "2.0"})
    for tag, text in (
        ("id", APPLICATION_PACKAGE_ID),
        ("name", APPLICATION_NAME),
        ("version", version),
        ("release", release),
    ):
        ElementTree.SubElement(root, tag).text = text
    vendor = ElementTree.SubElement(root, "vendor")
    ElementTree.SubElement(vendor, "name").text = "Laboratory"
    presentation = ElementTree.SubElement(root, "presentation")
    ElementTree.SubElement(presentation, "summary").text = "Stand-in for the Office 365 application"
    ElementTree.SubElement(root, "upgrade", {"match": UPGRADE_MATCHES[version]})
    settings = ElementTree.SubElement(root, "global-settings")
    for identifier, kind, label in _SETTINGS:
        setting = ElementTree.SubElement(settings, "setting", {"id": identifier, "type": kind})
        ElementTree.SubElement(setting, "name").text = label
    for identifier, name in _SERVICES + (_NEW_SERVICES if is_target else ()):
        service = ElementTree.SubElement(root, "service", {"id": identifier})
        ElementTree.SubElement(service, "schema", {"path": f"schemas/{identifier}.schema"})
        service_presentation = ElementTree.SubElement(service, "presentation")
        ElementTree.SubElement(service_presentation, "name").text = name
        if identifier == "tenant" and is_target:
            resources = ElementTree.SubElement(service, "resources")
            for counter, label in _NEW_COUNTERS:
                resource = ElementTree.SubElement(
                    resources, "resource", {"id": counter, "class": "rc.saas.resource.unit"}
                )
                ElementTree.SubElement(resource, "name").text = label
    return _document(root)


def service_ids(version: str) -> tuple[str, ...]:
    """The ids of the services that ``APP-META.xml`` of this version declares."""
    return tuple(identifier for identifier, _ in _SERVICES + (_NEW_SERVICES if version == "16.8.4" else ()))


def app_list(members: Mapping[str, bytes]) -> bytes:
    """``APP-LIST.xml``: name, size in bytes and SHA-256 (lower-case hex) of every member but the list itself."""
    root = ElementTree.Element("files", {"xmlns": _LIST_NAMESPACE})
    for name, content in members.items():
        if name != LIST_NAME:
            digest = hashlib.sha256(content).hexdigest()
            ElementTree.SubElement(root, "file", {"name": name, "size": str(len(content)), "sha256": digest})
    return _document(root)


def _document(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"
