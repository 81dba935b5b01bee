"""The command ``office365-lab`` as a user runs it: start, look, reset, end, and what it refuses."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from office365_lab import cli
from office365_lab.options import LabOptions

COMMAND = Path(sys.executable).with_name("office365-lab")
SMALL = ("--subscriptions", "8", "--max-seconds", "600", "--task-seconds", "0.05")
STATE_KEYS = {
    "format",
    "platform",
    "packages",
    "instances",
    "service_templates",
    "resource_types",
    "subscriptions",
    "tasks",
    "resource_settings",
    "script_runs",
    "cloud_subscriptions",
    "endpoint_hosts",
    "csp_agents",
    "billing",
}


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command; its exit code is not judged."""
    return subprocess.run([str(COMMAND), *map(str, words)], capture_output=True, text=True, check=False, timeout=120)


def ok(*words: str | Path) -> str:
    """Run the command, which must succeed; what it printed."""
    done = run(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*words: str | Path) -> str:
    """Run the command, which must be refused without a traceback; its message."""
    done = run(*words)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running lab."""
    folder = tmp_path_factory.mktemp("command-line") / "lab"
    ok("up", "--dir", folder, *SMALL, "--site-names", "R&D 100%", "Café ^ (1)")
    yield folder
    ok("down", folder)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _variables(lab: Path) -> dict[str, Any]:
    folder = lab / "inventory" / "group_vars" / "all"
    variables: dict[str, Any] = {}
    for name in ("main.yml", "secrets.yml"):
        variables.update(yaml.safe_load((folder / name).read_text(encoding="utf-8")))
    return variables


def _call(lab: Path, method: str) -> Any:
    """An XML-RPC call with the inventory's URL and login."""
    variables = _variables(lab)
    body = (
        f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params><param><value><struct/>"
        "</value></param></params></methodCall>"
    )
    answer = requests.post(
        variables["oa_api_url"],
        data=body,
        headers={"Content-Type": "text/xml"},
        auth=(variables["oa_api_username"], variables["oa_api_password"]),
        timeout=10,
    )
    answer.raise_for_status()
    return answer.text


def test_every_option_of_a_lab_is_an_option_of_up() -> None:
    text = ok("up", "--help")
    for name in LabOptions().to_json():
        assert f"--{name.replace('_', '-')}" in text


def test_description_is_private_and_complete(lab: Path) -> None:
    told = _json(lab / "lab.json")
    assert stat.S_IMODE((lab / "lab.json").stat().st_mode) == 0o600
    assert told["status"] == "running"
    assert told["options"]["subscriptions"] == 8
    assert told["options"]["site_names"] == ["R&D 100%", "Café ^ (1)"]
    assert LabOptions.from_json(told["options"]).site_names == ("R&D 100%", "Café ^ (1)")
    assert len(set(told["ports"].values())) == 7
    assert set(told["packages"]) == {"16.6.3", "16.6.4", "16.6.5", "16.8.3", "16.8.4"}
    assert all(Path(path).is_file() for path in told["packages"].values())


def test_passwords_stand_only_in_private_files(lab: Path) -> None:
    credentials = _json(lab / "lab.json")["credentials"]
    passwords = [value.encode() for name, value in credentials.items() if name.endswith("password")]
    assert len(passwords) == 5
    ok("state", lab)
    told = set()
    for path in lab.rglob("*"):
        if path.is_file() and not path.is_symlink() and any(password in path.read_bytes() for password in passwords):
            told.add(path.relative_to(lab).as_posix())
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert told == {
        "lab.json",
        "inventory/group_vars/all/secrets.yml",
        "management-node/usr/local/pem/etc/openapi.json",
    }


