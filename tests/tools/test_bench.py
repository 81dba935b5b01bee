"""The benchmark reads durations out of Ansible's log."""

from __future__ import annotations

from bench.bench import Result, play_durations, table

LOG = """\
2026-03-01 22:00:00,500 p=1 u=root n=ansible INFO| PLAY [A1, A2: collect | platform] ***************
2026-03-01 22:00:00,600 p=1 u=root n=ansible INFO| TASK [collect : PLAY [nothing] ***] *************
2026-03-01 22:00:04,000 p=1 u=root n=ansible INFO| PLAY [Plan and preflight] ************************
2026-03-01 22:01:04,250 p=1 u=root n=ansible INFO| PLAY RECAP **************************************
"""


def test_plays_are_measured_to_the_next_one() -> None:
    assert play_durations(LOG) == [
        {"name": "A1, A2: collect | platform", "seconds": 3.5},
        {"name": "Plan and preflight", "seconds": 60.2},
    ]


def test_log_of_a_run_that_was_cut_off_has_only_finished_plays() -> None:
    assert play_durations(LOG.rpartition("2026")[0]) == [{"name": "A1, A2: collect | platform", "seconds": 3.5}]
    assert play_durations("") == []


def test_table_shows_each_play() -> None:
    result = Result(
        time="2026-03-01T22:00:00+00:00",
        machine="2 cores",
        lab_options=[],
        lab_up_seconds=2.0,
        upgrade_seconds=63.8,
        second_run_seconds=9.0,
        plays=play_durations(LOG),
    )
    assert table(result).splitlines() == [
        "2 cores",
        "     2.0 s  lab up",
        "    63.8 s  upgrade",
        "     3.5 s      A1, A2: collect | platform",
        "    60.2 s      Plan and preflight",
        "     9.0 s  second run, which has nothing to do",
    ]
