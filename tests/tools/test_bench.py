"""The pure parts of the benchmark of the provisioning window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench import __main__ as front_door
from bench import graphs, outage, results, subscriptions
from bench.durations import Durations, Size, critical_path, lab_options
from bench.goals import goals
from bench.page import MADE_BY, PAGE, keep
from bench.table import goal_table, row_table
from bench.window import window_seconds
from tools.page_blocks import filled

ROUND = Durations(setup=40, iisreset=8, package_import=10, instance_upgrade=20, script=1, task=0.5, latency=9)


@pytest.mark.parametrize(
    ("size", "parallel", "seconds"),
    [
        # 40 + 8 endpoint, 3 scripts, 11 import, 21 instance
        (Size(sites=1, hosts=1), 20, 48 + 3 + 11 + 21),
        # a host with two sites; 30 for scripts; one instance, then the nine others
        (Size(sites=10, hosts=5), 20, 88 + 30 + 11 + 2 * 21),
        (Size(sites=10, hosts=5), 4, 88 + 30 + 11 + (1 + 3) * 21),
        (Size(sites=10, hosts=5), 1, 88 + 30 + 11 + 10 * 21),
        # the slowest host counts; the platform works on 20 tasks at a time, however many are asked for
        (Size(sites=50, hosts=20), 50, 128 + 150 + 11 + (1 + 3) * 21),
    ],
)
def test_critical_path(size: Size, parallel: int, seconds: float) -> None:
    assert critical_path(size, ROUND, parallel) == pytest.approx(seconds)


def test_the_lab_gets_every_duration() -> None:
    words = lab_options(Size(sites=10, hosts=5, subscriptions=7), ROUND)
    options = dict(zip(words[::2], words[1::2], strict=True))
    assert (options["--hosts"], options["--gateways"], options["--service-templates"]) == ("5", "10", "10")
    assert (options["--subscriptions"], options["--setup-seconds"]) == ("7", "40")
    assert options["--api-latency-seconds"] == "9"


def call(time: float, method: str, **more: Any) -> dict[str, Any]:
    return {"time": time, "channel": "public_api", "call": method, "outcome": "ok", "arguments": {}, **more}


def test_window_is_from_the_first_stop_to_the_last_start() -> None:
    batch = [{"request_id": "r"}, {"operation": "pem.activateST", "parameters": [{"st_id": 12}]}]
    calls = [
        call(1.0, "pem.deactivateST", outcome="error: locked"),
        call(2.0, "pem.deactivateST"),
        call(3.0, "pem.deactivateST"),
        call(50.0, "pem.getServiceTemplate"),
        call(60.0, "pem.activateST"),
        call(62.5, "pem.batchRequest", arguments=batch),
        call(70.0, "pem.activateST", channel="management_node"),
    ]
    assert window_seconds(calls) == 60.5


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [call(1.0, "pem.deactivateST")],
        [call(1.0, "pem.activateST")],
        [call(1.0, "pem.activateST"), call(2.0, "pem.deactivateST")],
    ],
)
def test_window_that_is_not_there(calls: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="no window"):
        window_seconds(calls)


def row(part: str, contender: str = "collection", number: int = 1, **numbers: Any) -> results.Row:
    made = {
        "part": part,
        "contender": contender,
        "round": number,
        "size": {"sites": 10, "hosts": 5, "subscriptions": 200},
        "durations": {"setup": 40.0},
        "parallel": 20,
        "time": f"2026-03-0{number}T22:00:00+00:00",
        "load_at_start": 0.5,
        "window_seconds": 100.0,
        "critical_path_seconds": 90.0,
        "seconds": 150.0,
        "processor_seconds": 30.0,
    }
    return {**made, **numbers}


def test_rows_are_merged_by_what_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "new" / "outage.json"
    results.add_row(path, row("ten_sites", window_seconds=1.0), outage.KEY)
    results.add_row(path, row("ten_sites", number=2), outage.KEY)
    results.add_row(path, row("ten_sites", durations={"setup": 1.0}), outage.KEY)
    results.add_row(path, row("ten_sites", window_seconds=2.0), outage.KEY)
    found = results.read_rows(path)
    assert [(item["round"], item["durations"]["setup"], item["window_seconds"]) for item in found] == [
        (2, 40.0, 100.0),
        (1, 1.0, 100.0),
        (1, 40.0, 2.0),
    ]
    assert results.read_rows(tmp_path / "none.json") == []


def test_the_page_keeps_its_rows_where_a_clone_has_measured_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, measured = tmp_path / "kept", tmp_path / "outage.json"
    monkeypatch.setattr(graphs, "TARGET", kept)
    for part in ("one_site", "ten_sites"):
        results.add_row(kept / "outage.json", row(part), outage.KEY)
    assert [item["part"] for item in keep(measured, outage.KEY)] == ["one_site", "ten_sites"]
    results.add_row(measured, row("one_site", window_seconds=7.0), outage.KEY)
    rows = keep(measured, outage.KEY)
    assert [(item["part"], item["window_seconds"]) for item in rows] == [("ten_sites", 100.0), ("one_site", 7.0)]
    assert results.read_rows(kept / "outage.json") == rows


def test_a_row_says_on_what_it_was_measured() -> None:
    told = results.circumstances()
    assert {"time", "machine", "cores", "load_at_start", "versions"} == set(told)
    json.dumps(told)


def test_goals_compare_medians_under_the_same_conditions() -> None:
    small = {"sites": 1, "hosts": 1, "subscriptions": 200}
    rows = [
        row("ten_sites", number=1, window_seconds=100.0),
        row("ten_sites", number=2, window_seconds=110.0),
        row("ten_sites", number=3, window_seconds=900.0),
        row("ten_sites", "runbook", window_seconds=440.0),
        row("ten_sites", "runbook", durations={"setup": 1.0}, window_seconds=1.0),
        row("ten_sites", "naive", processor_seconds=60.0),
        row("one_site", size=small, window_seconds=80.0),
        row("one_site_each", window_seconds=100.0),
        row("one_site_each", size={**small, "sites": 25, "hosts": 25}, window_seconds=160.0),
        row("one_site_each", size=small, durations={"setup": 1.0}, window_seconds=1.0),
        row("many_subscriptions", processor_seconds=40.0),
        row("many_subscriptions", "naive", processor_seconds=160.0),
        row("many_subscriptions", size={**small, "subscriptions": 1000}, processor_seconds=40.0),
        row("many_subscriptions", "naive", size={**small, "subscriptions": 1000}, processor_seconds=400.0),
        row("no_op", seconds=12.0, writes=0, durations={"setup": 1.0}),
        row("no_op", number=2, seconds=14.0, writes=1, durations={"setup": 1.0}),
    ]
    found = {goal.name.split(":")[-1].strip() + f" {number}": goal for number, goal in enumerate(goals(rows))}
    assert [(round(goal.value, 3), goal.met) for goal in found.values()] == [
        (0.25, True),
        (round(80 / 90, 3), True),
        (round(110 / 90, 3), True),
        (1.25, True),
        (2.0, False),
        (0.5, False),
        (0.25, True),
        (0.1, True),
        (13.0, True),
        (1.0, False),
    ]


def test_no_goal_without_its_rows() -> None:
    assert goals([]) == []
    assert goals([row("ten_sites", "runbook")]) == []


def test_tables() -> None:
    lines = row_table([row("no_op", writes=0), row("ten_sites", "runbook", window_seconds=440.5)]).splitlines()
    assert lines[2] == "| collection, nothing to do | 10 | 5 | 200 | - | - | 150.0 | 30.0 | 0.5 | 2026-03-01 |"
    assert lines[3] == "| runbook | 10 | 5 | 200 | 440.5 | 90.0 | 150.0 | 30.0 | 0.5 | 2026-03-01 |"
    goal_lines = goal_table(goals([row("ten_sites", critical_path_seconds=50.0)])).splitlines()
    assert goal_lines[2] == "| 10 on 5: window, in lengths of the critical path | 2.00 | 1.25 | **no** |"


def test_contenders_take_turns() -> None:
    options = outage.parser().parse_args(["--parts", "ten_sites", "no_op", "--rounds", "2", "--setup", "3"])
    made = list(outage.measurements(options))
    assert [item.name for item in made] == [
        *("ten_sites-collection-1", "ten_sites-runbook-1", "ten_sites-naive-1", "no_op-collection-1"),
        *("ten_sites-collection-2", "ten_sites-runbook-2", "ten_sites-naive-2", "no_op-collection-2"),
    ]
    assert (made[0].durations.setup, made[3].durations) == (3.0, outage.BRIEF)
    smaller = outage.parser().parse_args(["--parts", "ten_sites", "--sites", "2", "--hosts", "1"])
    assert next(outage.measurements(smaller)).size == Size(sites=2, hosts=1)


def test_the_front_door_refuses_an_unknown_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    assert front_door.main(["outrage"]) == 2
    assert "outage" in capsys.readouterr().err


@pytest.mark.parametrize(("largest", "step"), [(50.0, 10.0), (1100.0, 500.0), (7.0, 2.0), (0.9, 0.2), (0.0, 0.2)])
def test_ticks(largest: float, step: float) -> None:
    assert graphs.tick_step(largest) == pytest.approx(step)


def test_chart_places_points_between_its_axes() -> None:
    text = graphs.chart("T & T", "x", "y", {"ours": [(10.0, 100.0), (0.0, 50.0)], "none": []})
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    (line,) = root.iter(f"{space}polyline")
    places = [tuple(map(float, place.split(","))) for place in line.get("points", "").split()]
    bottom, right = graphs.HEIGHT - graphs.BOTTOM, graphs.WIDTH - graphs.RIGHT
    assert places == [(graphs.LEFT, (bottom + graphs.TOP) / 2), (right, graphs.TOP)]
    words = [item.text for item in root.iter(f"{space}text")]
    assert "T & T" in words and "ours" in words and "none" not in words


def test_chart_of_nothing_but_zeros_is_drawn() -> None:
    assert "polyline" in graphs.chart("T", "x", "y", {"ours": [(0.0, 0.0)]})
    assert "polyline" not in graphs.chart("T", "x", "y", {})


def test_window_chart_has_a_line_for_each_contender_and_the_critical_path() -> None:
    rows = [
        row("ten_sites", window_seconds=100.0),
        row("ten_sites", number=2, window_seconds=120.0),
        row("ten_sites", "runbook", window_seconds=440.0),
        row("one_site_each", window_seconds=1.0),
    ]
    words = [item.text for item in ElementTree.fromstring(graphs.window_chart(rows)).iter() if item.text]
    assert {"collection", "runbook", "critical path"} <= set(words)
    flat = [{**item, **item["size"]} for item in rows[:3]]
    assert graphs.medians(flat, "sites", "window_seconds") == {"collection": [(10, 110.0)], "runbook": [(10, 440.0)]}


def test_chart_of_subscriptions_has_a_line_for_each_number_of_readers() -> None:
    rows = [
        {"part": part, "contender": name, "readers": readers, "subscriptions": 20000, "seconds": 25.0}
        for part, name, readers in (
            ("compared", "collection", 8),
            ("compared", "collection", 16),
            ("compared", "osaapi", 1),
            ("killed", "collection", 4),
        )
    ]
    words = {item.text for item in ElementTree.fromstring(graphs.subscriptions_chart(rows)).iter() if item.text}
    assert {"collection, 8 readers", "collection, 16 readers", "osaapi"} <= words
    assert "collection, 4 readers" not in words


def test_page_is_filled_between_its_marks() -> None:
    page = PAGE.read_text(encoding="utf-8")
    once = filled(page, "outage figures", "| figures |", MADE_BY)
    assert once.count("| figures |") == 1 and once.index("| figures |") < once.index("### Method")
    assert filled(filled(page, "outage figures", "old", MADE_BY), "outage figures", "| figures |", MADE_BY) == once
    assert filled(page, "outage rows", "| rows |", MADE_BY).endswith(page[page.index("## Subscriptions") :])
    with pytest.raises(ValueError, match="0 blocks no such block"):
        filled(page, "no such block", "", MADE_BY)


def test_growth_compares_sizes_under_the_same_conditions() -> None:
    def measured(number: int, seconds: float, readers: int = 8) -> results.Row:
        made = {"part": "compared", "contender": "collection", "subscriptions": number, "readers": readers}
        return {**made, "seconds": seconds, "peak_mib": 40.0 + number / 10000}

    rows = [measured(100000, 150.0), measured(20000, 30.0), {**measured(20000, 9.0), "contender": "osaapi"}]
    assert subscriptions.growth(rows) == [
        "From 20000 to 100000 subscriptions, 8 readers: 5.0 times the time, 1.19 times the memory"
    ]
    assert subscriptions.growth([measured(20000, 30.0), measured(100000, 150.0, readers=16)]) == []
    more = [measured(100000, 125.0, readers=16), measured(20000, 25.0, readers=16)]
    assert [line.split(":")[0] for line in subscriptions.growth([*more, *rows])] == [
        "From 20000 to 100000 subscriptions, 8 readers",
        "From 20000 to 100000 subscriptions, 16 readers",
    ]
    assert subscriptions.growth([]) == []
