"""The role import_csp_subscriptions on a lab of the csp scenario whose application was upgraded behind its back."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import re
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import pytest
import yaml
from playing import Player, Run

from tools.laboratory import run_lab, running_lab, state, wire_size, writes_since

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = (
    *("--scenario", "csp", "--hosts", "1", "--gateways", "1", "--service-templates", "4", "--subscriptions", "12"),
    *("--task-seconds", "0.05", "--import-seconds", "0.1", "--instance-upgrade-seconds", "0.1"),
    *("--script-seconds", "0.05", "--max-seconds", "1500"),
)
PLAYBOOK = "../../../playbooks/import_csp_subscriptions.yml"
SCRIPT = "importSubsCSP.py"
ONE_ROUND: dict[str, Any] = {"import_csp_subscriptions_fail_on_left": False, "import_csp_subscriptions_max_rounds": 1}
HOSTILE = "=cmd|' /C calc'!A0, \"{{ 7*7 }}\" Ltd.: the tenant is not in the state aps:ready, it is in aps:failed"


class Importer:
    """An upgraded lab, and the playbook on it."""

    def __init__(self, lab: Path, player: Player) -> None:
        self.lab = lab
        self.player = player
        inventory = lab / "inventory" / "group_vars" / "all"
        self.settings: dict[str, Any] = yaml.safe_load((inventory / "main.yml").read_text(encoding="utf-8"))
        self.secrets: dict[str, str] = yaml.safe_load((inventory / "secrets.yml").read_text(encoding="utf-8"))
        self.sample = lab / "operator-files" / "importSubs_partner.csv"
        self.reports = Path(self.settings["office365_report_folder"])
        self.node = lab / "management-node"
        self.lock = Path(self.settings["office365_state_folder"]) / "import-csp.lock"

    def run(self, *arguments: str, check: bool = False, **variables: Any) -> Run:
        told: dict[str, Any] = {
            "import_csp_subscriptions_file": str(self.sample),
            "import_csp_subscriptions_instance_id": 1001,
            **variables,
        }
        return self.player.playbook(PLAYBOOK, *arguments, check=check, **told)

    def imported(self) -> dict[str, int]:
        """Subscription by cloud subscription, from the lab's own state; each of them exists once."""
        now = state(self.lab)
        found = {row["id"]: row["subscription_id"] for row in now["cloud_subscriptions"] if row["subscription_id"]}
        there = [row["id"] for row in now["subscriptions"]]
        assert sorted(there) == sorted(set(there))
        assert set(found.values()) <= set(there)
        # those of the start and those that were imported, and no other
        assert len(there) == 12 + 5 + len(set(found.values())) == 12 + 5 + len(found)
        return found

    def script_runs(self) -> list[dict[str, Any]]:
        return [row for row in state(self.lab)["script_runs"] if row["script"] == SCRIPT]

    def summaries(self) -> list[dict[str, Any]]:
        return [
            json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.reports.glob("import-*/summary.json"))
        ]

    def fault(self, do: str, *more: str) -> None:
        run_lab("fault", self.lab, "--where", f"management_node:mn01:{SCRIPT}", "--do", do, *more)

    def fired(self) -> list[int]:
        return [fault["fired"] for fault in json.loads((self.lab / "faults.json").read_text(encoding="utf-8"))]

    def files(self) -> dict[Path, int]:
        """Everything on the management node with its time of change."""
        return {path: path.lstat().st_mtime_ns for path in self.node.rglob("*")}

    def input(self, path: Path, keep: int) -> Path:
        """The header and the first rows of the sample."""
        with self.sample.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows[: keep + 1])
        return path


