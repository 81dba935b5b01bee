# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an import of CSP subscriptions: counting, grouping, deciding, and what speaks against a start."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.odin.office365.plugins.filter.csp_import import FilterModule
from ansible_collections.odin.office365.plugins.plugin_utils._csp_import import (
    new_files,
    outcome,
    problems,
    read_round,
    read_table,
    reason_lines,
    summary,
)

ENDED = json.dumps({"state": "ended", "rc": 0, "tail": []})
FIRST, SECOND = "7b1c0f60-0000-4000-8000-000000000001", "7B1C0F60-0000-4000-8000-000000000002"


def file(name: str, content: str | bytes) -> dict[str, str]:
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    return {"source": f"/reports/{name}", "content": base64.b64encode(data).decode("ascii")}


def errors(*reasons: str) -> dict[str, str]:
    quoted = ['"{}"'.format(reason.replace('"', '""')) for reason in reasons]
    return file("errors_1.csv", "Id,Reason\n" + "".join(f"{n},{text}\n" for n, text in enumerate(quoted)))


@pytest.mark.parametrize(
    ("content", "header", "rows"),
    [
        (b"", (), ()),
        (b"\n\r\n , \n", (), ()),
        (b"A,B\n", ("A", "B"), ()),
        (b"A,B\r\n1,2\r\n\r\n3,4", ("A", "B"), (("1", "2"), ("3", "4"))),
        (b"\xef\xbb\xbfA,B\n1,2\n", ("A", "B"), (("1", "2"),)),
        (b'A,B\n"a ""b"", c","two\r\nlines"\n', ("A", "B"), (('a "b", c', "two\r\nlines"),)),
        ("Ä\n=cmd|' /C calc'!A0\n{{ 7*7 }}\n".encode(), ("Ä",), (("=cmd|' /C calc'!A0",), ("{{ 7*7 }}",))),
        (b"A,B\n1\n1,2,3\n", ("A", "B"), (("1",), ("1", "2", "3"))),
    ],
)
def test_tables(content: bytes, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    table = read_table(content, "x.csv")
    assert (table.header, table.rows) == (header, rows)


def test_another_delimiter() -> None:
    assert read_table(b"A;B\n1,5;2\n", "x.csv", ";").rows == (("1,5", "2"),)
    with pytest.raises(ValueError, match="must be one character"):
        read_table(b"A\n", "x.csv", ";;")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"A\n\xe4\n", r"x\.csv is not encoded in UTF-8 \(byte 2\)"),
        (b'A\n"never closed\n', r"x\.csv is no valid CSV file: .*line 2"),
        (b'A\n"a"b\n', r"x\.csv is no valid CSV file"),
        (b"A\n" + b"x" * 200000 + b"\n", r"x\.csv is no valid CSV file: field larger"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_table(content, "x.csv")


def test_a_round_is_counted_from_its_files() -> None:
    files = [
        file("result_1.csv", "OA\n1\n2\n2\n"),
        errors("not ready", "not ready", "no plan"),
        file("reimport_1.csv", "A\nx\ny\nz\n"),
    ]
    found = read_round(files, json.dumps({"state": "ended", "rc": 0, "tail": ["Total: 99"]}))
    assert (found["imported"], found["rejected"], found["left"]) == (2, 3, 3)
    assert found["reimport"] == "reimport_1.csv"
    assert found["reasons"] == [{"reason": "not ready", "count": 2}, {"reason": "no plan", "count": 1}]
    assert (found["files"], found["problems"]) == (["errors_1.csv", "reimport_1.csv", "result_1.csv"], [])


def test_reasons_that_differ_in_ids_are_one_group() -> None:
    texts = (f"tenant {FIRST} of 1000001 not ready", f"tenant {SECOND} of 1000002 not ready", "HTTP 401", "HTTP 500")
    assert read_round([errors(*texts)], ENDED)["reasons"] == [
        {"reason": "tenant ... of ... not ready", "count": 2},
        {"reason": "HTTP 401", "count": 1},
        {"reason": "HTTP 500", "count": 1},
    ]
    assert read_round([errors(texts[0], texts[0])], ENDED)["reasons"] == [{"reason": texts[0], "count": 2}]


def test_reasons_are_one_line_of_harmless_characters() -> None:
    (row,) = read_round([errors('=cmd|x, "{{ 7*7 }}"\r\n\x1b[31mred\x1b[0m')], ENDED)["reasons"]
    assert row["reason"] == '=cmd|x, "{{ 7*7 }}" [31mred [0m'
    (row,) = read_round([errors("")], ENDED)["reasons"]
    assert row["reason"] == "(no reason given)"


def test_the_column_of_the_reasons() -> None:
    content = file("errors_1.csv", "Why,Id\nbad,1\nbad,2\n,\nshort\n")
    assert [row["reason"] for row in read_round([content], ENDED, reason_column="Why")["reasons"]] == ["bad", "short"]
    assert [row["count"] for row in read_round([content], ENDED)["reasons"]] == [1, 1, 1]
    unknown = read_round([content], ENDED, reason_column="Cause")
    assert unknown["problems"] == [
        "errors_1.csv has no column 'Cause' (import_csp_subscriptions_reason_column); it has Why, Id."
    ]
    # without rows there is nothing to look up
    assert read_round([file("errors_1.csv", "Why,Id\n")], ENDED, reason_column="Cause")["problems"] == []


def test_what_is_not_clear() -> None:
    assert "appeared or changed" in read_round([], ENDED)["problems"][0]
    assert read_round([], json.dumps({"state": "ended", "rc": 1}))["problems"] == []
    two = [file("reimport_1.csv", "A\n1\n"), file("reimport_2.csv", "A\n2\n")]
    found = read_round(two, ENDED)
    assert "several files to import again (reimport_1.csv, reimport_2.csv)" in found["problems"][0]
    assert (found["left"], found["reimport"]) == (2, "")
    empty = read_round([two[0], file("reimport_2.csv", "A\n")], ENDED)
    assert (empty["problems"], empty["reimport"]) == ([], "reimport_1.csv")
    assert "not encoded in UTF-8" in read_round([file("result_1.csv", b"\xff")], ENDED)["problems"][0]


def one(left: str = "", rc: int | None = 0, rejected: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "rc": rc,
        "state": "ended",
        "imported": 1,
        "rejected": rejected,
        "left": len(left),
        "left_digest": left,
        "reasons": [],
        "problems": [],
        "output": ["secret customer"],
        **more,
    }


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [
        ([one()], "complete"),
        ([one(rejected=1)], "rejected"),
        ([one("ab")], "again"),
        ([one("ab"), one("a")], "again"),
        ([one("ab"), one("ab")], "unchanged"),
        ([one("abc"), one("ab"), one("a")], "limit"),
        ([one("a", rc=1)], "failed"),
        ([one("a", rc=None)], "failed"),
        ([one("a", problems=["?"])], "unclear"),
    ],
)
def test_whether_to_go_on(rounds: list[dict[str, Any]], expected: str) -> None:
    assert outcome(rounds, 3) == expected


