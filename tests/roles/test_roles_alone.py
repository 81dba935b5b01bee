"""Roles that need no platform, each alone on this machine, with a package made for the test."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playing import Player, Run

from plugins.plugin_utils import _run_owner

# Loads what lies beside it, tells how it was called and what the journal said meanwhile, and leaves a mark.
SCRIPT = """
import os, sys, helper
journal = os.path.join(os.environ["TEST_NODE"], "state", "journal", "resource_settings.json")
print("helper " + helper.WORD)
print("arguments " + " ".join(sys.argv[1:]))
if os.path.exists(journal):
    print("journal " + open(journal).read())
with open(os.path.join(os.environ["TEST_NODE"], "marks"), "a") as marks:
    marks.write("ran\\n")
sys.stderr.write("a complaint\\n")
sys.exit(int(sys.argv[-1]) if sys.argv[-1].isdigit() else 0)
"""


def make_package(folder: Path, word: str) -> dict[str, Any]:
    """A package with a script in its ``O365-Import.zip``, as ``aps_package_info`` describes one."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("lib/", "")  # Python 2.7.5 unpacks such an entry with extractall only
        archive.writestr("script.py", SCRIPT)
        archive.writestr("helper.py", f"WORD = {word!r}\n")
    folder.mkdir()
    path = folder / "Office365-16.8.4-34.app.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schemas/", "")
        archive.writestr("O365-Import.zip", inner.getvalue())
    return {"path": str(path), "package_version": "16.8.4-34", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


class Node:
    """This machine as a management node: folders of the test, and the settings that lead the roles there."""

    def __init__(self, player: Player, home: Path) -> None:
        self.player = player
        self.work = home / "work"
        self.journal = home / "state" / "journal"
        self.marks = home / "marks"
        self.package = make_package(home / "packages", "first")
        self.settings = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "office365_work_folder": str(self.work),
            "office365_state_folder": str(home / "state"),
            "office365_python": sys.executable,
            "common_script_poll_interval": 1,
            "autoconf_poll_interval": 1,
            "resource_settings_poll_interval": 1,
        }

    def role(self, role: str, **more: Any) -> Any:
        return self.player.role(role, **{**self.settings, **more})

    def stage(self) -> None:
        run = self.role("common", task_file="stage_import_scripts", common_package=self.package)
        assert run.exit_code == 0, run.output

    def entry(self, key: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.journal / f"{key}.json").read_text(encoding="utf-8"))
        return data

    @property
    def runs(self) -> int:
        return self.marks.read_text(encoding="utf-8").count("ran") if self.marks.exists() else 0