def upgrade(lab: Path) -> None:
    """Convert the settings, import 16.8.4, upgrade the instance, as an operator would by hand."""
    told = json.loads((lab / "lab.json").read_text(encoding="utf-8"))
    node = lab / "management-node"
    folder = node / "root" / "by-hand"
    with zipfile.ZipFile(told["packages"]["16.6.4"]) as package:
        package.extractall(folder)
    with zipfile.ZipFile(folder / "O365-Import.zip") as scripts:
        scripts.extractall(folder / "O365-Import")
    script: list[str | Path] = [node / "usr/bin/python", "upgradeResourceSettings16-6To16-8.py"]
    subprocess.run(script, cwd=folder / "O365-Import", check=True, stdout=subprocess.DEVNULL)
    login = f"{told['credentials']['api_username']}:{told['credentials']['api_password']}"
    api: Any = ServerProxy(f"http://{login}@127.0.0.1:{told['ports']['api_http']}/RPC2")

    def wait(done: Any) -> None:
        deadline = time.monotonic() + 30
        while not done(state(lab)):
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.05)

    assert getattr(api, "pem.APS.importPackage")({"package_url": f"file://{told['packages']['16.8.4']}"})["status"] == 0
    wait(lambda now: any(row["version"] == "16.8.4-34" and row["relations"] == "ok" for row in now["packages"]))
    assert getattr(api, "pem.APS.upgradeApplicationInstance")({"application_instance_id": 1001})["status"] == 0
    wait(lambda now: (now["instances"][0]["package_version"], now["instances"][0]["status"]) == ("16.8.4-34", "Ready"))


@pytest.fixture(scope="module")
def csp_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("csp") / "lab"
    with running_lab(folder, OPTIONS):
        yield folder


@pytest.fixture
def fresh(csp_lab: Path, collections: Path, tmp_path: Path) -> Importer:
    """The lab in its start state, not upgraded."""
    run_lab("reset", csp_lab)
    return Importer(csp_lab, Player(collections, tmp_path, str(csp_lab / "inventory")))


@pytest.fixture
def site(fresh: Importer) -> Importer:
    upgrade(fresh.lab)
    return fresh


def test_rounds_until_the_same_rows_are_left(site: Importer) -> None:
    run = site.run()
    assert run.exit_code == 2
    assert len(site.imported()) == 7
    runs = site.script_runs()
    assert [row["exit_code"] for row in runs] == [0, 0, 0]
    assert len({row["folder"] for row in runs}) == 3
    assert {row["package"] for row in runs} == {"16.8.4-34"}
    words = ["--csp-app-instance-id", "1001", "--file", "importSubs_partner.csv", "--verbose"]
    login = ["--oa-api-user", site.settings["oa_api_username"], "--oa-api-user-password", "********"]
    assert runs[0]["arguments"] == words + login

    assert len(site.summaries()) == 1, run.output
    (summary,) = site.summaries()
    assert (summary["outcome"], summary["imported"], summary["left"]) == ("unchanged", 7, 3)
    assert [(row["imported"], row["rejected"], row["left"]) for row in summary["rounds"]] == [
        (5, 5, 5),
        (2, 3, 3),
        (0, 3, 3),
    ]
    assert summary["reasons"] == [
        {"reason": "Service plan 999 does not exist", "count": 2},
        {"reason": HOSTILE, "count": 1},
    ]
    assert "7 imported, 3 left" in run.text
    assert "2 x Service plan 999 does not exist" in run.text
    assert "7*7" in run.text
    assert "49" not in summary["reasons"][1]["reason"]
    assert "3 subscription(s) are not imported; 7 are." in run.text
    assert "Total number" not in run.output
    (folder,) = site.reports.glob("import-*")
    (again,) = (folder / "round-3").glob("reimport_*.csv")
    assert f"-e import_csp_subscriptions_file={again}" in run.text

    listed = set()
    for number, row in enumerate(summary["rounds"], 1):
        files = sorted((folder / f"round-{number}").iterdir())
        assert [path.name for path in files] == row["files"]
        assert [path.name.partition("_")[0] for path in files] == ["errors", "reimport", "result"]
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            (original,) = site.node.glob(f"root/office365/*/import-csp-*-round-{number}/{path.name}")
            assert path.read_bytes() == original.read_bytes()
        with files[2].open(encoding="utf-8", newline="") as stream:
            listed |= {(cloud, int(number)) for number, cloud in list(csv.reader(stream))[1:]}
    assert listed == set(site.imported().items())
    assert stat.S_IMODE((folder / "summary.json").stat().st_mode) == 0o600
    for log in site.node.glob(f"root/office365/*/import-csp-*/{SCRIPT}.log"):
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        assert "Total number of subscriptions" in log.read_text(encoding="utf-8")
    assert not site.lock.exists()