def test_the_same_rows_in_another_order_are_the_same() -> None:
    first = read_round([file("reimport_1.csv", "A,B\n1,2\n3,4\n")], ENDED)
    second = read_round([file("reimport_2.csv", "A,B\n3,4\n1,2\n")], ENDED)
    other = read_round([file("reimport_2.csv", "A,B\n3,4\n1,2\n1,2\n")], ENDED)
    assert first["left_digest"] == second["left_digest"] != other["left_digest"]


ABOUT = {"run": "T", "instance_id": "1001", "input": "i.csv", "folder": "/r", "log_folder": "/l*", "max_rounds": "2"}


def test_the_summary() -> None:
    reasons = [{"reason": "no plan", "count": 2}]
    told = summary([one("abc", rejected=3), one("ab", rejected=2, reasons=reasons)], ABOUT)
    assert (told["imported"], told["left"], told["outcome"]) == (2, 2, "limit")
    assert told["lines"] == [
        "CSP subscriptions for application instance 1001: 2 imported, 2 left",
        "Round 1: 1 imported, 3 errors, 3 to import again",
        "Round 2: 1 imported, 2 errors, 2 to import again",
        "Ended because import_csp_subscriptions_max_rounds is reached",
        "Reasons:",
        "  2 x no plan",
        "Files: /r",
        "Logs on the management node: /l*",
    ]
    assert "secret customer" not in json.dumps(told)


