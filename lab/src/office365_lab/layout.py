"""Where things are in the folder of one lab. Every other module asks here for a path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class LabLayout:
    """Paths of one lab folder."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).resolve()
        self.lab_json = self.root / "lab.json"
        self.wire_log = self.root / "wire.jsonl"
        self.faults = self.root / "faults.json"
        self.server_log = self.root / "server.log"
        self.inventory = self.root / "inventory"
        self.packages = self.root / "packages"
        self.certificates = self.root / "certificates"
        self.management_node = self.root / "management-node"
        self.endpoint_hosts = self.root / "endpoint-hosts"
        self.billing = self.root / "billing"

    def describe(self) -> dict[str, Any]:
        """The running lab's ``lab.json``: addresses, process ids, options, secrets.

        Raises ``FileNotFoundError`` where no lab was started in this folder.
        """
        data: dict[str, Any] = json.loads(self.lab_json.read_text(encoding="utf-8"))
        return data