def test_everything_is_imported(site: Importer, tmp_path: Path) -> None:
    file = site.input(tmp_path / "seven rows.csv", 7)
    run = site.run(import_csp_subscriptions_file=str(file))
    assert run.exit_code == 0, run.output
    assert "7 imported, 0 left" in run.text
    assert "Ended because nothing is left" in run.text
    assert len(site.imported()) == 7
    before = state(site.lab)["subscriptions"]
    again = site.run(import_csp_subscriptions_file=str(file), import_csp_subscriptions_max_rounds=1)
    assert again.exit_code == 0
    assert state(site.lab)["subscriptions"] == before
    assert [row["outcome"] for row in site.summaries()] == ["complete", "complete"]


def test_limit_and_success_with_rows_left(site: Importer) -> None:
    run = site.run(**ONE_ROUND)
    assert run.exit_code == 0, run.output
    assert len(site.script_runs()) == 1
    assert "5 imported, 5 left" in run.text
    assert "import_csp_subscriptions_max_rounds is reached" in run.text
    assert "2 x Service plan 999 does not exist" in run.text
    assert site.summaries()[0]["outcome"] == "limit"


def test_all_are_left(site: Importer, tmp_path: Path) -> None:
    file = tmp_path / "broken.csv"
    text = site.sample.read_text(encoding="utf-8").replace("aps:ready", "aps:failed")
    file.write_text(text.replace("aps:provisioning", "aps:failed"), encoding="utf-8", newline="")
    run = site.run(import_csp_subscriptions_file=str(file))
    assert run.exit_code == 2
    assert site.imported() == {}
    assert "10 subscription(s) are not imported; 0 are." in run.text
    assert [row["left"] for row in site.summaries()[0]["rounds"]] == [10, 10]


def test_a_failed_script(site: Importer) -> None:
    site.fault("fail", "--message", "the disk is full, {{ 7*7 }}")
    run = site.run()
    assert (run.exit_code, site.fired()) == (2, [1])
    assert f"{SCRIPT} ended with exit code 1 on mn01. ERROR: the disk is full, {{{{ 7*7 }}}}" in run.text
    assert site.imported() == {}
    assert not site.lock.exists()
    assert site.summaries()[0]["outcome"] == "failed"


def test_death_in_the_middle_and_the_same_command_again(site: Importer) -> None:
    site.fault("die")
    run = site.run()
    assert (run.exit_code, site.fired()) == (2, [1])
    assert f"{SCRIPT} ended with exit code -9" in run.text
    assert "4 imported" in run.text
    first = site.imported()
    assert len(first) == 4
    again = site.run(import_csp_subscriptions_fail_on_left=False, import_csp_subscriptions_max_rounds=2)
    assert again.exit_code == 0, again.output
    assert first.items() <= site.imported().items()
    assert len(site.imported()) == 7


def test_check_mode_writes_nothing(site: Importer) -> None:
    files = site.files()
    mark, before = wire_size(site.lab), state(site.lab)
    run = site.run(check=True)
    assert run.exit_code == 0, run.output
    assert "importSubsCSP.py --csp-app-instance-id 1001 --file importSubs_partner.csv --verbose" in run.text
    assert run.changed["mn01"] > 0
    assert writes_since(site.lab, mark) == []
    assert state(site.lab) == before
    assert site.files() == files
    assert not site.reports.exists()


def processes() -> Iterator[tuple[str, bytes]]:
    """Command line and environment of every process that can be looked at, but for the tests themselves."""
    for folder in Path("/proc").glob("[0-9]*"):
        if int(folder.name) != os.getpid():
            for name in ("cmdline", "environ"):
                try:
                    yield f"{folder}/{name}", (folder / name).read_bytes()
                except OSError:
                    continue


