"""The fake Linux host that stands for the platform's management node: a folder that is its root."""

from __future__ import annotations

from office365_lab.management_node.node import WORK_FOLDER, create

__all__ = ["WORK_FOLDER", "create"]
