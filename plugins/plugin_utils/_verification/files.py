# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Whether files on the Billing servers are those that the operator gave."""

from __future__ import annotations

from collections.abc import Iterator

from .answers import Answer, failed, not_checkable, passed
from .evidence import Evidence


def file_answers(evidence: Evidence, word: str, what: str, variable: str) -> Iterator[Answer]:
    """``word``: the step; ``variable``: where the operator names the files."""
    hosts = evidence.files(word)
    if not any(row["destinations"] for row in hosts.values()):
        yield not_checkable(
            what,
            "which content is right is not published, and no file was given to compare with",
            f"Compare {what} with the article of the vendor; or give the files in {variable} and put their hosts into "
            "the group billing.",
        )
    for host, row in hosts.items():
        if row["problem"]:
            yield failed(
                f"{what} on {host}",
                f"they could not be compared: {row['problem']}",
                "Check the connection variables of the host and the names in " + variable + ", then run verify again.",
            )
        for path, given, there in zip(row["destinations"], row["given"], row["there"]):
            if given == there:
                yield passed(f"{path} on {host}", "it is the file that the operator gave")
            else:
                yield failed(
                    f"{path} on {host}",
                    "it is another file than the one that the operator gave" if there else "it is missing",
                    f"Replace it with yours (the upgrade playbook does), or correct {variable}.",
                )