def test_the_password_is_nowhere(site: Importer, tmp_path: Path) -> None:
    password = site.secrets["oa_api_password"]
    site.fault("delay", "--seconds", "8", "--times", "1")
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(site.run("-vvvv", import_csp_subscriptions_max_rounds=2)))
    thread.start()
    seen, found = 0, []
    while thread.is_alive():
        for place, content in processes():
            seen += b"launch.py\0start" in content
            if password.encode() in content:
                found.append(place)
        time.sleep(0.02)
    thread.join()
    (run,) = runs
    assert run.exit_code == 2
    assert len(site.imported()) == 7  # so the script had the password
    assert seen > 20
    assert found == []
    assert password not in run.output
    holders = [
        path
        for folder in (site.lab, tmp_path, Path.home() / ".ansible_async", Path.home() / ".ansible" / "tmp")
        for path in folder.rglob("*")
        if path.is_file() and password.encode() in path.read_bytes()
    ]
    assert {path.relative_to(site.lab).as_posix() for path in holders} == {
        "lab.json",
        "inventory/group_vars/all/secrets.yml",
        "management-node/usr/local/pem/etc/openapi.json",
    }


def test_a_wrong_password_is_not_shown(site: Importer) -> None:
    run = site.run(import_csp_subscriptions_verbose=False, import_csp_subscriptions_max_rounds=1)
    assert "--verbose" not in site.script_runs()[0]["arguments"], run.output
    # the checks use the API as well, so only the script gets the wrong one
    wrong = site.player.role(
        "import_csp_subscriptions",
        hosts="mn01",
        import_csp_subscriptions_file=str(site.sample),
        import_csp_subscriptions_instance_id=1001,
        import_csp_subscriptions_package=site.settings["office365_package"],
        import_csp_subscriptions_version="16.8.4",
        import_csp_subscriptions_api_username="automation",
        import_csp_subscriptions_api_password="wrong-on-purpose",
    )
    assert wrong.exit_code == 2
    assert "HTTP status 401" in wrong.text
    assert "wrong-on-purpose" not in wrong.output


def test_everything_that_speaks_against_a_start_is_told_at_once(fresh: Importer, tmp_path: Path) -> None:
    mark = wire_size(fresh.lab)
    run = fresh.run(
        import_csp_subscriptions_file=str(tmp_path / "missing.csv"),
        office365_package=str(fresh.lab / "packages" / "Office365-16.6.4-20.app.zip"),
    )
    assert run.exit_code == 2
    assert "missing.csv does not exist on the controller" in run.text
    assert "Package: " in run.text
    assert "Application instance 1001 runs version 16.6.4, but the script is that of 16.8.4" in run.text
    header = fresh.input(tmp_path / "header.csv", 0)
    run = fresh.run(import_csp_subscriptions_file=str(header), import_csp_subscriptions_instance_id=7)
    assert "header.csv has no rows below its header" in run.text
    assert "7 is no instance of the Office 365 application. Its instances are: 1001." in run.text
    assert writes_since(fresh.lab, mark) == []
    assert not fresh.reports.exists()
    assert not fresh.lock.parent.exists()


def test_a_second_import_at_the_same_time(site: Importer, collections: Path, tmp_path: Path) -> None:
    site.fault("delay", "--seconds", "30", "--times", "1")
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(site.run(**ONE_ROUND)))
    thread.start()
    deadline = time.monotonic() + 60
    while not site.fired()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    holder = json.loads(site.lock.read_text(encoding="utf-8"))
    (tmp_path / "second").mkdir()
    second = Importer(site.lab, Player(collections, tmp_path / "second", str(site.lab / "inventory")))
    refused = second.run()
    assert refused.exit_code == 2
    assert f"Another import holds {site.lock} on mn01" in refused.text
    # who starts in the same second has another id
    started, token = holder["id"].split("-")
    assert re.fullmatch("[0-9a-f]{8}", token)
    assert f"It was started {started} (UTC) by" in refused.text
    assert f"-e import_csp_subscriptions_break_lock={holder['id']}" in refused.text
    assert json.loads(site.lock.read_text(encoding="utf-8")) == holder
    # a lock that somebody else took after breaking ours is left to them
    other = {**holder, "id": "20300101T000000Z"}
    site.lock.write_text(json.dumps(other), encoding="utf-8")
    thread.join()
    assert json.loads(site.lock.read_text(encoding="utf-8")) == other
    assert runs[0].exit_code == 0, runs[0].output
    assert len(site.imported()) == 5
    assert len(site.script_runs()) == 1


