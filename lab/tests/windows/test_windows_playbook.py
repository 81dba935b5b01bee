"""Real ansible-playbook with the real connection plugins and Windows collections."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import Starter
from office365_lab.packages import build_packages
from windows_ansible import play
from windows_lab import Running

PLAYS = Path(__file__).with_name("plays")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of 16.8.4, made a megabyte long so that it needs many chunks."""
    (path,) = build_packages(tmp_path_factory.mktemp("packages"), ["16.8.4"])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("filler.bin", os.urandom(1_000_000))
    return path


@pytest.mark.parametrize("mode", ["winrm", "winrm-https", "psrp", "psrp-ntlm"])
def test_what_the_roles_do_to_an_endpoint_host(start_lab: Starter, package: Path, tmp_path: Path, mode: str) -> None:
    running = start_lab()
    results = tmp_path / "results"
    done = play(running, PLAYS / "endpoint.yml", tmp_path, mode, package=str(package), playbook_results=str(results))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    state = running.lab.state()["iis01"]
    assert [item["exit_code"] for item in state["setup_runs"]] == [0]
    assert state["iisreset_runs"] == 1
    assert state["blocked_files"] == []
    assert [item["version"] for item in state["applications"]] == ["16.8.4.0", "16.6.4.0", "16.6.4.0"]
    assert running.host.disk.read("C:\\office365\\stage 1\\package.zip") == package.read_bytes()
    (fetched,) = results.rglob("setup.log")
    assert "INFO" in fetched.read_text(encoding="utf-8")
    check_wire(running)


def check_wire(running: Running) -> None:
    lines = running.wire()
    calls = [line["call"] for line in lines]
    assert calls.index("ansible.windows.win_command") < len(calls) - 1
    commands = [line for line in lines if line["call"] == "ansible.windows.win_command"]
    assert ["setup.cmd" in line["arguments"]["cmd"] if line["arguments"]["cmd"] else False for line in commands] == [
        True,
        False,
    ]
    assert "async_job" in commands[0]
    temporary = [line for line in lines if line.get("temporary")]
    assert {line["call"] for line in temporary} == {"mkdtemp", "put", "remove"}
    assert not any(line["write"] for line in temporary)
    become = next(line for line in lines if line.get("become"))
    assert become["call"] == "ansible.windows.win_ping" and become["become"]["user"] == "SYSTEM"
    for module in ("website_info", "web_application_info", "web_app_pool_info"):
        (line,) = running.wire(f"microsoft.iis.{module}")
        assert line["write"] is False and line["check"] is False and line["wire"] == "2.19+"
    dry = [line for line in lines if line["call"] == "ansible.windows.win_powershell" and line["check"]]
    assert [line["write"] for line in dry] == [False]
    assert {line["host"] for line in lines} == {"iis01"}
    assert running.credentials.windows_password not in running.layout.wire_log.read_text(encoding="utf-8")


def test_trees_templates_and_backups(running: Running, tmp_path: Path) -> None:
    tree = tmp_path / "files" / "tree" / "sub"
    tree.mkdir(parents=True)
    (tree / "ünï.txt").write_text("ü", encoding="utf-8")
    (tree.parent / "empty").write_bytes(b"")
    (tree.parent / "a.txt").write_bytes(b"a")
    (tmp_path / "files" / "t.j2").write_text("host={{ inventory_hostname }}\n", encoding="utf-8")
    book = tmp_path / "book.yml"
    book.write_text(
        r"""
- hosts: endpoint_hosts
  gather_facts: false
  tasks:
    - ansible.windows.win_copy: {src: tree/, dest: 'C:\tree'}
      register: first
    - ansible.windows.win_copy: {src: tree/, dest: 'C:\tree'}
      register: second
    - ansible.windows.win_template: {src: files/t.j2, dest: 'C:\t.txt'}
    - ansible.windows.win_copy: {content: "new\n", dest: 'C:\t.txt', backup: true}
      register: third
    - ansible.windows.win_copy: {content: "newer\n", dest: 'C:\t.txt'}
      check_mode: true
      register: dry
    - ansible.builtin.assert:
        that:
          - first is changed
          - second is not changed
          - third.backup_file is match('C:')
          - dry is changed
""",
        encoding="utf-8",
    )
    done = play(running, book, tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    disk = running.host.disk
    assert disk.read("C:\\tree\\sub\\ünï.txt").decode() == "ü"
    assert disk.read("C:\\tree\\empty") == b""
    assert disk.read("C:\\t.txt") == b"new\n"


def ping(tmp_path: Path) -> Path:
    book = tmp_path / "ping.yml"
    book.write_text("- hosts: endpoint_hosts\n  gather_facts: false\n  tasks: [{ansible.windows.win_ping: {}}]\n")
    return book


@pytest.mark.parametrize(
    ("place", "do", "more", "code"),
    [
        ("winrm:iis01:Create", "drop", {}, 4),
        ("winrm:iis01:Create", "status", {"code": 503}, 4),
        ("winrm:iis01:Create", "status", {"code": 401}, 4),
        ("winrm:iis01:Command", "status", {"code": 500}, 2),
        ("winrm:iis01:Receive", "drop", {}, 2),
        ("module:ansible.windows.win_ping", "drop", {}, 2),
        ("module:ansible.windows.win_ping", "fail", {"message": "no ping today"}, 2),
        ("winrm:iis01:Create", "delay", {"seconds": 0.2}, 0),
    ],
)
def test_planned_faults_as_ansible_sees_them(
    running: Running, tmp_path: Path, place: str, do: str, more: dict[str, Any], code: int
) -> None:
    running.faults.add(place, do, **more)
    done = play(running, ping(tmp_path), tmp_path)
    assert done.returncode == code, done.stdout
    assert running.faults.all()[0]["fired"] == 1
    if "message" in more:
        assert "no ping today" in done.stdout


def test_a_host_that_restarts_is_unreachable_and_comes_back(running: Running, tmp_path: Path) -> None:
    running.host.restart(60)
    assert play(running, ping(tmp_path), tmp_path).returncode == 4
    running.host.restart(1.5)
    book = tmp_path / "wait.yml"
    book.write_text(
        "- hosts: endpoint_hosts\n  gather_facts: false\n"
        "  tasks: [{ansible.builtin.wait_for_connection: {timeout: 20, sleep: 1}}]\n"
    )
    assert play(running, book, tmp_path).returncode == 0


def test_ten_hosts_at_once(start_lab: Starter, tmp_path: Path) -> None:
    running = start_lab(hosts=10, gateways=10)
    assert play(running, ping(tmp_path), tmp_path, "winrm", "-f", "10").returncode == 0
    assert len(running.wire("ansible.windows.win_ping")) == 10
