# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The CSV files of importSubsCSP.py (procedure-facts.md 4.5): counted, never trusted.

Only the names of the three kinds of files and what they are for is documented. Which columns they have is not, so rows
are counted and compared as a whole, and the operator may name the column of the reasons.
"""

from __future__ import annotations

import base64
import binascii
import collections
import csv
import dataclasses
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]

IMPORTED, ERRORS, REIMPORT = "result", "errors", "reimport"
_KINDS = (IMPORTED, ERRORS, REIMPORT)
_SHOWN_REASONS = 20
# Ids of subscriptions and tenants would make every reason a group of its own; shorter numbers may be error codes.
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9A-Za-z])[0-9]{6,}(?![0-9A-Za-z])", re.IGNORECASE)
_NO_REASON = "(no reason given)"


@dataclasses.dataclass(frozen=True)
class Table:
    """A CSV file: the cells of the first row, and the rows below it that are not blank."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_table(content: bytes, name: str, delimiter: str = ",") -> Table:
    """The table in a file. Raises ``ValueError`` that names the file where it is no UTF-8 or no CSV."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is not encoded in UTF-8 (byte {error.start})") from error
    if len(delimiter) != 1:
        raise ValueError(f"the delimiter of the CSV files must be one character, not {delimiter!r}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        found = [tuple(row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ValueError(f"{name} is no valid CSV file: {error} (line {reader.line_num})") from error
    return Table(found[0], tuple(found[1:])) if found else Table((), ())


def read_round(files: Iterable[Data], run: str, delimiter: str = ",", reason_column: str = "") -> dict[str, Any]:
    """What one run of the script did, counted from its files.

    ``files``: results of the module slurp (``source``, ``content`` in base64). ``run``: what ``launch.py state``
    printed. ``reason_column`` is a name in the header of ``errors_*.csv``; empty is the last column. What cannot be
    understood is in ``problems``.
    """
    problems: list[str] = []
    tables: dict[str, list[tuple[str, Table]]] = {kind: [] for kind in _KINDS}
    for file in files:
        name = str(file["source"]).rpartition("/")[2]
        kind = name.partition("_")[0]
        try:
            tables[kind].append((name, read_table(_decoded(file), name, delimiter)))
        except ValueError as error:
            problems.append(f"{error}.")
    again = [(name, table) for name, table in tables[REIMPORT] if table.rows]
    if len(again) > 1:
        names = ", ".join(name for name, _table in again)
        problems.append(f"the script wrote several files to import again ({names}), and one run takes one file.")
    reasons: collections.Counter[str] = collections.Counter()
    for name, table in tables[ERRORS]:
        try:
            reasons.update(_reasons(table, name, reason_column))
        except ValueError as error:
            problems.append(f"{error}.")
    told = json.loads(run)
    if told.get("rc") == 0 and not problems and not any(tables.values()):
        problems.append("no file result_*.csv, errors_*.csv or reimport_*.csv appeared or changed.")
    left = [row for _name, table in again for row in table.rows]
    return {
        "rc": told.get("rc"),
        "state": told["state"],
        "output": told.get("tail", []),
        "imported": sum(len(set(table.rows)) for _name, table in tables[IMPORTED]),
        "rejected": sum(len(table.rows) for _name, table in tables[ERRORS]),
        "left": len(left),
        "left_digest": _digest(left),
        "reimport": again[0][0] if len(again) == 1 else "",
        "reasons": _grouped(reasons),
        "files": sorted(name for found in tables.values() for name, _table in found),
        "problems": problems,
    }


def outcome(rounds: Sequence[Data], max_rounds: int) -> str:
    """Why the last round was the last one, or ``again``.

    ``failed``: the script did not end well. ``unclear``: its files cannot be understood. ``complete``: nothing is left.
    ``rejected``: there are errors, but nothing to import again. ``unchanged``: the same rows are left as after the
    round before. ``limit``: no more rounds are allowed.
    """
    last = rounds[-1]
    if last["rc"] != 0:
        return "failed"
    if last["problems"]:
        return "unclear"
    if last["left"] == 0:
        return "rejected" if last["rejected"] else "complete"
    if len(rounds) > 1 and last["left_digest"] == rounds[-2]["left_digest"]:
        return "unchanged"
    return "limit" if len(rounds) >= max_rounds else "again"


_STOPPED = {
    "failed": "the script did not end well",
    "unclear": "the files of the script cannot be understood",
    "complete": "nothing is left",
    "rejected": "there are errors, but the script gave no row to import again",
    "unchanged": "the same rows are left as after the round before",
    "limit": "import_csp_subscriptions_max_rounds is reached",
    "again": "another round was about to start",
}


def summary(rounds: Sequence[Data], about: Data) -> dict[str, Any]:
    """The summary as data, with ``lines`` for the person at the keyboard.

    ``about``: ``instance_id``, ``input``, ``run``, ``folder`` (of the collected files), ``log_folder``, ``max_rounds``.
    """
    ended = outcome(rounds, int(about["max_rounds"])) if rounds else "failed"
    last: Data = rounds[-1] if rounds else {"left": 0, "rejected": 0, "reasons": []}
    left = max(last["left"], last["rejected"])
    imported = sum(row["imported"] for row in rounds)
    lines = [f"CSP subscriptions for application instance {about['instance_id']}: {imported} imported, {left} left"]
    for number, row in enumerate(rounds, 1):
        text = f"Round {number}: {row['imported']} imported, {row['rejected']} errors, {row['left']} to import again"
        lines.append(text + ("" if row["rc"] == 0 else f" (exit code {'unknown' if row['rc'] is None else row['rc']})"))
    lines.append(f"Ended because {_STOPPED[ended]}")
    lines += reason_lines(last["reasons"])
    lines += [f"Files: {about['folder']}", f"Logs on the management node: {about['log_folder']}"]
    return {
        "format": 1,
        **{name: about[name] for name in ("run", "input", "folder")},
        "application_instance_id": int(about["instance_id"]),
        "outcome": ended,
        "imported": imported,
        "left": left,
        "reasons": list(last["reasons"]),
        "rounds": [{key: value for key, value in row.items() if key != "output"} for row in rounds],
        "lines": lines,
    }


def reason_lines(reasons: Sequence[Data]) -> list[str]:
    """The groups of reasons as text, the largest first, no more than a screen of them."""
    lines = [f"  {row['count']} x {row['reason']}" for row in reasons[:_SHOWN_REASONS]]
    if len(reasons) > _SHOWN_REASONS:
        lines.append(f"  and {len(reasons) - _SHOWN_REASONS} more reasons, see the report")
    return ["Reasons:", *lines] if lines else []


def new_files(after: Iterable[Data], before: Iterable[Data]) -> list[str]:
    """Paths of files that appeared or changed between two answers of the module find, sorted."""
    marks = ("path", "size", "mtime", "checksum")
    known = {tuple(row.get(mark) for mark in marks) for row in before}
    return sorted(str(row["path"]) for row in after if tuple(row.get(mark) for mark in marks) not in known)


def problems(facts: Data) -> list[str]:
    """Everything that speaks against a start, as sentences.

    ``facts``: ``file``, ``stat`` and ``content`` (base64, empty where unread) of the input, ``delimiter``; ``package``
    as aps_package_info returns it; ``instances`` as oa_application_instance_info returns them, ``instance_id``,
    ``version``; ``username``, ``has_password``.
    """
    found = [*_input_problems(facts), *(f"Package: {row['message']}" for row in facts["package"]["problems"])]
    number, version = int(facts["instance_id"]), facts["version"]
    mine = [row for row in facts["instances"] if row["application_instance_id"] == number]
    if not mine:
        known = ", ".join(str(row["application_instance_id"]) for row in facts["instances"]) or "none"
        found.append(
            f"import_csp_subscriptions_instance_id: {number} is no instance of the Office 365 application."
            f" Its instances are: {known}."
        )
    elif mine[0]["version"] != version:
        found.append(
            f"Application instance {number} runs version {mine[0]['version'] or 'unknown'}, but the script is that of"
            f" {version}. Upgrade the instance first, or give the package of its version."
        )
    if facts["username"] and not facts["has_password"]:
        found.append(
            "import_csp_subscriptions_api_username is given without import_csp_subscriptions_api_password."
            " Give both, or none where HTTP authentication of the Public API is off."
        )
    return found


def _input_problems(facts: Data) -> list[str]:
    file, stat = facts["file"], facts["stat"]
    place = f"import_csp_subscriptions_file: {file}"
    if not stat.get("exists"):
        return [f"{place} does not exist on the controller."]
    if not stat.get("isreg") or not stat.get("readable"):
        return [f"{place} is not a file that can be read."]
    try:
        table = read_table(_decoded(facts), file, facts["delimiter"])
    except ValueError as error:
        return [f"import_csp_subscriptions_file: {error}."]
    if not table.header:
        return [f"{place} is empty."]
    if not table.rows:
        return [f"{place} has no rows below its header."]
    return []


def _decoded(file: Data) -> bytes:
    try:
        return base64.b64decode(str(file["content"]), validate=True)
    except binascii.Error as error:
        raise ValueError(f"the content is no base64: {error}") from error


def _reasons(table: Table, name: str, column: str) -> list[str]:
    if not table.rows:
        return []
    if column and column not in table.header:
        raise ValueError(
            f"{name} has no column {column!r} (import_csp_subscriptions_reason_column);"
            f" it has {', '.join(table.header)}"
        )
    index = table.header.index(column) if column else len(table.header) - 1
    return [row[index] if index < len(row) else "" for row in table.rows]


def _grouped(reasons: Mapping[str, int]) -> list[dict[str, Any]]:
    """Reasons that differ in ids only are one group; the largest group first."""
    groups: dict[str, list[tuple[str, int]]] = {}
    for text, count in reasons.items():
        clean = _one_line(text)
        groups.setdefault(_ID.sub("...", clean), []).append((clean, count))
    rows = [
        {
            # a group of one text shows its ids
            "reason": (next(iter(texts)) if len(texts) == 1 else pattern) or _NO_REASON,
            "count": sum(count for _text, count in members),
        }
        for pattern, members in groups.items()
        for texts in [{text for text, _count in members}]
    ]
    return sorted(rows, key=lambda row: (-row["count"], row["reason"]))


def _one_line(text: str) -> str:
    """Line breaks as spaces, and no character that a terminal would obey."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def _digest(rows: Iterable[Sequence[str]]) -> str:
    """The same for the same rows, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(map(list, rows))).encode("ascii")).hexdigest()