def test_a_lock_that_was_left_behind(site: Importer) -> None:
    site.lock.parent.mkdir(parents=True)
    stale = {"id": "20200101T000000Z", "user": "night", "controller": "ci", "instance": "1001"}
    site.lock.write_text(json.dumps(stale), encoding="utf-8")
    refused = site.run(check=True)
    assert refused.exit_code == 2
    assert "It was started 20200101T000000Z (UTC) by night on ci for application instance 1001" in refused.text
    assert site.run(import_csp_subscriptions_break_lock="20190101T000000Z").exit_code == 2
    assert json.loads(site.lock.read_text(encoding="utf-8")) == stale
    assert site.script_runs() == []
    assert site.run(check=True, import_csp_subscriptions_break_lock=stale["id"]).exit_code == 0
    assert json.loads(site.lock.read_text(encoding="utf-8")) == stale
    done = site.run(import_csp_subscriptions_break_lock=stale["id"], **ONE_ROUND)
    assert done.exit_code == 0, done.output
    assert not site.lock.exists()


def test_a_script_that_still_runs_cannot_be_overtaken(site: Importer) -> None:
    """Whoever lost the controller, or broke a lock too early, is stopped by the lock of the script itself."""
    running = site.lock.with_name("script.running")
    running.parent.mkdir(parents=True)
    with running.open("w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        run = site.run()
    assert run.exit_code == 2
    assert f"{SCRIPT} could not be started on mn01: another script of the vendor is still running" in run.text
    assert site.script_runs() == []
    assert not site.lock.exists()


def test_a_script_that_takes_too_long_is_left_alone(site: Importer) -> None:
    site.fault("delay", "--seconds", "5", "--times", "1")
    run = site.run(import_csp_subscriptions_timeout=1)
    assert run.exit_code == 2
    assert f"{SCRIPT} is still running on mn01 after 1 s; it was left alone" in run.text
    deadline = time.monotonic() + 30
    while len(site.imported()) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_files_that_are_elsewhere_or_unclear(site: Importer, tmp_path: Path) -> None:
    run = site.run(import_csp_subscriptions_result_folder=str(tmp_path))
    assert run.exit_code == 2
    assert "no file result_*.csv, errors_*.csv or reimport_*.csv appeared or changed" in run.text
    run = site.run(import_csp_subscriptions_reason_column="Cause", import_csp_subscriptions_max_rounds=1)
    assert "has no column 'Cause' (import_csp_subscriptions_reason_column); it has CompanyName," in run.text
    run = site.run(import_csp_subscriptions_reason_column="TenantState", import_csp_subscriptions_max_rounds=1)
    assert site.summaries()[-1]["reasons"] == [
        {"reason": "aps:ready", "count": 2},
        {"reason": "aps:failed", "count": 1},
    ]


def test_without_http_authentication_no_login_is_given(
    collections: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lab = tmp_path_factory.mktemp("open") / "lab"
    with running_lab(lab, (*OPTIONS, "--no-api-authentication")):
        upgrade(lab)
        open_site = Importer(lab, Player(collections, tmp_path, str(lab / "inventory")))
        run = open_site.run(**ONE_ROUND)
        assert run.exit_code == 0, run.output
        assert len(open_site.imported()) == 5
        assert all("--oa-api-user" not in row["arguments"] for row in open_site.script_runs())


def test_python3_runs_the_launcher_as_well(site: Importer) -> None:
    wrapper = site.node / "usr/bin/python"
    lines = wrapper.read_text(encoding="utf-8").splitlines()
    last = f'exec {sys.executable} "$@"'
    other = wrapper.with_name("python3")
    other.write_text("\n".join([*lines[:-1], last]) + "\n", encoding="utf-8")
    other.chmod(0o755)
    run = site.run(office365_python=str(other), **ONE_ROUND)
    assert run.exit_code == 0, run.output
    assert len(site.imported()) == 5
    assert {row["python"].partition(".")[0] for row in site.script_runs()} == {"3"}
