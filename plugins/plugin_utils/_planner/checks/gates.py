# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Gates that the run would come to: what must be done by hand is said before provisioning is stopped."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import DONE, Context
from ..findings import BLOCKER, WARNING, Finding
from ..values import is_true


def check(context: Context) -> Iterator[Finding]:
    ids = {step.word: step.id for step in context.procedure.steps} if context.procedure else {}
    for gate in context.choices.get("gates", ()):
        done = context.step_status(gate["word"]) == DONE
        if is_true(gate["closed"]) and gate["word"] in ids and not done:
            allowed = is_true(context.choices.get("stop_at_gates"))
            yield Finding(
                key=f"gate_{gate['word']}",
                severity=WARNING if allowed else BLOCKER,
                target=ids[gate["word"]],
                title=gate["title"],
                detail="The run stops there until it was done by hand"
                + (", with provisioning stopped." if is_true(gate.get("in_window")) else "."),
                remedy=gate["remedy"] + " To stop there on purpose, set office365_stop_at_gates: true.",
            )
