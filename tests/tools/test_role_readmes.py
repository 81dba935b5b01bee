"""The tables of variables in the roles' READMEs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools.checkout import ROOT
from tools.role_readmes import BEGIN, END, ReadmeError, default_text, markdown, renewed, stale, tables, type_text

SPEC = """
argument_specs:
  main:
    short_description: Not to be run
  sweep:
    short_description: Sweep C(everything)
    options:
      broom_width:
        description: [Width of M(odin.office365.oa_info)., "Never V(0) | negative."]
        type: int
        default: 30
      broom_rooms:
        description: Rooms.
        type: list
        elements: dict
        required: true
        options:
          name: {description: A name., type: str, required: true}
"""


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    """A folder with one role whose README has no tables yet."""
    role = tmp_path / "roles" / "broom"
    for folder, text in (("meta/argument_specs.yml", SPEC), ("defaults/main.yml", "broom_width: 30\n")):
        (role / folder).parent.mkdir(parents=True)
        (role / folder).write_text(text, encoding="utf-8")
    (role / "README.md").write_text(f"# broom\n\n{BEGIN}\n{END}\n\nAfter.\n", encoding="utf-8")
    return role.parent


def test_readmes_of_this_checkout_are_fresh() -> None:
    assert [str(path) for path in stale(ROOT / "roles")] == []


def test_every_task_file_is_named() -> None:
    unnamed = []
    for specs in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        readme = (specs.parents[1] / "README.md").read_text(encoding="utf-8")
        section = readme.partition("\n## Task files\n")[2].partition("\n## ")[0]
        names = yaml.safe_load(specs.read_text(encoding="utf-8"))["argument_specs"]
        unnamed += [f"{specs.parents[1].name}: {name}" for name in names if f"`{name}`" not in section]
    assert unnamed == []


def test_tables_of_a_role(roles: Path) -> None:
    assert tables(roles / "broom") == (
        "### sweep\n\nSweep `everything`.\n\n"
        "| variable | type | default | meaning |\n|---|---|---|---|\n"
        "| `broom_width` | int | `30` | Width of `odin.office365.oa_info`. Never `0` \\| negative. |\n"
        "| `broom_rooms` | list of dict | **required** | Rooms. |\n"
        "| `broom_rooms: name` | str | **required** | A name. |\n"
    )


def test_stale_readme_is_found_until_it_is_written(roles: Path) -> None:
    found = stale(roles)
    (readme, text), *others = found.items()
    assert (readme, others) == (roles / "broom" / "README.md", [])
    assert text == f"# broom\n\n{BEGIN}\n\n{tables(roles / 'broom')}\n{END}\n\nAfter.\n"
    readme.write_text(text, encoding="utf-8")
    assert stale(roles) == {}
    defaults = roles / "broom" / "defaults" / "main.yml"
    defaults.write_text("broom_width: 31\n", encoding="utf-8")
    assert list(stale(roles)) == [readme]


@pytest.mark.parametrize("text", ["", f"{BEGIN}\n", f"{END}\n{BEGIN}\n"])
def test_missing_marker_is_an_error(text: str) -> None:
    with pytest.raises(ReadmeError, match="needs the lines"):
        renewed(text, "")


def test_missing_readme_is_an_error(roles: Path) -> None:
    (roles / "broom" / "README.md").unlink()
    with pytest.raises(ReadmeError, match=r"README\.md is missing"):
        stale(roles)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("C(file://) is V(true) for O(broom_width)", "`file://` is `true` for `broom_width`"),
        ("P(odin.office365.common#role), I(seats)", "`odin.office365.common`, *seats*"),
        ("version V(V(16.8.4-34))", "version `V(16.8.4-34)`"),
        ("two\n  lines | a bar", "two lines \\| a bar"),
    ],
)
def test_markup(told: str, shown: str) -> None:
    assert markdown(told) == shown


def test_types_and_defaults() -> None:
    assert type_text({"type": "str", "choices": ["", "completed"]}) == "str: empty, `completed`"
    assert default_text("x", {}, {"x": ""}) == '`""`'
    assert default_text("x", {}, {"x": {"a": [1, True]}}) == '`{"a": [1, true]}`'
    assert default_text("x", {}, {"x": "{{ y | default(1) }}"}) == "`{{ y \\| default(1) }}`"
    assert default_text("x", {}, {}) == ""
    assert default_text("x", {"required": True}, {"x": 1}) == "**required**"
