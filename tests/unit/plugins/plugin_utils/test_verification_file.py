# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a verification."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._verification.verification import unread
from ansible_collections.odin.office365.plugins.plugin_utils._verification_file import write_verification


def test_it_holds_every_row_and_is_private(tmp_path: Path) -> None:
    result = unread("the platform does not answer")
    path = Path(write_verification(str(tmp_path / "reports"), "16.8.4", "csp", result))
    assert path.parent == tmp_path / "reports"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document.pop("made").endswith("Z")
    told = {name: result[name] for name in ("procedure", "origin", "counts", "rows")}
    assert document == {"format": 1, "release": "16.8.4", "scenario": "csp", **told}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file", encoding="utf-8")
    with pytest.raises(OSError, match="reports"):
        write_verification(str(tmp_path / "reports"), "16.8.4", "csp", unread("why"))
