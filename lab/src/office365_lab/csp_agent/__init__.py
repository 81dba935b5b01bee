"""The CSP component ``csp-agent-war``: its application, and the Linux host that can carry it.

The article that says how the real one is installed is not available (procedure-facts.md 5.6): container, service,
folders, configuration and address are all the lab's own. ``office365_lab.windows.csp_agent`` is the Windows side.
"""
