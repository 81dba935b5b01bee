# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The files of every dispatcher application are those of the release."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import Answer
from ..evidence import Evidence
from ..sites import assembly_answers

STEP = "endpoint"


def check(evidence: Evidence) -> Iterator[Answer]:
    for site in evidence.context.dispatchers.values():
        yield from assembly_answers(evidence, site, "dispatcher")
