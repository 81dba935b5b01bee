# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure helpers of the modules: versions, match expressions, end-point URIs, values."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.module_utils import _rql, _values, _versions
from ansible_collections.odin.office365.plugins.module_utils._instances import endpoint_parts
from ansible_collections.odin.office365.plugins.module_utils._xml import DoctypeError, XmlError, parse


def test_package_versions_sort_by_number() -> None:
    wild = ["16.10.0-1", "16.9.0-10", "16.9.0-9", "16.9-1"]
    assert sorted(wild, key=_versions.sort_key) == ["16.9-1", "16.9.0-9", "16.9.0-10", "16.10.0-1"]


def test_a_release_counts_where_both_name_one() -> None:
    assert _versions.is_version("16.8.4-34", "16.8.4")
    assert not _versions.is_version("16.8.4-34", "16.8.4-3")
    assert not _versions.is_version("16.8.40-1", "16.8.4")
    assert _versions.is_newer("16.8.4-34", "16.8.4-9")
    assert not _versions.is_newer("16.8.4-34", "16.8.4")
    assert _versions.is_newer("16.8.10", "16.8.9-99")


PROPERTIES = {"id": "x", "name": "Office365", "version": "16.6.10", "release": "20"}


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ("version =eq= 16.6.10", True),
        ("version=ge=16.6.9,release=ge=0", True),
        ("version=lt=16.6.9", False),
        ("version=lt=16.6.9;version=gt=16.6.9", True),
        ("and(ge(version,16.6.3),lt(version,16.8.4))", True),
        ("or(eq(version,1.0),eq(version,2.0))", False),
        ("not(eq(version,1.0))", True),
        ("in(version,(16.6.9,16.6.10))", True),
        ("out(version,(16.6.9,16.6.10))", False),
        ("like(version,16.6.*)", True),
        ("like(version,16.[67].*)", False),
        ("version=ne=16.6.10", False),
        ("(version=eq=1|version=eq=16.6.10)&release=eq=20", True),
    ],
)
def test_match_expressions(expression: str, matches: bool) -> None:
    assert _rql.matches(expression, PROPERTIES) is matches


@pytest.mark.parametrize(
    "expression", ["", "version", "version=xx=1", "colour=eq=1", "and(version=eq=1", "eq(version)", ")"]
)
def test_expressions_that_are_none(expression: str) -> None:
    with pytest.raises(_rql.MatchError):
        _rql.matches(expression, PROPERTIES)


def test_an_end_point_is_taken_apart() -> None:
    assert endpoint_parts(" https://G.example.com:443/My%20App/aps/ ") == {
        "valid": True,
        "hostname": "g.example.com",
        "application": "My App",
        "reason": "",
    }


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "it is empty"),
        ("http://g/App/aps/", "it does not start with https://"),
        ("https:///App/aps/", "it names no host"),
        ("https://g/App/", "its path is not"),
        ("https://g/App/other/", "its path is not"),
        ("https://g/App/aps/more", "its path is not"),
        ("https://[g/App/aps/", "it is no URL"),
        ("https://g:https/App/aps/", "it is no URL"),
    ],
)
def test_other_end_points_are_invalid(url: str, reason: str) -> None:
    found = endpoint_parts(url)
    assert (found["valid"], found["hostname"], found["application"]) == (False, "", "")
    assert reason in found["reason"]


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("5", 5), (" -1 ", -1), (2**40, 2**40), (True, None), ("x", None), (None, None), ("", None)],
)
def test_whole_numbers_come_in_several_forms(value: Any, number: int | None) -> None:
    assert _values.whole_number(value) == number


def test_secrets_are_not_shown() -> None:
    assert _values.shown("oa_api_PASSWORD", "x") == "********"
    assert _values.shown("oa_api_password", "") == ""
    assert _values.shown("oa_api_url", "x") == "x"


def test_truth_values_are_digits() -> None:
    assert [_values.parameter_text(value) for value in (True, False, 5, "a")] == ["1", "0", "5", "a"]


def test_work_in_parallel_keeps_the_order_and_the_limit() -> None:
    busy: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def work(number: int) -> int:
        with lock:
            busy.append(number)
            most.append(len(busy))
        with lock:
            busy.remove(number)
        return number * 2

    assert _values.in_parallel(work, range(50), 3) == [number * 2 for number in range(50)]
    assert max(most) <= 3


def test_the_first_failure_of_parallel_work_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        _values.in_parallel(lambda number: 1 // number, [1, 0, 2], 2)


@pytest.mark.parametrize("document", [b"", b"<a>", b"<a>&b;</a>", b"\xff\xfe", b"<a/><b/>", b"<a>\0</a>"])
def test_bad_xml_is_refused(document: bytes) -> None:
    with pytest.raises(XmlError):
        parse(document)


BOMB = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_type_is_refused_in_every_encoding(encoding: str) -> None:
    with pytest.raises(DoctypeError):
        parse(BOMB.encode(encoding))


def test_the_words_of_a_document_type_may_be_data() -> None:
    assert parse(b"<a><!-- <!DOCTYPE b> --><![CDATA[<!DOCTYPE c>]]></a>").text == "<!DOCTYPE c>"
    assert parse("<a>\u00e9</a>".encode("utf-16")).text == "\u00e9"


def test_good_xml_keeps_its_namespaces() -> None:
    root = parse('<?xml version="1.0"?><a xmlns="urn:x" k="\u00e9"><b>t</b></a>'.encode())
    assert (root.tag, root.get("k"), root[0].tag, root[0].text) == ("{urn:x}a", "\u00e9", "{urn:x}b", "t")
