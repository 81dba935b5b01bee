# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which offers exist."""

from __future__ import annotations

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._offers import offers_by_name

NAME = "Skype for Business PSTN Conferencing"


@pytest.mark.parametrize(
    ("type_name", "exists"),
    [
        (NAME, True),
        (f"Office 365 {NAME}", True),
        (f"O365INST2: Office 365 {NAME}", True),
        (NAME.upper().replace(" ", "  "), True),
        (f"{NAME} (Government Pricing)", False),
        ("", False),
    ],
)
def test_an_offer_exists_where_a_resource_type_is_named_after_it(type_name: str, exists: bool) -> None:
    found = offers_by_name([NAME], [{"resource_type_id": 1, "name": type_name}])
    assert found == {"existing": [NAME] if exists else [], "missing": [] if exists else [NAME]}