def test_ansible_reads_the_inventory(lab: Path) -> None:
    done = subprocess.run(
        [str(COMMAND.with_name("ansible-inventory")), "-i", str(lab / "inventory"), "--list"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    inventory = json.loads(done.stdout)
    hosts = inventory["_meta"]["hostvars"]
    assert inventory["management_node"]["hosts"] == ["mn01"]
    assert inventory["endpoint_hosts"]["hosts"] == ["iis01", "iis02"]
    assert inventory["billing"]["hosts"] == ["billing01"]
    assert hosts["mn01"]["ansible_connection"] == "local"
    iis = hosts["iis02"]
    assert (iis["ansible_connection"], iis["ansible_winrm_path"]) == ("winrm", "/iis02/wsman")
    assert iis["ansible_port"] == _json(lab / "lab.json")["ports"]["winrm_http"]
    assert iis["office365_dispatcher_url"] == (
        "https://office365dispatcher02.hosting.local/Office365DispatcherApplication/"
    )


def test_ansible_reaches_every_host(lab: Path) -> None:
    for group, module in (
        ("endpoint_hosts", "ansible.windows.win_ping"),
        ("management_node:billing", "ansible.builtin.ping"),
    ):
        done = subprocess.run(
            [str(COMMAND.with_name("ansible")), group, "-i", str(lab / "inventory"), "-m", module],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout
        assert done.stdout.count("pong") == 2


def test_variables_lead_to_real_things(lab: Path) -> None:
    variables = _variables(lab)
    for name in ("oa_api_ca_path", "oa_aps_ca_path", "office365_package", "office365_python"):
        assert Path(variables[name]).is_file(), name
    packages = [Path(path).name for path in variables["office365_resource_settings_packages"]]
    assert packages == ["Office365-16.6.3-18.app.zip", "Office365-16.6.4-20.app.zip"]
    replaced = [*variables["store_customizations_files"], variables["trial_checker_file"]]
    for item in replaced:
        assert Path(item["src"]).read_bytes() != Path(item["dest"]).read_bytes()
    assert "pem.getServiceTemplateList" in _call(lab, "system.listMethods")
    answer = requests.get(f"{variables['oa_aps_url']}aps", verify=variables["oa_aps_ca_path"], timeout=10)
    assert answer.status_code in (200, 403)
    database = variables["oa_database"]
    connection = ("-h", database["host"], "-U", database["user"], "-d", database["name"])
    query = "select version from version_history"
    done = subprocess.run(
        [database["psql"], "-X", "-At", *connection, "-c", query],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert "7.1.0" in done.stdout.split()
    done = subprocess.run(
        [database["psql"], "-X", "-At", *connection, "-c", "delete from hotfixes"],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode != 0
    assert "read-only" in done.stderr


def test_state(lab: Path) -> None:
    state = json.loads(ok("state", lab))
    assert state.keys() == STATE_KEYS
    assert state["format"] == 1
    assert state["platform"]["version"] == "7.1.0"
    assert [row["package_version"] for row in state["instances"]] == ["16.6.4-20"] * 3
    assert {row["public_api_password_ok"] for row in state["instances"]} == {False}
    assert state["resource_settings"] == {"script_runs": 0, "damaged": False, "converted": False}
    assert set(state["endpoint_hosts"]) == {"iis01", "iis02"}
    sites = [site["name"] for site in state["endpoint_hosts"]["iis01"]["sites"]]
    assert "R&D 100%" in sites
    assert set(state["billing"]) == {"files", "plans", "units", "service_parameters"}
    assert set(state["billing"]["files"]) == {
        "store/office365_subdomain.js",
        "store/office365.tpl",
        "panels/script3.js",
    }


def test_log_is_filtered(lab: Path) -> None:
    begun = time.time()
    _call(lab, "system.listMethods")
    lines = [json.loads(line) for line in ok("log", lab, "--channel", "public_api", "--since", str(begun)).splitlines()]
    assert [line["call"] for line in lines] == ["system.listMethods"]
    assert ok("log", lab, "--channel", "aps", "--since", str(begun)) == ""
    assert ok("log", lab, "--since", str(begun), "--writes") == ""
    assert ok("log", lab, "--since", str(time.time() + 100)) == ""


def test_faults_are_planned_listed_taken_and_forgotten(lab: Path) -> None:
    ok(
        "fault",
        lab,
        "--where",
        "public_api:.*:system.listMethods",
        "--do",
        "http_500",
        "--times",
        "2",
        "--set",
        'x={"y": 1}',
    )
    ok("fault", lab, "--where", "winrm:", "--do", "delay", "--seconds", "0.5", "--message", "slow")
    with pytest.raises(requests.HTTPError):
        _call(lab, "system.listMethods")
    first, second = json.loads(ok("fault", lab, "--list"))
    assert (first["do"], first["times"], first["fired"], first["x"]) == ("http_500", 1, 1, {"y": 1})
    assert (second["seconds"], second["message"], second["times"], second["fired"]) == (0.5, "slow", 1, 0)
    ok("fault", lab, "--clear")
    assert json.loads(ok("fault", lab, "--list")) == []
    assert "listMethods" in _call(lab, "system.listMethods")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--where", "x"), "needs --do"),
        (("--where", "(", "--do", "reset"), "unterminated"),
        (("--where", "x", "--do", "reset", "--set", "x"), "NAME=JSON"),
        (("--where", "x", "--do", "reset", "--set", "x={"), "Expecting"),
    ],
)
def test_wrong_faults_are_refused(lab: Path, words: tuple[str, ...], message: str) -> None:
    assert message in refused("fault", lab, *words)
    assert json.loads(ok("fault", lab, "--list")) == []


def _without_certificates(state: Any) -> Any:
    """The state but for the certificates, which the endpoint hosts get anew."""
    for host in state["endpoint_hosts"].values():
        del host["certificates"]
    return json.loads(re.sub(r'"[0-9A-F]{40}"', '"thumbprint"', json.dumps(state)))


def test_reset_brings_the_start_state_back_at_the_same_addresses(lab: Path) -> None:
    before = json.loads(ok("state", lab))
    told = _json(lab / "lab.json")
    (lab / "reports").mkdir()
    (lab / "billing" / "panels" / "script3.js").write_text("changed")
    (lab / "billing" / "panels" / "extra.js").write_text("new")
    journal = lab / "management-node" / "var" / "lib" / "odin-office365"
    journal.mkdir()
    host = lab / "endpoint-hosts" / "iis01" / "C" / "new.txt"
    host.write_text("new")
    Path(told["packages"]["16.8.4"]).write_bytes(b"spoilt")
    python = lab / "management-node" / "usr" / "bin" / "python"
    code = "from poaupdater.openapi import OpenAPI; OpenAPI().pem.deactivateST(st_id=11)"
    subprocess.run([str(python), "-c", code], check=True, timeout=30)
    ok("fault", lab, "--where", "x", "--do", "reset")
    assert json.loads(ok("state", lab)) != before
    ok("reset", lab)
    assert _without_certificates(json.loads(ok("state", lab))) == _without_certificates(before)
    assert _json(lab / "lab.json") == told
    assert not journal.exists()
    assert not host.exists()
    assert not (lab / "reports").exists()
    assert Path(told["packages"]["16.8.4"]).stat().st_size > 1000
    assert ok("log", lab) == ""
    assert json.loads(ok("fault", lab, "--list")) == []
    assert "listMethods" in _call(lab, "system.listMethods")


def test_a_running_lab_is_not_started_again(lab: Path) -> None:
    assert "already running" in refused("up", "--dir", lab)
    assert json.loads(ok("state", lab))["format"] == 1


def test_foreign_folders_and_impossible_options_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    assert "not empty" in refused("up", "--dir", tmp_path)
    assert "not a folder" in refused("up", "--dir", tmp_path / "mine.txt")
    assert "gateways 1" in refused("up", "--dir", tmp_path / "new", "--hosts", "2", "--gateways", "1")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert run("up", "--dir", tmp_path / "new", "--scenario", "both").returncode == 2


def test_folders_without_a_lab(tmp_path: Path) -> None:
    for command in ("state", "reset"):
        assert "no lab" in refused(command, tmp_path)
    assert "lab.json" in refused("fault", tmp_path, "--list")
    assert "no lab is running" in ok("down", tmp_path)
    assert "no lab is running" in ok("down", tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_packages_are_built_without_a_lab(tmp_path: Path) -> None:
    sound = ok("packages", tmp_path / "sound", "--versions", "16.6.4", "16.8.4").split()
    assert [Path(path).name for path in sound] == ["Office365-16.6.4-20.app.zip", "Office365-16.8.4-34.app.zip"]
    (spoilt,) = ok("packages", tmp_path / "spoilt", "--versions", "16.8.4", "--spoil", "truncated").split()
    assert Path(spoilt).stat().st_size == Path(sound[1]).stat().st_size // 2
    assert "16.9" in refused("packages", tmp_path, "--versions", "16.9")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    commands = re.search(r"\{([\w,]+)\}", text)
    assert commands is not None
    assert commands[1].split(",") == ["up", "down", "reset", "state", "log", "fault", "packages"]
