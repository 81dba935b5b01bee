"""``O365-Import.zip``: the stand-ins for the vendor's scripts that run on the management node."""

from __future__ import annotations

from importlib.resources import files

from office365_lab.packages.archive import zip_bytes

HELPER = "o365_import.py"
RESOURCE_SETTINGS_SCRIPT = "upgradeResourceSettings16-6To16-8.py"
TENANT_COUNTERS_SCRIPT = "addTenantCountersToSubscriptions.py"
AUTOCONF_SCRIPT = "autoconf.py"
CSP_IMPORT_SCRIPT = "importSubsCSP.py"


def script_names(version: str) -> tuple[str, ...]:
    """The scripts of a version (procedure-facts.md 4): each needs the helper module beside it."""
    if version.startswith("16.6."):
        return (RESOURCE_SETTINGS_SCRIPT,)
    if version == "16.8.4":
        return (TENANT_COUNTERS_SCRIPT, AUTOCONF_SCRIPT, CSP_IMPORT_SCRIPT)
    return ()


def import_zip(version: str) -> bytes:
    """The archive of an application version; the scripts lie at its top level."""
    folder = files("office365_lab.packages").joinpath("content", "scripts")
    return zip_bytes({name: folder.joinpath(name).read_bytes() for name in (HELPER, *script_names(version))})
