"""APS 2 packages of the application, built by the lab: ``Office365-<version>-<release>.app.zip``.

The structure is the documented one (procedure-facts.md 9.1); the vendor's files in it are stand-ins:
a setup that the lab's Windows interprets, "assemblies" that carry only a version, and import scripts
that act through the Public API.
"""

from __future__ import annotations

from office365_lab.packages.builder import build_packages, package_files
from office365_lab.packages.spoiling import SPOILINGS, spoil

__all__ = ["SPOILINGS", "build_packages", "package_files", "spoil"]
