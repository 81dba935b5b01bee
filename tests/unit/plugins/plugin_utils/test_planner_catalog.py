# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions, the release catalog, and what assemblies say."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import yaml
from ansible_collections.odin.office365.plugins.plugin_utils._planner import assemblies, versions
from ansible_collections.odin.office365.plugins.plugin_utils._planner.catalog import CatalogError, Release
from ansible_collections.odin.office365.plugins.plugin_utils._planner.ranges import VersionRange, VersionSet
from ansible_collections.odin.office365.tests.unit.plugins.plugin_utils.installation import (
    RELEASES,
    release,
    release_data,
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("16.8.4", (16, 8, 4)), ("16.8.4-34", (16, 8, 4)), (" 7.1 ", (7, 1)), ("16.10", (16, 10)), ("5", (5,))],
)
def test_reads_versions(text: str, numbers: tuple[int, ...]) -> None:
    assert versions.parse(text) == numbers


@pytest.mark.parametrize("text", ["", "v16", "16.", "16.8.x", "16..8", "unknown"])
def test_refuses_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version such as"):
        versions.parse(text)


def test_versions_compare_number_by_number() -> None:
    assert versions.at_least("16.10.0", "16.9.9")
    assert not versions.at_least("16.6.2", "16.6.3")
    assert versions.in_series("16.6.10", "16.6")
    assert not versions.in_series("16.60.1", "16.6")
    assert versions.without_release(" 16.8.4-34 ") == "16.8.4"


@pytest.mark.parametrize(
    ("area", "inside", "outside", "text"),
    [
        (VersionRange("16.6", "16.6.3"), ["16.6.3", "16.6.10"], ["16.6.2", "16.7.0"], "16.6.3 or later 16.6.x"),
        (VersionRange("", "16.6.3", "16.6.3"), ["16.6.3"], ["16.6.4"], "exactly 16.6.3"),
        (VersionRange("16.6", "", "16.6.9"), ["16.6.0"], ["16.6.10"], "any 16.6.x up to 16.6.9"),
        (VersionRange("", versions=("19.3", "19.3.1")), ["19.3", "19.3.1"], ["19.3.2"], "exactly 19.3 or 19.3.1"),
        (VersionRange(above="20.3"), ["20.3.1", "20.4"], ["20.3", "20.2"], "above 20.3"),
        (VersionRange(), ["1", "99.9"], [], "any"),
    ],
)
def test_ranges(area: VersionRange, inside: list[str], outside: list[str], text: str) -> None:
    assert [version for version in inside if version not in area] == []
    assert [version for version in outside if version in area] == []
    assert 16 not in area
    assert str(area) == text


@pytest.mark.parametrize("path", sorted(RELEASES.glob("*.yml")), ids=lambda path: path.stem)
def test_every_release_of_the_catalog_can_be_read(path: Any) -> None:
    found = Release.from_data(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert found.release == path.stem
    assert found.procedures
    assert all(procedure.steps for procedure in found.procedures)


def test_the_release_16_8_4() -> None:
    found = release()
    procedure = found.procedure("syndication", "16.6.4")
    assert procedure is not None
    assert [step.id for step in procedure.steps] == [f"A{number}" for number in range(1, 14)]
    assert found.procedure("syndication", "16.6.2") is None
    assert "16.6.3 or later 16.6.x" in found.accepted_text("syndication")
    script = found.scripts["resource_settings"]
    assert [script.package_for(version) for version in ("16.6.3", "16.6.4", "16.6.9")] == ["16.6.3", "16.6.4", "16.6.4"]
    assert found.scripts["tenant_counters"].package_for("16.6.4") == ""
    assert found.script("endpoint") == ""
    assert [str(row) for row in found.platforms] == [
        "7.1.0 or later 7.1.x",
        "7.0.1 or later 7.0.x (7.0.1 needs hotfix 130748)",
    ]


@pytest.mark.parametrize("member", ["release", "application", "platform", "procedures"])
def test_an_incomplete_entry_is_refused(member: str) -> None:
    data = yaml.safe_load((RELEASES / "16.8.4.yml").read_text(encoding="utf-8"))
    del data[member]
    with pytest.raises(CatalogError, match=f"has no member '{member}'"):
        Release.from_data(data)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("state", "half", "state 'half' is none of full, overview_only, no_procedure"),
        ("procedures/A/from", {"series": "16.6", "least": "16.6.3"}, "least"),
        ("procedures/A/steps", [{"id": "A1", "name": "collect"}], "name"),
        ("platform/accepted", "7.1", "is wrong"),
        ("warnings", [{"key": "x"}], "target"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_reason(path: str, value: Any, text: str) -> None:
    with pytest.raises(CatalogError, match=text):
        release(changes={path: value})


def test_every_value_says_where_it_comes_from() -> None:
    provenance = release_data()["provenance"]
    assert {row["certainty"] for row in provenance.values()} <= {"documented", "inferred", "unknown"}
    assert all(row["source"] for row in provenance.values())
    assert "*" in provenance


def test_the_highest_readable_version_is_shown() -> None:
    rows = [{"file_version": text} for text in ("16.6.4.0", None, "16.10.1.0", "no version", "3.0")]
    assert assemblies.shown_version(rows) == "16.10.1.0"
    assert assemblies.shown_version([{"file_version": ""}]) == "unknown"


def test_the_fingerprint_does_not_depend_on_order_or_case() -> None:
    one = [{"name": "A.dll", "sha256": "AA"}, {"name": "b.dll", "sha256": "bb"}]
    other = [{"name": "B.DLL", "sha256": "BB"}, {"name": "a.dll", "sha256": "aa"}]
    assert assemblies.fingerprint(one) == assemblies.fingerprint(other)
    assert assemblies.fingerprint(one) == hashlib.sha256(b"a.dll aa\nb.dll bb").hexdigest()
    assert assemblies.fingerprint([]) == ""
    assert assemblies.bin_folder("C:\\inetpub\\App") == "C:\\inetpub\\App\\bin"


def test_a_set_is_any_of_its_ranges() -> None:
    area = VersionSet.from_data([{"versions": ["1.0"]}, {"series": "2.1"}])
    assert [version for version in ("1.0", "2.1.7", "1.0.1", "2.2") if version in area] == ["1.0", "2.1.7"]
    assert str(area) == "exactly 1.0 or any 2.1.x"