@pytest.mark.parametrize(("rc", "text"), [(1, "1"), (-9, "-9"), (None, "unknown")])
def test_the_summary_of_a_failed_run(rc: int | None, text: str) -> None:
    told = summary([one(rc=rc)], ABOUT)
    assert told["outcome"] == "failed"
    assert told["lines"][1].endswith(f"(exit code {text})")
    assert told["lines"][2] == "Ended because the script did not end well"


def test_many_reasons_are_cut() -> None:
    lines = reason_lines([{"reason": str(number), "count": 1} for number in range(25)])
    assert len(lines) == 22
    assert lines[-1] == "  and 5 more reasons, see the report"
    assert reason_lines([]) == []


def test_files_that_appeared_or_changed() -> None:
    old = {"path": "/a", "size": 1, "mtime": 1.0, "checksum": "x"}
    same, fresh = dict(old), {**old, "path": "/0"}
    for changed in ({"size": 2}, {"mtime": 2.0}, {"checksum": "y"}):
        assert new_files([fresh, {**old, **changed}], [old]) == ["/0", "/a"]
    assert new_files([same], [old]) == []


def facts(**changes: Any) -> dict[str, Any]:
    return {
        "file": "in.csv",
        "stat": {"exists": True, "isreg": True, "readable": True},
        "content": file("in.csv", "A\n1\n")["content"],
        "delimiter": ",",
        "package": {"problems": []},
        "instances": [{"application_instance_id": 1001, "version": "16.8.4"}],
        "instance_id": "1001",
        "version": "16.8.4",
        "username": "u",
        "has_password": True,
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stat": {"exists": False}}, "in.csv does not exist on the controller."),
        ({"stat": {"exists": True, "isreg": False}}, "in.csv is not a file that can be read."),
        ({"stat": {"exists": True, "isreg": True, "readable": False}}, "in.csv is not a file that can be read."),
        ({"content": ""}, "in.csv is empty."),
        ({"content": file("", "A\n")["content"]}, "in.csv has no rows below its header."),
        ({"content": file("", b"\xff")["content"]}, "in.csv is not encoded in UTF-8 (byte 0)."),
        ({"package": {"problems": [{"code": "x", "message": "It is damaged."}]}}, "Package: It is damaged."),
        ({"instance_id": 7}, "7 is no instance of the Office 365 application. Its instances are: 1001."),
        ({"instances": []}, "1001 is no instance of the Office 365 application. Its instances are: none."),
        ({"version": "16.8.5"}, "Application instance 1001 runs version 16.8.4, but the script is that of 16.8.5."),
        ({"has_password": False}, "given without import_csp_subscriptions_api_password"),
    ],
)
def test_what_speaks_against_a_start(changes: dict[str, Any], message: str) -> None:
    (found,) = problems(facts(**changes))
    assert message in found


def test_nothing_speaks_against_a_start() -> None:
    assert problems(facts()) == []
    assert problems(facts(username="", has_password=False)) == []


def test_all_problems_are_told_at_once() -> None:
    assert len(problems(facts(content="", instance_id=7, has_password=False))) == 3


def test_the_filters_mark_and_explain() -> None:
    filters = FilterModule().filters()
    assert filters["csp_import_new_files"]([{"path": "/{{ x }}"}], []) == ["/{{ x }}"]
    assert filters["csp_import_outcome"]([one()], 1) == "complete"
    assert filters["csp_import_round"]([errors("{{ 7*7 }}")], ENDED)["reasons"][0]["reason"] == "{{ 7*7 }}"
    assert filters["csp_import_summary"]([one()], ABOUT)["outcome"] == "complete"
    with pytest.raises(AnsibleFilterError, match="Expecting value"):
        filters["csp_import_round"]([], "no JSON")