@pytest.fixture
def node(here: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setenv("TEST_NODE", str(tmp_path))
    return Node(here, tmp_path)


@pytest.mark.parametrize("role", ["common", "collect", "endpoint", "provisioning", "public_api_access"])
def test_role_without_a_main_job_says_so(node: Node, role: str) -> None:
    run = node.role(role)
    assert run.exit_code == 2
    assert f"The role odin.office365.{role} " in run.text
    assert run.changed == {"localhost": 0}


def test_journal_entry(node: Node) -> None:
    told = {"common_journal_key": "weather", "common_journal_status": "done", "common_journal_detail": {"sun": True}}
    assert node.role("common", task_file="record", check=True, **told).exit_code == 0
    assert not node.journal.exists()
    assert node.role("common", task_file="record", **told).exit_code == 0
    entry = node.entry("weather")
    assert (entry["status"], entry["detail"]) == ("done", {"sun": True})
    assert entry["time"].endswith("Z")
    assert stat.S_IMODE((node.journal / "weather.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(node.journal.stat().st_mode) == 0o700


def test_journal_refuses_a_word_that_is_none_of_its_own(node: Node) -> None:
    run = node.role("common", task_file="record", common_journal_key="weather", common_journal_status="perhaps")
    assert run.exit_code == 2
    assert not node.journal.exists()


def test_scripts_are_unpacked_once(node: Node, tmp_path: Path) -> None:
    checked = node.role("common", task_file="stage_import_scripts", common_package=node.package, check=True)
    assert (checked.exit_code, node.work.exists()) == (0, False), checked.output
    node.stage()
    folder = node.work / f"16.8.4-34-{node.package['sha256'][:12]}" / "O365-Import"
    assert (folder / "helper.py").read_text(encoding="utf-8") == "WORD = 'first'\n"
    again = node.role("common", task_file="stage_import_scripts", common_package=node.package)
    assert (again.exit_code, again.changed) == (0, {"localhost": 0})

    other = make_package(tmp_path / "other", "second")
    assert node.role("common", task_file="stage_import_scripts", common_package=other).exit_code == 0
    second = node.work / f"16.8.4-34-{other['sha256'][:12]}" / "O365-Import"
    assert (second / "helper.py").read_text(encoding="utf-8") == "WORD = 'second'\n"
    assert (folder / "helper.py").read_text(encoding="utf-8") == "WORD = 'first'\n"


def test_script_runs_in_its_folder_and_its_output_is_kept(node: Node) -> None:
    node.stage()
    told = {"common_package": node.package, "common_script_argv": ["script.py", "two words", 3]}
    checked = node.role("common", task_file="run_vendor_script", check=True, **told)
    assert (checked.exit_code, node.runs) == (0, 0)
    run = node.role("common", task_file="run_vendor_script", show=("common_script_rc", "common_script_output"), **told)
    assert (run.exit_code, node.runs) == (0, 1)
    printed = ["helper first", "arguments two words 3", "a complaint"]
    assert int(run.shown["localhost"]["common_script_rc"]) == 3
    assert run.shown["localhost"]["common_script_output"].splitlines() == printed
    log = node.work / "script.py.log"
    assert log.read_text(encoding="utf-8").splitlines() == printed
    assert json.loads(log.with_name("script.py.log.status").read_text(encoding="utf-8")) == {"rc": 3}
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_command_line_that_is_a_text_is_not_taken_for_its_letters(node: Node) -> None:
    node.stage()
    told = {"common_package": node.package, "common_script_argv": "script.py two words"}
    run = node.role("common", task_file="run_vendor_script", show=("common_script_rc", "common_script_output"), **told)
    assert (run.exit_code, node.runs) == (0, 0)
    assert int(run.shown["localhost"]["common_script_rc"]) == 2
    assert "script.py two words" in run.shown["localhost"]["common_script_output"]


def test_a_script_that_the_package_does_not_have_is_refused(node: Node) -> None:
    package = {**node.package, "nested": {"O365-Import.zip": {"exists": True, "members": 2, "scripts": ["script.py"]}}}

    def check(*argv: str) -> Run:
        told = {"common_package": package, "common_script_argv": list(argv), "common_script_argv_from": "my_command"}
        run: Run = node.role("common", task_file="check_script", **told)
        return run

    for fitting in ((), ("script.py", "-v"), ("./script.py",), ("/opt/own/script.py",)):
        assert check(*fitting).exit_code == 0
    run = check("other.py", "-v")
    assert run.exit_code == 2
    assert "my_command starts other.py, but the scripts in O365-Import.zip" in run.text


def test_resource_settings_script_runs_once(node: Node) -> None:
    told = {"resource_settings_script": "script.py", "resource_settings_package": node.package}
    staged = node.role("resource_settings", task_file="stage", **told)
    assert (staged.exit_code, node.runs) == (0, 0)
    assert node.role("resource_settings", check=True, **told).exit_code == 0
    assert (node.runs, node.journal.exists()) == (0, False)

    run = node.role("resource_settings", **told)
    assert (run.exit_code, node.runs) == (0, 1)
    entry = node.entry("resource_settings")
    assert (entry["status"], entry["detail"]["script"], entry["detail"]["package_version"]) == (
        "done",
        "script.py",
        "16.8.4-34",
    )
    log = Path(entry["detail"]["log"]).read_text(encoding="utf-8")
    assert '"status": "started"' in log, "the journal must say so before the script starts"

    again = node.role("resource_settings", resource_settings_needed=False, **told)
    assert (again.exit_code, again.changed, node.runs) == (0, {"localhost": 0}, 1)


def test_failed_resource_settings_script_leaves_its_outcome_open(node: Node) -> None:
    node.stage()
    broken = node.work / f"16.8.4-34-{node.package['sha256'][:12]}" / "O365-Import" / "helper.py"
    broken.write_text("raise SystemExit('no connection')\n", encoding="utf-8")
    run = node.role("resource_settings", resource_settings_script="script.py", resource_settings_package=node.package)
    assert run.exit_code == 2
    assert "script.py ended with exit code 1 on localhost." in run.text
    assert "no connection" in run.text
    assert "-e resource_settings_outcome=not_run" in run.text
    assert node.entry("resource_settings")["status"] == "started"


@pytest.mark.parametrize("cause", ["another script of the vendor is still running", "its exit code could not be kept"])
def test_resource_settings_script_that_was_not_started_leaves_no_note(node: Node, tmp_path: Path, cause: str) -> None:
    """A note of a start that did not happen would make the next run ask how it ended."""
    node.stage()
    status = tmp_path / "settings.status"
    if "exit code" in cause:
        Path(f"{status}.new").symlink_to("/dev/full")
    node.journal.parent.mkdir(parents=True, exist_ok=True)
    with (node.journal.parent / "script.running").open("w", encoding="utf-8") as held:
        if "running" in cause:
            fcntl.flock(held, fcntl.LOCK_EX)
        run = node.role(
            "resource_settings",
            resource_settings_script="script.py",
            resource_settings_package=node.package,
            resource_settings_status=str(status),
            common_script_busy_timeout=0,
        )
    assert run.exit_code == 2
    assert "script.py was not started on localhost:" in run.text
    assert cause in run.text
    assert node.runs == 0
    assert list(node.journal.iterdir()) == []


def test_resource_settings_outcome_that_the_operator_found(node: Node) -> None:
    run = node.role(
        "resource_settings",
        resource_settings_script="script.py",
        resource_settings_known_by="confirmed by the operator",
        resource_settings_needed=False,
    )
    assert (run.exit_code, node.runs) == (0, 0)
    entry = node.entry("resource_settings")
    assert (entry["status"], entry["detail"]) == ("done", {"outcome": "confirmed by the operator"})


def test_autoconf_is_a_gate(node: Node) -> None:
    for check in (True, False):
        run = node.role("autoconf", check=check, autoconf_package=node.package)
        assert run.exit_code == 2
        assert "Set autoconf_command to the script and its arguments" in run.text
        assert not node.journal.exists()


def test_autoconf_that_was_run_by_hand(node: Node) -> None:
    run = node.role("autoconf", autoconf_confirmed=True)
    assert run.exit_code == 0
    assert node.entry("autoconf")["detail"] == {"outcome": "confirmed by the operator"}


def test_autoconf_with_a_command(node: Node) -> None:
    node.stage()
    told = {"autoconf_package": node.package, "autoconf_command": ["script.py", "--prefix", "O365"]}
    assert node.role("autoconf", check=True, **told).exit_code == 0
    assert (node.runs, node.journal.exists()) == (0, False)
    assert node.role("autoconf", **told).exit_code == 0
    assert node.runs == 1
    assert (node.entry("autoconf")["status"], node.entry("autoconf")["detail"]) == ("done", {"outcome": "run"})


def test_autoconf_that_fails(node: Node) -> None:
    node.stage()
    run = node.role("autoconf", autoconf_package=node.package, autoconf_command=["script.py", "7"])
    assert run.exit_code == 2
    assert "autoconf.py ended with exit code 7 on localhost." in run.text
    assert "end it with txn.Rollback of the Public API" in run.text
    assert "a complaint" in run.text
    assert (node.entry("autoconf")["status"], node.entry("autoconf")["detail"]["script"]) == ("started", "started")
    assert node.role("autoconf", autoconf_package=node.package, autoconf_command=["script.py"]).exit_code == 0
    assert node.runs == 2
    assert (node.entry("autoconf")["status"], node.entry("autoconf")["detail"]) == ("done", {"outcome": "run"})


def test_customization_files_are_a_gate(node: Node) -> None:
    run = node.role("store_customizations", store_customizations_step="A11")
    assert run.exit_code == 2
    assert (
        "A11: the online store and control panel customizations must be updated by hand or with your files" in run.text
    )
    assert node.role("store_customizations", store_customizations_confirmed=True).exit_code == 0


def test_customization_files_are_replaced_and_the_old_ones_kept(node: Node, tmp_path: Path) -> None:
    new, same, store = tmp_path / "new.js", tmp_path / "same.js", tmp_path / "store"
    store.mkdir()
    for path, text in ((new, "new\n"), (same, "same\n"), (store / "a.js", "old\n"), (store / "b.js", "same\n")):
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
    files = [{"src": str(new), "dest": str(store / "a.js")}, {"src": str(same), "dest": str(store / "b.js")}]
    show = ("store_customizations_replaced",)

    def replaced(run: Run) -> list[str]:
        rows = run.shown["localhost"]["store_customizations_replaced"]
        return [row["store_customizations_file"]["dest"] for row in rows]

    checked = node.role("store_customizations", store_customizations_files=files, check=True, show=show)
    assert replaced(checked) == [str(store / "a.js")], checked.output
    assert sorted(path.name for path in store.iterdir()) == ["a.js", "b.js"]
    assert (store / "a.js").read_text(encoding="utf-8") == "old\n"

    run = node.role("store_customizations", store_customizations_files=files, show=show)
    assert replaced(run) == [str(store / "a.js")], run.output
    old = hashlib.sha1(b"old\n", usedforsecurity=False).hexdigest()
    assert f"SHA-1 before: {old}" in run.text
    assert "to put the old file back: cp -p" in run.text
    assert (store / "a.js").read_text(encoding="utf-8") == "new\n"
    (backup,) = [path for path in store.iterdir() if path.name not in ("a.js", "b.js")]
    assert (backup.name.startswith("a.js."), backup.read_text(encoding="utf-8")) == (True, "old\n")

    again = node.role("store_customizations", store_customizations_files=files, show=show)
    assert (again.exit_code, again.changed) == (0, {"localhost": 0})
    assert replaced(again) == []


def holder(**changes: Any) -> dict[str, Any]:
    """The lock of a run of this machine that is alive: the one of the tests."""
    return {**_run_owner.owner(), "id": "other", "user": "night-shift", **changes}


def test_one_run_at_a_time(node: Node) -> None:
    lock = node.journal.parent / "lock.json"
    taken = node.role("common", task_file="take_lock", show=("common_lock_owner",))
    assert taken.exit_code == 0, taken.output
    assert taken.changed == {"localhost": 0}
    mine = taken.shown["localhost"]["common_lock_owner"]
    assert json.loads(lock.read_text(encoding="utf-8")) == mine
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600

    # that run has ended, so the next one takes over
    again = node.role("common", task_file="take_lock", show=("common_lock_owner",))
    assert again.exit_code == 0, again.output
    theirs = again.shown["localhost"]["common_lock_owner"]
    assert json.loads(lock.read_text(encoding="utf-8")) == theirs != mine

    assert node.role("common", task_file="release_lock", common_lock_owner=mine).exit_code == 0
    assert lock.exists()
    assert node.role("common", task_file="release_lock", common_lock_owner=theirs).exit_code == 0
    assert list(lock.parent.iterdir()) == []


@pytest.mark.parametrize("changes", [{}, {"controller": "another.example.com", "process": 1}])
def test_a_run_that_may_be_alive_is_not_overtaken(node: Node, changes: dict[str, Any]) -> None:
    lock = node.journal.parent / "lock.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps(holder(**changes)), encoding="utf-8")
    refused = node.role("common", task_file="take_lock")
    assert refused.exit_code == 2
    assert "Nothing was changed. Another run works on this installation: night-shift on" in refused.text
    assert "-e office365_break_lock=other" in refused.text
    assert node.role("common", task_file="take_lock", office365_break_lock="wrong").exit_code == 2
    assert json.loads(lock.read_text(encoding="utf-8"))["id"] == "other"
    assert node.role("common", task_file="take_lock", office365_break_lock="other").exit_code == 0
    assert json.loads(lock.read_text(encoding="utf-8"))["id"] != "other"


def test_a_lock_that_cannot_be_read_is_respected(node: Node) -> None:
    lock = node.journal.parent / "lock.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{", encoding="utf-8")
    refused = node.role("common", task_file="take_lock")
    assert refused.exit_code == 2
    assert "-e office365_break_lock=unreadable" in refused.text
    assert node.role("common", task_file="take_lock", office365_break_lock="unreadable").exit_code == 0


def test_a_lock_that_cannot_be_taken_is_told(node: Node) -> None:
    node.journal.parent.parent.joinpath("state").write_text("in the way", encoding="utf-8")
    run = node.role("common", task_file="take_lock")
    assert run.exit_code == 2
    assert "Nothing was changed. The lock" in run.text
    assert "could not be taken on localhost" in run.text
