"""Stand-ins for modules, called with the modules' real sources."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from office365_lab.server import LabServer, reset
from office365_lab.windows import iis
from office365_lab.windows.call import AsyncJob, Call
from office365_lab.windows.host import Host
from office365_lab.windows.jobs import start_job
from office365_lab.wirelog import MASK
from windows_lab import Running, call, run

# Nobody connects to the hosts here.
pytestmark = pytest.mark.lab_options(listen=False)

SCRIPT = """# odin.office365: {marker}
[CmdletBinding(SupportsShouldProcess)]
param([Parameter(Mandatory = $true)][string[]]$Path)
{changed}
"""


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in members.items():
            target.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def test_ping(host: Host) -> None:
    assert run(host, "ansible.windows.win_ping")["ping"] == "pong"
    assert run(host, "ansible.windows.win_ping", data="x")["ping"] == "x"
    assert run(host, "ansible.windows.win_ping", data="crash")["failed"] is True


def test_an_unknown_module_fails_and_is_logged(host: Host, running: Running) -> None:
    result = run(host, "ansible.windows.win_hostname", name="x")
    assert result["failed"] is True and "no stand-in" in result["msg"]
    (line,) = running.wire("ansible.windows.win_hostname")
    assert line["outcome"].startswith("error") and line["write"] is False and line["rc"] == 1


def test_stat_of_files_and_folders(host: Host) -> None:
    host.disk.write("C:\\File.txt", b"abc")
    stat = run(host, "ansible.windows.win_stat", path="c:\\file.TXT", checksum_algorithm="sha256")["stat"]
    assert stat["checksum"] == hashlib.sha256(b"abc").hexdigest()
    assert (stat["size"], stat["isdir"], stat["isreg"], stat["extension"]) == (3, False, True, ".txt")
    assert stat["path"] == "C:\\File.txt"
    assert isinstance(stat["lastwritetime"], float)
    folder = run(host, "ansible.windows.win_stat", path="C:\\inetpub", get_checksum=False)["stat"]
    assert folder["isdir"] is True and folder["size"] > 0 and "checksum" not in folder
    assert run(host, "ansible.windows.win_stat", path="C:\\none")["stat"] == {"exists": False}


def test_file_states_are_idempotent_and_check_mode_changes_nothing(host: Host) -> None:
    def file(state: str, **more: Any) -> Any:
        return run(host, "ansible.windows.win_file", path="C:\\a\\b", state=state, **more)["changed"]

    assert file("directory", check=True) is True and not host.disk.exists("C:\\a")
    assert (file("directory"), file("directory")) == (True, False)
    assert file("absent", check=True) is True and host.disk.exists("C:\\a\\b")
    assert (file("absent"), file("absent")) == (True, False)
    assert file("touch") is True and host.disk.is_file("C:\\a\\b")
    assert run(host, "ansible.windows.win_file", path="C:\\a\\b", state="directory")["failed"] is True
    assert run(host, "ansible.windows.win_file", path="C:\\a\\c", state="file")["failed"] is True
    assert run(host, "ansible.windows.win_file", path="C:\\a\\c", state="link")["failed"] is True


def test_copy_modes(host: Host) -> None:
    host.disk.make_folder("C:\\src\\sub")
    host.disk.write("C:\\src\\a.txt", b"1")
    host.disk.write("C:\\src\\sub\\p.zip", b"2")
    sha1 = hashlib.sha1(b"1", usedforsecurity=False).hexdigest()
    files = [{"src": "/x/a.txt", "dest": "a.txt", "checksum": sha1}, {"src": "/x/b", "dest": "b", "checksum": "0"}]
    query = run(host, "ansible.windows.win_copy", _copy_mode="query", dest="C:\\src", files=files)
    assert [item["dest"] for item in query["files"]] == ["b"]
    single: dict[str, Any] = {"_copy_mode": "single", "src": "C:\\src\\sub\\p.zip", "_original_basename": "p.zip"}
    assert run(host, "ansible.windows.win_copy", dest="C:\\new\\", **single)["changed"] is True
    assert host.disk.is_blocked("C:\\new\\p.zip")
    assert run(host, "ansible.windows.win_copy", dest="C:\\none\\x.zip", **single)["failed"] is True
    backup = run(host, "ansible.windows.win_copy", dest="C:\\new\\", backup=True, **single)["backup_file"]
    assert host.disk.read(backup) == b"2"
    remote: dict[str, Any] = {"_copy_mode": "remote", "src": "C:\\src", "dest": "C:\\copy"}
    assert run(host, "ansible.windows.win_copy", **remote, check=True)["changed"] is True
    assert not host.disk.exists("C:\\copy")
    first = run(host, "ansible.windows.win_copy", **remote)
    assert (first["changed"], first["dest"], first["size"]) == (True, "C:\\copy\\src", 2)
    assert run(host, "ansible.windows.win_copy", **remote)["changed"] is False
    assert not host.disk.is_blocked("C:\\copy\\src\\sub\\p.zip")


def test_uploads_are_not_marked_when_the_switch_is_off(host: Host) -> None:
    host.state.change(lambda state: state.update(mark_uploads=False))
    host.disk.write("C:\\a.zip", b"1")
    run(host, "ansible.windows.win_copy", _copy_mode="single", src="C:\\a.zip", dest="C:\\b.zip")
    assert not host.disk.is_blocked("C:\\b.zip")


def test_explode_decodes_the_names(host: Host) -> None:
    name = base64.b64encode("sub\\日本.txt".encode()).decode()
    host.disk.write("C:\\s.zip", archive(**{name: b"x"}))
    run(host, "ansible.windows.win_copy", _copy_mode="explode", src="C:\\s.zip", dest="C:\\out")
    assert host.disk.read("C:\\out\\sub\\日本.txt") == b"x"


def test_unzip_hands_the_mark_on(host: Host) -> None:
    host.disk.write("C:\\a.zip", archive(x=b"1", sub__y=b"2"), blocked=True)
    unzip: dict[str, Any] = {"src": "C:\\a.zip", "dest": "C:\\out"}
    assert run(host, "community.windows.win_unzip", **unzip, check=True)["changed"] is True
    assert not host.disk.exists("C:\\out")
    assert run(host, "community.windows.win_unzip", **unzip)["changed"] is True
    assert host.disk.is_blocked("C:\\out\\sub\\y")
    host.disk.unblock("C:\\a.zip")
    done = run(host, "community.windows.win_unzip", **unzip, delete_archive=True)
    assert done["removed"] is True and not host.disk.exists("C:\\a.zip")
    assert not host.disk.is_blocked("C:\\out\\sub\\y")
    assert run(host, "community.windows.win_unzip", **unzip, creates="C:\\out\\x")["skipped"] is True


@pytest.mark.parametrize("content", [b"no zip", archive(**{"..__..__evil": b"1"})])
def test_bad_archives(host: Host, content: bytes) -> None:
    host.disk.write("C:\\a.zip", content)
    result = run(host, "community.windows.win_unzip", src="C:\\a.zip", dest="C:\\out\\deep")
    assert result["failed"] is True
    assert not host.disk.exists("C:\\evil") and not host.disk.exists("C:\\out\\evil")


def test_find(host: Host) -> None:
    host.disk.make_folder("C:\\f\\sub\\deep")
    for name, size in (("a.dll", 10), ("b.txt", 2000), ("sub\\C.DLL", 5), ("sub\\deep\\d.dll", 1)):
        host.disk.write("C:\\f\\" + name, b"x" * size)

    def find(**parameters: Any) -> list[str]:
        found = run(host, "ansible.windows.win_find", paths=["C:\\f"], **parameters)
        assert found["matched"] == len(found["files"])
        return [item["path"][5:] for item in found["files"]]

    assert find() == ["a.dll", "b.txt"]
    assert find(recurse=True, patterns=["*.dll"]) == ["a.dll", "sub\\C.DLL", "sub\\deep\\d.dll"]
    assert find(recurse=True, depth=2, patterns="*.dll") == ["a.dll", "sub\\C.DLL"]
    assert find(file_type="directory") == ["sub"]
    assert find(size="1k") == ["b.txt"]
    assert find(size="-10b") == ["a.dll"]
    assert find(patterns=["^[ab]\\."], use_regex=True) == ["a.dll", "b.txt"]
    assert find(age="1h") == [] and find(age="-1h") == ["a.dll", "b.txt"]
    assert run(host, "ansible.windows.win_find", paths=["C:\\none"])["warnings"]
    assert run(host, "ansible.windows.win_find", paths=["C:\\f"], size="big")["failed"] is True


def test_slurp(host: Host) -> None:
    host.disk.write("C:\\a", b"\x00\xff")
    assert base64.b64decode(run(host, "ansible.windows.slurp", src="C:\\a")["content"]) == b"\x00\xff"
    assert run(host, "ansible.windows.slurp", src="C:\\none")["failed"] is True
    assert run(host, "ansible.windows.slurp", src="C:\\Windows")["failed"] is True


def test_commands(host: Host) -> None:
    done = run(host, "ansible.windows.win_command", _raw_params=" hostname ")
    assert (done["rc"], done["stdout"], done["changed"], done["cmd"]) == (0, "IIS01\r\n", True, "hostname")
    failed = run(host, "ansible.windows.win_command", cmd="cmd.exe /c exit 3")
    assert (failed["rc"], failed["failed"]) == (3, True)
    absent = run(host, "ansible.windows.win_command", cmd="nothing.exe")
    assert (absent["rc"], absent["failed"], absent["changed"]) == (2, True, False)
    assert run(host, "ansible.windows.win_command", cmd="hostname", check=True)["skipped"] is True
    assert run(host, "ansible.windows.win_command", cmd="hostname", creates="C:\\Windows")["skipped"] is True
    assert run(host, "ansible.windows.win_command", cmd="hostname", removes="C:\\none")["skipped"] is True
    assert run(host, "ansible.windows.win_shell", _raw_params="hostname")["stdout"] == "IIS01\r\n"
    assert "no stand-in" in run(host, "ansible.windows.win_shell", _raw_params="Get-Item C:\\ | Remove-Item")["msg"]


def test_cmdlets_unblock_and_unpack(host: Host) -> None:
    def shell(text: str) -> dict[str, Any]:
        return run(host, "ansible.windows.win_shell", _raw_params=text)

    host.disk.write("C:\\it's a.zip", archive(x=b"1", sub__y=b"2"), blocked=True)
    assert shell("Unblock-File -LiteralPath 'C:\\it''s a.zip'")["rc"] == 0
    unpack = "Expand-Archive -LiteralPath 'C:\\it''s a.zip' -DestinationPath C:\\out"
    assert shell(unpack)["rc"] == 0
    assert host.disk.read("C:\\out\\sub\\y") == b"2" and not host.disk.is_blocked("C:\\out\\x")
    again = shell(unpack)
    assert (again["rc"], again["failed"]) == (1, True) and "-Force" in again["stderr"]
    assert shell(unpack + " -Force")["rc"] == 0
    assert shell("Unblock-File -LiteralPath C:\\none")["failed"] is True
    assert "no stand-in" in shell("Unblock-File -LiteralPath C:\\a -Confirm")["msg"]
    assert "no stand-in" in shell("Unblock-File C:\\a")["msg"]


def test_registered_scripts(host: Host, running: Running) -> None:
    def script(marker: str, changed: str = "$Ansible.Changed = $false", check: bool = False) -> dict[str, Any]:
        text = SCRIPT.format(marker=marker, changed=changed)
        return run(host, "ansible.windows.win_powershell", script=text, parameters={"Path": ["C:\\a.zip"]}, check=check)

    host.disk.write("C:\\a.zip", b"x", blocked=True)
    predicted = script("unblock", check=True)
    assert predicted["changed"] is True and host.disk.is_blocked("C:\\a.zip")
    done = script("unblock")
    assert (done["changed"], done["result"]) == (True, {"unblocked": ["C:\\a.zip"]})
    assert (script("unblock")["changed"], script("unblock")["result"]) == (False, {"unblocked": []})
    assert script("read_assemblies")["changed"] is False
    assert script("read_assemblies", changed="")["changed"] is True, "the script did not say that nothing changed"
    assert "no stand-in" in script("something_else")["msg"]
    assert [line["write"] for line in running.wire("ansible.windows.win_powershell")][:2] == [False, True]


def test_assemblies_and_facts(host: Host, running: Running) -> None:
    site = running.installation.hosts[0].sites[1]
    bin_folder = site.physical_path + "\\bin"
    text = SCRIPT.format(marker="read_assemblies", changed="$Ansible.Changed = $false")
    result = run(host, "ansible.windows.win_powershell", script=text, parameters={"Path": [bin_folder, "C:\\none"]})
    first, second = result["result"]["folders"]
    assert [(item["name"], item["file_version"]) for item in first["files"]] == [
        ("log4net.dll", "16.6.4.0"),
        ("Office365.Core.dll", "16.6.4.0"),
        ("Office365.Gateway.dll", "16.6.4.0"),
    ]
    content = host.disk.read(bin_folder + "\\log4net.dll")
    assert first["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert second == {"path": "C:\\none", "exists": False, "files": [], "error": ""}
    # one that cannot be read does not hold up the others
    host.state.change(lambda state: state["unreadable"].append(bin_folder.upper()))
    result = run(host, "ansible.windows.win_powershell", script=text, parameters={"Path": [bin_folder, "C:\\none"]})
    closed, other = result["result"]["folders"]
    assert (closed["exists"], closed["files"], other) == (True, [], second)
    assert closed["error"] == f"Access to the path '{bin_folder}' is denied."
    facts = "# odin.office365: host_facts\nparam([string]$Path)\n$Ansible.Changed = $false\n"
    result = run(host, "ansible.windows.win_powershell", script=facts, parameters={"Path": "C:\\not\\yet"})["result"]
    assert result == {
        "powershell_version": "5.1.17763.1",
        "windows_version": "10.0.17763.0",
        "free_bytes": host.disk.free_bytes(),
        "ip_addresses": ["10.20.1.11", "10.20.1.12", "10.20.1.250", "127.0.11.1"],
        "is_administrator": True,
    }


def test_scripts_refuse_parameters_that_they_do_not_have(host: Host) -> None:
    text = SCRIPT.format(marker="unblock", changed="")
    wrong = run(host, "ansible.windows.win_powershell", script=text, parameters={"Pfad": ["C:\\a"]})
    assert (wrong["failed"], "msg" in wrong) == (True, False)
    assert "Pfad" in wrong["error"][0]["exception"]["message"]
    missing = run(host, "ansible.windows.win_powershell", script=text)
    assert missing["failed"] is True
    plain = run(host, "ansible.windows.win_powershell", script="# odin.office365: unblock\n", check=True)
    assert plain["changed"] is True and "skipped" in plain["msg"]


def test_site_and_pool_information(host: Host) -> None:
    all_sites = run(host, "microsoft.iis.website_info")
    assert [site["name"] for site in all_sites["site"]] == [
        "Default Web Site",
        "Office 365 Gateway 01",
        "Office 365 Gateway 02",
        "Office 365 Dispatcher 01",
    ]
    assert all_sites["site"][0]["bindings"][0]["ip"] == "*"
    (gateway,) = run(host, "microsoft.iis.website_info", name="office 365 gateway 01")["site"]
    (binding,) = gateway["bindings"]
    assert (binding["ip"], binding["port"], binding["protocol"]) == ("10.20.1.11", 443, "https")
    assert gateway["application_pool"] == "Office 365 Gateway 01"
    assert run(host, "microsoft.iis.website_info", name="none") | {"invocation": 0} == {
        "changed": False,
        "exists": False,
        "site": [],
        "invocation": 0,
    }
    applications = run(host, "microsoft.iis.web_application_info", site="Office 365 Gateway 01")["applications"]
    assert [item["name"] for item in applications] == ["Office365GatewayApplication01"]
    assert run(host, "microsoft.iis.virtual_directory_info")["directories"] == []
    pools = run(host, "microsoft.iis.web_app_pool_info")["app_pools"]
    assert [pool["attributes"]["state"] for pool in pools] == ["Started"] * 4


def test_a_binding_that_the_module_cannot_read_fails_it_for_every_site(host: Host) -> None:
    def add(state: dict[str, Any]) -> None:
        state["iis"]["sites"][0]["bindings"].append(
            {"protocol": "net.tcp", "information": "808:*", "ssl_flags": 0, "hash": "", "store": ""}
        )

    host.state.change(add)
    assert run(host, "microsoft.iis.website_info", name="Default Web Site")["failed"] is True


def test_sites_and_pools_start_and_stop(host: Host) -> None:
    def state(module: str, wanted: str, check: bool = False) -> Any:
        return run(host, module, name="Office 365 Gateway 01", state=wanted, check=check).get("changed")

    for module in ("microsoft.iis.website", "microsoft.iis.web_app_pool"):
        assert state(module, "started") is False
        assert state(module, "stopped", check=True) is True
        assert (state(module, "stopped"), state(module, "stopped")) == (True, False)
        assert (state(module, "started"), state(module, "restarted")) == (True, True)
    assert "no stand-in" in run(host, "microsoft.iis.website", name="new", physical_path="C:\\x")["msg"]
    assert "no stand-in" in run(host, "microsoft.iis.website", name="Default Web Site", state="absent")["msg"]


def test_certificates(host: Host) -> None:
    result = run(host, "ansible.windows.win_certificate_info")
    assert result["exists"] is True
    subjects = {item["subject"] for item in result["certificates"]}
    assert "CN=office365gateway01.hosting.local" in subjects and len(subjects) == 3
    first = result["certificates"][0]
    assert first["has_private_key"] is True and first["valid_from"] < time.time() < first["valid_to"]
    one = run(host, "ansible.windows.win_certificate_info", thumbprint=first["thumbprint"].lower())
    assert [item["thumbprint"] for item in one["certificates"]] == [first["thumbprint"]]
    assert run(host, "ansible.windows.win_certificate_info", store_name="Root")["exists"] is False


GATEWAY = "https://office365gateway01.hosting.local/Office365GatewayApplication01/aps/"


def test_gateways_answer_as_iis_stands(host: Host) -> None:
    def status(url: str = GATEWAY) -> Any:
        return run(host, "ansible.windows.win_uri", url=url).get("status_code")

    assert status() == 403
    assert status("https://office365gateway01.hosting.local/Other/") == 404
    assert status("http://office365gateway01.hosting.local/Office365GatewayApplication01/") == 404, "the default site"
    assert status("http://office365gateway01.hosting.local:8080/") is None
    assert status("https://nowhere.hosting.local/") is None
    host.state.change(lambda state: iis.set_state(state["iis"]["pools"], "Office 365 Gateway 01", iis.STOPPED))
    assert status() == 503
    host.state.change(lambda state: iis.set_state(state["iis"]["sites"], "Office 365 Gateway 01", iis.STOPPED))
    assert status() is None
    accepted = run(host, "ansible.windows.win_uri", url=GATEWAY.replace("01", "02"), status_code=[200, 403])
    assert "failed" not in accepted and accepted["content_type"] == "text/html"


def test_gateways_do_not_answer_while_iis_restarts(host: Host) -> None:
    host.stop_iis()
    assert run(host, "ansible.windows.win_uri", url=GATEWAY)["failed"] is True
    host.start_iis()
    assert run(host, "ansible.windows.win_uri", url=GATEWAY)["status_code"] == 403


class Web(BaseHTTPRequestHandler):
    """Says who asked, resets, or gives a file."""

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/reset":
            reset(self.connection)
            return
        asked = {"client": self.client_address[0], "authorization": self.headers.get("Authorization")}
        body = b"content" if self.path.endswith(".zip") else json.dumps(asked).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def web() -> Iterator[str]:
    server = LabServer(Web).start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


def test_other_requests_are_real_and_come_from_the_hosts_own_address(host: Host, running: Running, web: str) -> None:
    result = run(
        host,
        "ansible.windows.win_uri",
        url=web + "/x",
        return_content=True,
        url_username="u",
        url_password="p4ss",
        force_basic_auth=True,
    )
    assert result["json"] == {"client": "127.0.11.1", "authorization": "Basic dTpwNHNz"}
    assert "p4ss" not in running.layout.wire_log.read_text(encoding="utf-8")
    broken = run(host, "ansible.windows.win_uri", url=web + "/reset")
    assert broken["failed"] is True and "reset" in broken["msg"]
    assert run(host, "ansible.windows.win_uri", url="http://192.0.2.1/")["failed"] is True


def test_downloads_carry_the_mark(host: Host, web: str) -> None:
    get: dict[str, Any] = {"url": web + "/p.zip", "dest": "C:\\", "checksum_algorithm": "sha256"}
    good = hashlib.sha256(b"content").hexdigest()
    assert run(host, "ansible.windows.win_get_url", **get, checksum="0" * 64)["failed"] is True
    assert not host.disk.exists("C:\\p.zip")
    assert run(host, "ansible.windows.win_get_url", **get, checksum=good, check=True)["changed"] is True
    assert not host.disk.exists("C:\\p.zip")
    done = run(host, "ansible.windows.win_get_url", **get, checksum=good)
    assert (done["changed"], done["checksum_dest"], done["dest"]) == (True, good, "C:\\p.zip")
    assert host.disk.is_blocked("C:\\p.zip")
    assert run(host, "ansible.windows.win_get_url", **get, checksum=good)["changed"] is False


def with_job(what: Call, seconds: float) -> Call:
    return Call(**{**vars(what), "async_job": AsyncJob("j1", "%USERPROFILE%\\.ansible_async", seconds)})


def status(host: Host, job: dict[str, Any], mode: str = "status") -> dict[str, Any]:
    folder = "%USERPROFILE%\\.ansible_async"
    return run(host, "ansible.windows.async_status", jid=job["ansible_job_id"], _async_dir=folder, mode=mode)


def test_a_background_job_runs_on(host: Host, running: Running) -> None:
    running.faults.add("module:ansible.windows.win_ping", "delay", seconds=0.2)
    what = with_job(call("ansible.windows.win_ping", data="later"), 5)
    assert what.async_job is not None
    job = start_job(host, what, what.async_job, "127.0.0.1")
    assert (job["started"], job["finished"]) == (True, False)
    assert status(host, job)["finished"] is False
    time.sleep(0.4)
    done = status(host, job)
    assert (done["finished"], done["ping"], done["ansible_job_id"]) == (True, "later", job["ansible_job_id"])
    assert status(host, job, "cleanup")["erased"].endswith(job["ansible_job_id"])
    assert status(host, job)["failed"] is True
    calls = [(line["call"], line.get("async_job")) for line in running.wire()]
    assert ("async_start", None) in calls
    assert ("ansible.windows.win_ping", job["ansible_job_id"]) in calls


def test_a_background_job_may_take_too_long(host: Host, running: Running) -> None:
    running.faults.add("module:ansible.windows.win_ping", "delay", seconds=30)
    what = with_job(call("ansible.windows.win_ping"), 0.1)
    assert what.async_job is not None
    job = start_job(host, what, what.async_job, "127.0.0.1")
    time.sleep(0.4)
    done = status(host, job)
    assert (done["finished"], done["failed"]) == (True, True)


def test_a_background_job_dies_with_the_host(host: Host, running: Running) -> None:
    running.faults.add("module:ansible.windows.win_ping", "delay", seconds=0.3)
    what = with_job(call("ansible.windows.win_ping"), 5)
    assert what.async_job is not None
    job = start_job(host, what, what.async_job, "127.0.0.1")
    host.restart(0.0)
    time.sleep(0.5)
    assert status(host, job)["finished"] is False


def test_what_no_log_forbids_is_not_logged(host: Host, running: Running) -> None:
    run(host, "ansible.windows.win_ping", data="s3cret", _ansible_no_log=True)
    (line,) = running.wire("ansible.windows.win_ping")
    assert line["arguments"] == {"data": MASK}


def test_many_writers_of_one_host_lose_nothing(host: Host) -> None:
    host.disk.make_folder("C:\\many")
    before = host.disk.free_bytes()

    def write(number: int) -> None:
        for index in range(20):
            host.disk.write(f"C:\\many\\{number}-{index}.zip", b"12345", blocked=True)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(host.state.get("blocked_files")) == 80
    assert host.disk.free_bytes() == before - 80 * 5
