"""The platform of the lab: Odin Automation's Public API, APS controller, task manager and database.

Everything it shows follows oa-api.md and procedure-facts.md; what is inferred or unknown there is marked in the code.
"""

from office365_lab.platform.platform import Platform, PlatformAddresses

__all__ = ["Platform", "PlatformAddresses"]
