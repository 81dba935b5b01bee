"""The role csp_agent on the lab, for a Windows service and for a systemd unit; the lab's own account judges."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playing import Player, Run

from tools.laboratory import run_lab, running_lab, state, wire_size, writes_since

WINDOWS, LINUX = "iis01", "cspagent01"
SIZES = ("--hosts", "1", "--gateways", "1", "--service-templates", "1", "--subscriptions", "2", "--max-seconds", "1500")
SECRET = "lab-partner-secret"
KINDS = pytest.mark.parametrize("name", [WINDOWS, LINUX])


class Agents:
    """A CSP installation in its start state, and the role on its hosts."""

    def __init__(self, lab: Path, player: Player) -> None:
        self.lab = lab
        self._player = player
        self.war = lab / "operator-files" / "csp-agent.war"
        self._journal = lab / "management-node/var/lib/odin-office365/journal"

    def role(self, name: str, **more: Any) -> Run:
        return self._player.role("csp_agent", hosts=name, **{"office365_management_node": "mn01", **more})

    def done(self, name: str, **more: Any) -> dict[str, Any]:
        """Run the role, which must end well; the result that it told, with the number of changed tasks."""
        run = self.role(name, show=("csp_agent_result",), **more)
        assert "[WARNING]" not in run.output, run.output
        return self._result(name, run)

    def told_everything(self, name: str) -> tuple[dict[str, Any], str]:
        """As :meth:`done`, and all that a run can print."""
        told: dict[str, Any] = {"test_hosts": name, "test_role": "csp_agent", "test_task_file": "main"}
        told |= {"test_show": ["csp_agent_result"], "office365_management_node": "mn01"}
        run = self._player.playbook("one_role.yml", "-vvvv", "--diff", **told)
        return self._result(name, run), run.output

    def _result(self, name: str, run: Run) -> dict[str, Any]:
        assert run.exit_code == 0, run.output[-5000:]
        result: dict[str, Any] = run.shown[name]["csp_agent_result"]
        return {**result, "changed_tasks": run.changed[name]}

    def refused(self, name: str, **more: Any) -> str:
        """Run the role, which must fail; its output as one line."""
        run = self.role(name, **more)
        assert run.exit_code == 2, run.output
        return run.text

    def collected(self, name: str, **more: Any) -> dict[str, Any]:
        run = self.role(name, task_file="collect", show=("csp_agent_host",), **more)
        assert run.exit_code == 0, run.output
        found: dict[str, Any] = run.shown[name]["csp_agent_host"]
        return found

    def agent(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = state(self.lab)["csp_agents"][name]
        return found

    def entry(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._journal / f"csp-agent-{name}.json").read_text(encoding="utf-8"))
        return found

    def has_entry(self, name: str) -> bool:
        return (self._journal / f"csp-agent-{name}.json").exists()

    def write_entry(self, name: str, status: str, detail: dict[str, Any]) -> None:
        self._journal.mkdir(parents=True, exist_ok=True)
        data = {"status": status, "time": "2026-01-01T00:00:00Z", "detail": detail}
        (self._journal / f"csp-agent-{name}.json").write_text(json.dumps(data), encoding="utf-8")

    def writes(self, mark: int) -> list[dict[str, Any]]:
        return writes_since(self.lab, mark) if (self.lab / "wire.jsonl").exists() else []

    def mark(self) -> int:
        return wire_size(self.lab)

    def fault(self, where: str, do: str, times: int = 1) -> None:
        run_lab("fault", self.lab, "--where", where, "--do", do, "--times", str(times))

    def faults_left(self) -> int:
        return sum(fault["times"] for fault in json.loads((self.lab / "faults.json").read_text(encoding="utf-8")))

    def local(self, name: str, path: str) -> Path:
        """Where a path of a host lies in the lab."""
        if name == LINUX:
            return Path(path)
        return self.lab.joinpath("endpoint-hosts", name, "C", *path.removeprefix("C:\\").split("\\"))

    def configuration(self, name: str) -> Path:
        folder = r"C:\CSPAgent\webapps" if name == WINDOWS else f"{self.lab}/linux-hosts/{LINUX}/opt/csp-agent/webapps"
        return self.local(name, folder) / "csp-agent/WEB-INF/csp-agent.properties"

    def switch(self, name: str, verb: str) -> None:
        """Start or stop the service by hand."""
        if name == LINUX:
            subprocess.run([self.lab / "linux-hosts" / LINUX / "usr/bin/systemctl", verb, "csp-agent"], check=True)
            return
        wanted = {"start": "started", "stop": "stopped"}[verb]
        run = self._player.playbook("switch_service.yml", test_hosts=name, test_state=wanted)
        assert run.exit_code == 0, run.output


@pytest.fixture(scope="module")
def csp_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("csp") / "lab"
    with running_lab(folder, ("--scenario", "csp", *SIZES)):
        yield folder


@pytest.fixture
def agents(csp_lab: Path, collections: Path, tmp_path: Path) -> Agents:
    run_lab("reset", csp_lab)
    return Agents(csp_lab, Player(collections, tmp_path, str(csp_lab / "inventory")))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@KINDS
def test_collect_reads_and_changes_nothing(agents: Agents, name: str) -> None:
    before, mark = agents.agent(name), agents.mark()
    found = agents.collected(name, check=True)
    assert found == {
        "reachable": True,
        "error": "",
        "platform": before["platform"],
        "war_file": str(agents.war),
        "war_file_exists": True,
        "war_file_problem": "",
        "war_sha256": sha256(agents.war),
        "installed_sha256": before["war_sha256"],
        "folder": found["folder"],
        "folder_exists": True,
        "service": before["service"],
        "service_exists": True,
        "service_state": "running",
        "check_error": "",
        "keep_missing": [],
        "confirmed_version": "",
    }
    agents.war.write_bytes(b"no archive")
    variables = {"csp_agent_service": "other", "csp_agent_folder": "/none", "csp_agent_keep": ["/none/x"]}
    wrong = agents.collected(name, csp_agent_confirmed_version="1", **variables)
    assert (wrong["service_exists"], wrong["folder_exists"], wrong["installed_sha256"]) == (False, False, "")
    assert (wrong["keep_missing"], wrong["confirmed_version"]) == (["/none/x"], "1")
    assert wrong["war_file_problem"] != ""
    assert agents.writes(mark) == []


def test_collect_without_a_war(agents: Agents) -> None:
    none = agents.collected(LINUX, csp_agent_war_file="")
    assert (none["reachable"], none["war_file"], none["war_file_exists"], none["war_sha256"]) == (True, "", False, "")
    assert agents.collected(LINUX, csp_agent_war_file="/none.war")["war_file_exists"] is False


@KINDS
def test_collect_tells_of_a_check_url_that_does_not_answer_as_wanted(agents: Agents, name: str) -> None:
    found = agents.collected(name, csp_agent_check_status=[204])
    assert (found["reachable"], found["service_state"], found["keep_missing"]) == (True, "running", [])
    assert re.search(r"\b200\b.* not .*\b204\b", found["check_error"])


def test_collect_tells_of_a_host_that_it_cannot_reach_or_read(agents: Agents) -> None:
    lost = agents.collected(WINDOWS, ansible_port=1)
    assert (lost["reachable"], lost["service_exists"], lost["war_file_exists"]) == (False, False, True)
    assert lost["error"]
    agents.fault("module:ansible.windows.win_service_info", "fail")
    unread = agents.collected(WINDOWS)
    assert (unread["reachable"], agents.faults_left()) == (False, 0)
    assert "Read the service: planned fault" in " ".join(unread["error"].split())


@KINDS
def test_upgrade(agents: Agents, name: str) -> None:
    before, mark, old_configuration = agents.agent(name), agents.mark(), agents.configuration(name).read_bytes()
    mode = stat.S_IMODE(agents.configuration(name).stat().st_mode)

    predicted = agents.done(name, check=True)
    assert (predicted["changed"], agents.writes(mark), agents.agent(name)) == (True, [], before)
    assert predicted["changed_tasks"] > 0
    assert not agents.has_entry(name)

    assert SECRET.encode() in old_configuration
    result, output = agents.told_everything(name)
    assert SECRET not in output
    assert SECRET not in (agents.lab / "wire.jsonl").read_text(encoding="utf-8")
    assert SECRET not in json.dumps(agents.entry(name))
    after = agents.agent(name)
    assert (after["war_sha256"], after["service_state"]) == (sha256(agents.war), "running")
    assert after["running_version"] == "1.5.2"
    assert after["configuration_sha256"] == before["configuration_sha256"]
    assert after["starts"] == 2
    assert (result["changed"], result["confirmed_version"]) == (True, "")
    assert (result["sha256_before"], result["sha256_after"]) == (before["war_sha256"], after["war_sha256"])
    backup = agents.local(name, result["backup"])
    assert {path.name: path.read_bytes() for path in backup.iterdir() if path.suffix == ".properties"} == {
        "1-csp-agent.properties": old_configuration
    }
    assert sha256(backup / "csp-agent.war") == before["war_sha256"]
    if name == LINUX:
        assert {stat.S_IMODE(path.stat().st_mode) for path in backup.iterdir()} == {0o600}
        assert stat.S_IMODE(backup.stat().st_mode) == 0o700
        assert stat.S_IMODE(agents.configuration(name).stat().st_mode) == mode
    else:
        acls = state(agents.lab)["endpoint_hosts"][name]["acls"]
        above = "C:\\ProgramData\\odin-office365"
        assert set(acls) == {above, f"{above}\\csp-agent-backup", result["backup"]}
        assert [len(acls[path]["rules"]) for path in sorted(acls)] == [3, 2, 2]
        acl = acls[result["backup"]]
        assert (acl["owner"], acl["inherits"]) == ("S-1-5-32-544", False)
        assert [(rule["sid"], rule["rights"]) for rule in acl["rules"]] == [
            ("S-1-5-32-544", "FullControl"),
            ("S-1-5-18", "FullControl"),
        ]
        calls = [call["call"].rpartition(".")[2] for call in agents.writes(mark)]
        assert calls.index("win_powershell") < calls.index("win_copy")
    entry = agents.entry(name)
    assert (entry["status"], entry["detail"]["backup"]) == ("done", result["backup"])
    assert (entry["detail"]["sha256_before"], entry["detail"]["sha256_after"]) == (
        before["war_sha256"],
        after["war_sha256"],
    )

    mark = agents.mark()
    again = agents.done(name)
    assert (again["changed"], again["changed_tasks"], again["backup"]) == (False, 0, "")
    assert (agents.writes(mark), agents.agent(name), agents.entry(name)) == ([], after, entry)


@KINDS
def test_failed_start_tells_the_way_back_and_the_same_command_goes_on(agents: Agents, name: str) -> None:
    before = agents.agent(name)
    agents.fault(f"service:{name}:start", "fail")
    run = agents.role(name, csp_agent_step="D3")
    assert run.exit_code == 2
    assert agents.faults_left() == 0
    (folder,) = agents.local(name, agents.entry(name)["detail"]["backup"]).parent.iterdir()
    assert f"D3: csp-agent-war was not brought to the new version on {name}" in run.text
    assert "(planned fault)" in run.text
    assert f"Provisioning is stopped, and so may be the service {before['service']}" in run.text
    assert str(agents.entry(name)["detail"]["backup"]) in run.output.replace("\\\\", "\\")
    commands = [line.strip().partition(" ")[0] for line in run.output.splitlines() if line.startswith("  ")]
    wanted = {
        WINDOWS: ["Stop-Service", "Copy-Item", "Remove-Item", "Start-Service", "#", "Stop-Service", "Copy-Item"],
        LINUX: ["systemctl", "cp", "rm", "systemctl", "#", "systemctl", "cp"],
    }[name]
    assert " ".join([*wanted, wanted[3]]) in " ".join(commands)
    assert "run the same command again" in run.text
    assert (agents.entry(name)["status"], agents.entry(name)["detail"]["stage"]) == ("started", "backed_up")
    # the worst moment: the new war is there, its old configuration only in the backup
    broken = agents.agent(name)
    assert (broken["service_state"], broken["configuration_sha256"]) == ("stopped", None)
    assert broken["war_sha256"] == sha256(agents.war)

    result = agents.done(name)
    after = agents.agent(name)
    assert (after["running_version"], after["configuration_sha256"]) == ("1.5.2", before["configuration_sha256"])
    assert result["sha256_before"] == before["war_sha256"]
    assert agents.local(name, result["backup"]) == folder
    assert list(folder.parent.iterdir()) == [folder]
    assert agents.entry(name)["status"] == "done"


def run_commands(run: Run) -> str:
    """The commands of the message, as a shell script."""
    lines = run.output.splitlines()
    start = next(index for index, line in enumerate(lines) if "run on cspagent01:" in line)
    commands = []
    for line in lines[start + 1 :]:
        if not line.startswith("  "):
            break
        commands.append(line.strip())
    return "\n".join(commands)


def test_commands_of_the_message_bring_the_old_state_back(agents: Agents) -> None:
    before = agents.agent(LINUX)
    agents.fault(f"service:{LINUX}:start", "fail")
    script = run_commands(agents.role(LINUX))
    path = f"{agents.lab}/linux-hosts/{LINUX}/usr/bin"
    subprocess.run(["/bin/sh", "-ec", f'PATH="{path}:$PATH"\n{script}'], check=True)
    after = agents.agent(LINUX)
    assert after == {**before, "starts": after["starts"]}


@KINDS
def test_component_that_does_not_answer_is_not_replaced_again(agents: Agents, name: str) -> None:
    """An operator corrects the configuration for the new version; the same command again must not undo it."""
    agents.fault(f"csp_agent:{name}:GET", "http_503", 2)
    text = agents.refused(name, csp_agent_check_retries=1)
    assert "503" in text
    assert "Call the check URL until it answers as wanted" in text
    assert agents.entry(name)["detail"]["stage"] == "deployed"
    corrected = agents.configuration(name).read_bytes() + b"partner.region=eu\n"
    agents.configuration(name).write_bytes(corrected)
    run_lab("fault", agents.lab, "--clear")

    mark, starts = agents.mark(), agents.agent(name)["starts"]
    assert agents.done(name)["changed"] is True
    assert (agents.writes(mark), agents.agent(name)["starts"]) == ([], starts)
    assert agents.configuration(name).read_bytes() == corrected
    assert agents.entry(name)["status"] == "done"


@KINDS
def test_goes_on_after_a_kill_between_stop_and_start(agents: Agents, name: str) -> None:
    before = agents.agent(name)
    agents.switch(name, "stop")
    agents.write_entry(name, "started", {})
    agents.done(name)
    after = agents.agent(name)
    assert (after["service_state"], after["running_version"]) == ("running", "1.5.2")
    assert after["configuration_sha256"] == before["configuration_sha256"]
    assert agents.entry(name)["status"] == "done"


def test_goes_on_after_a_kill_while_the_component_ran_with_the_wars_own_configuration(agents: Agents) -> None:
    """Digest and service look right then; only the journal knows better."""
    name = LINUX
    before = agents.agent(name)
    agents.fault(f"service:{name}:start", "fail")
    agents.refused(name)
    agents.switch(name, "start")
    half = agents.agent(name)
    assert (half["war_sha256"], half["service_state"]) == (sha256(agents.war), "running")
    assert half["configuration_sha256"] not in (None, before["configuration_sha256"])
    agents.done(name)
    assert agents.agent(name)["configuration_sha256"] == before["configuration_sha256"]


def test_new_war_with_a_stopped_service_is_started(agents: Agents) -> None:
    agents.done(LINUX)
    agents.switch(LINUX, "stop")
    assert agents.done(LINUX)["changed"] is True
    after = agents.agent(LINUX)
    assert (after["service_state"], after["running_version"]) == ("running", "1.5.2")


def test_files_outside_the_expanded_folder_are_backed_up_and_not_touched(agents: Agents) -> None:
    unit = agents.lab / "linux-hosts" / LINUX / "etc/systemd/system/csp-agent.service"
    before, configuration = unit.stat(), str(agents.configuration(LINUX))
    result = agents.done(
        LINUX, csp_agent_keep=[str(unit), configuration], csp_agent_expanded_folder="", csp_agent_check_url=""
    )
    assert {path.name for path in Path(result["backup"]).iterdir()} == {
        "csp-agent.war",
        "1-csp-agent.service",
        "2-csp-agent.properties",
    }
    assert (unit.stat().st_mtime_ns, unit.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    # nothing was put back, so one start is enough
    assert agents.agent(LINUX)["starts"] == 1


def test_service_that_does_not_stop(agents: Agents) -> None:
    before = agents.agent(WINDOWS)
    agents.fault(f"service:{WINDOWS}:stop", "fail")
    text = agents.refused(WINDOWS)
    assert "War and files are as they were on iis01" in text
    assert "Start-Service -Name 'CSPAgent'" in text
    assert "Copy-Item" not in text
    assert agents.agent(WINDOWS) == before
    agents.done(WINDOWS)
    assert agents.agent(WINDOWS)["running_version"] == "1.5.2"


def test_war_that_is_damaged_on_its_way_is_not_started(agents: Agents) -> None:
    agents.fault("module:ansible.windows.win_copy", "spoil")
    text = agents.refused(WINDOWS)
    assert agents.faults_left() == 0
    assert f"the new war has {sha256(agents.war)}" in text
    assert (agents.agent(WINDOWS)["starts"], agents.agent(WINDOWS)["service_state"]) == (0, "stopped")
    agents.done(WINDOWS)
    assert agents.agent(WINDOWS)["running_version"] == "1.5.2"


def test_container_that_does_not_unpack(agents: Agents) -> None:
    agents.fault("module:ansible.windows.win_find", "fail", 99)
    text = agents.refused(WINDOWS, csp_agent_check_retries=1)
    assert "the container did not unpack it" in text
    agents.switch(WINDOWS, "stop")
    run_lab("fault", agents.lab, "--clear")
    agents.done(WINDOWS)
    assert agents.agent(WINDOWS)["running_version"] == "1.5.2"


def test_gates_change_nothing(agents: Agents) -> None:
    name, webapps = WINDOWS, r"C:\CSPAgent\webapps"
    before, mark = agents.agent(name), agents.mark()
    gates: list[tuple[dict[str, Any], str]] = [
        ({"csp_agent_war_file": ""}, "set csp_agent_confirmed_version to the version that you installed"),
        ({"csp_agent_folder": "", "csp_agent_service": ""}, "but not csp_agent_folder and csp_agent_service"),
        ({"csp_agent_service": ""}, "but not csp_agent_service."),
        ({"csp_agent_expanded_folder": "c:\\cspagent\\WebApps\\"}, "is csp_agent_folder or a folder above it"),
        ({"csp_agent_war_file": "/none/csp-agent.war"}, "does not exist"),
        ({"csp_agent_war_file": __file__, "csp_agent_war_name": "csp-agent.war"}, "is no sound archive"),
        ({"csp_agent_folder": f"{webapps}2"}, "Correct csp_agent_folder"),
        ({"csp_agent_service": "other"}, "Correct csp_agent_service"),
        ({"csp_agent_keep": [webapps, f"{webapps}-none"]}, f"{webapps}-none"),
    ]
    for variables, words in gates:
        text = agents.refused(name, **variables)
        assert words in text.replace("\\\\", "\\"), variables
        assert "B4: " in text
    assert (agents.writes(mark), agents.agent(name)) == ([], before)
    assert not agents.has_entry(name)


def test_work_done_by_hand_is_noted_once(agents: Agents) -> None:
    name = WINDOWS
    before, mark = agents.agent(name), agents.mark()
    result = agents.done(name, csp_agent_war_file="", csp_agent_confirmed_version="1.5.2")
    assert (result["changed"], result["confirmed_version"], result["sha256_after"]) == (False, "1.5.2", "")
    assert agents.entry(name)["detail"] == {"host": name, "confirmed_version": "1.5.2"}
    again = agents.done(name, csp_agent_war_file="", csp_agent_confirmed_version="1.5.2")
    assert again["changed_tasks"] == 0
    assert agents.done(name, csp_agent_confirmed_version="1.5.3")["confirmed_version"] == "1.5.3"
    assert agents.entry(name)["detail"]["confirmed_version"] == "1.5.3"
    assert (agents.writes(mark), agents.agent(name)) == ([], before)


def test_inventory_of_the_lab_is_complete(agents: Agents) -> None:
    """The variables above come from the inventory, as a user writes them."""
    groups = yaml.safe_load((agents.lab / "inventory/hosts.yml").read_text(encoding="utf-8"))["all"]["children"]
    for group in ("csp_agent", "csp_agent_linux"):
        assert {"csp_agent_war_file", "csp_agent_folder", "csp_agent_service"} <= set(groups[group]["vars"])
