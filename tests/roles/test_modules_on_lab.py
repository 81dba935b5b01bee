"""Modules that only ask an API answer the same in Ansible's own process and as modules with another Python."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from playing import Player

from plugins.modules import win_async_wait
from tools.laboratory import wire_size, writes_since


def test_modules_answer_the_same_in_either_process(lab: Path, collections: Path, tmp_path: Path) -> None:
    player = Player(collections, tmp_path, str(lab / "inventory"))
    started = tmp_path / "started"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho >> {started}\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o700)
    mark = wire_size(lab)

    def answers(interpreter: str) -> dict[str, Any]:
        run = player.playbook("modules.yml", test_python=interpreter)
        assert run.exit_code == 0, run.output
        shown = run.shown["mn01"]
        for result in shown.values():
            # where in its source a module gave up; an action has no such thing
            result.pop("failed_when_suppressed_exception", None)
        return shown

    here = answers("{{ ansible_playbook_python }}")
    assert not started.exists()
    as_modules = answers(str(python))
    assert len(started.read_text(encoding="utf-8").splitlines()) == len(here) == 9

    assert here == as_modules
    assert here["test_predicted"]["changed"] is True
    assert here["test_predicted"]["diff"]
    assert [name for name, result in here.items() if "error" in result] == ["test_wrong_password"]
    assert "Unsupported parameters" in here["test_refused"]["msg"]
    assert here["test_instances"]["instances"]
    assert writes_since(lab, mark) == []


def test_the_examples_of_win_async_wait_run(lab: Path, collections: Path, tmp_path: Path) -> None:
    tasks = yaml.safe_load(win_async_wait.EXAMPLES)
    playbook = tmp_path / "examples.yml"
    play = {"name": "Examples", "hosts": "iis01", "gather_facts": False, "tasks": tasks}
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    run = Player(collections, tmp_path, str(lab / "inventory")).playbook(str(playbook))
    assert run.exit_code == 0, run.output
    assert run.changed == {"iis01": 1}
