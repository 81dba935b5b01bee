# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""script3.js of the trial subscription checker is the one that the operator gave."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer
from ..evidence import Evidence
from ..files import file_answers

STEP = "trial_checker"


def check(evidence: Evidence) -> Iterator[Answer]:
    yield from file_answers(evidence, STEP, "script3.js of the trial subscription checker", "trial_checker_file")
