"""Stand-ins for the Windows endpoint hosts: a WinRM server, an emulated disk, IIS and the modules of Ansible."""

from __future__ import annotations

from office365_lab.windows.lab import WindowsAddresses, WindowsLab

__all__ = ["WindowsAddresses", "WindowsLab"]
