"""The management node's files, its Python and its poaupdater, with a small XML-RPC server as the platform."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

import pytest
from office365_lab import management_node, wirelog
from office365_lab.installation import new_credentials, plan_installation
from office365_lab.layout import LabLayout
from office365_lab.management_node import interpreter, node
from office365_lab.options import LabOptions

OPTIONS = LabOptions()
CREDENTIALS = new_credentials()
PYTHONS = sorted({interpreter.find_python(), Path(sys.executable)})


@dataclasses.dataclass
class _Addresses:
    api_http_port: int
    psql: Path
    database_socket_folder: Path = Path("/nowhere")
    database_user: str = "oss_reader"


class _Platform(ThreadingMixIn, SimpleXMLRPCServer):
    """Answers every call with what ``answers`` holds for it and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, logRequests=False)
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, Any]] = []
        self.authorizations: list[str] = []
        self.connections = 0
        self.refusing = False

    def _dispatch(self, method: str, params: Any) -> Any:
        (arguments,) = params
        self.calls.append((method, arguments))
        answer = self.answers[method]
        return answer.pop(0) if isinstance(answer, list) else answer


class _Handler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def setup(self) -> None:
        """Count connections."""
        super().setup()
        self.server.connections += 1

    def parse_request(self) -> bool:
        """Keep the Authorization header; refuse every request where the platform is told to."""
        parsed = super().parse_request()
        if parsed:
            self.server.authorizations.append(self.headers.get("Authorization", ""))
        if parsed and self.server.refusing:
            self.send_error(401)
            return False
        return parsed


@pytest.fixture
def platform() -> Iterator[_Platform]:
    """A platform for one test."""
    server = _Platform()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=PYTHONS, ids=lambda path: path.name)
def layout(
    request: pytest.FixtureRequest, tmp_path: Path, platform: _Platform, monkeypatch: pytest.MonkeyPatch
) -> LabLayout:
    """A management node with the Python that the lab finds (2.7 where there is one) and one with the lab's own."""
    monkeypatch.setattr(node, "find_python", lambda: request.param)
    layout = LabLayout(tmp_path / "a lab's folder")
    addresses: Any = _Addresses(platform.server_address[1], Path("/bin/true"))
    management_node.create(layout, OPTIONS, plan_installation(OPTIONS), addresses, CREDENTIALS)
    return layout


def _python(layout: LabLayout, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(layout.management_node / "usr/bin/python"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def _run(layout: LabLayout, code: str) -> Any:
    """What the code leaves in ``out``, as JSON."""
    done = _python(layout, "-c", f"from poaupdater import openapi\nimport json\n{code}\nprint(json.dumps(out))")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_files_of_the_host(layout: LabLayout) -> None:
    root = layout.management_node
    assert (root / "usr/local/pem/APS/packages").is_dir()
    assert os.access(root / "usr/bin/psql", os.X_OK)
    secret = root / "usr/local/pem/etc/openapi.json"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    others = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink() and path != secret]
    assert [path for path in others if CREDENTIALS.api_password in path.read_text(errors="replace")] == []


def test_names_are_resolved_by_the_hosts_own_file(layout: LabLayout) -> None:
    code = (
        "import socket\n"
        "out = [socket.gethostbyname('office365gateway01.hosting.local'),"
        " socket.getaddrinfo('OFFICE365GATEWAY02.hosting.local.', 443, 0, socket.SOCK_STREAM)[0][4][0],"
        " socket.gethostbyname('127.0.0.1')]"
    )
    assert _run(layout, code) == ["10.20.1.11", "10.20.2.12", "127.0.0.1"]
    unknown = _python(layout, "-c", "import socket; socket.gethostbyname('office365gateway99.hosting.local.invalid')")
    assert unknown.returncode == 1
    assert "gaierror" in unknown.stderr


def test_started_scripts_are_in_the_wire_log_without_secrets(layout: LabLayout, tmp_path: Path) -> None:
    script = tmp_path / "some script.py"
    script.write_text("import sys; sys.exit(3)\n", encoding="utf-8")
    words = ["--n", "1", "--oa-api-user-password", "geheim", "--token=geheim", "ü x"]
    assert _python(layout, str(script), *words).returncode == 3
    (line,) = wirelog.read(layout.wire_log)
    assert (line["channel"], line["call"], line["write"]) == ("management_node", "python some script.py", False)
    masked = wirelog.MASK
    assert line["arguments"] == ["--n", "1", "--oa-api-user-password", masked, f"--token={masked}", "ü x"]


def test_a_call_sends_one_struct_without_none_and_gives_the_result(layout: LabLayout, platform: _Platform) -> None:
    platform.answers = {
        "pem.APS.getApplications": {"status": 0, "result": [{"application_id": 5}]},
        "pem.activateST": {"status": 0},
        "pem.getMethodSignature": {"status": 0, "signature": "<method/>"},
    }
    out = _run(
        layout,
        "api = openapi.OpenAPI()\n"
        "out = [api.pem.APS.getApplications(aps_application_id=u'\\xe9', deep=[{'a': None, 'b': True}], none=None),"
        " api.pem.activateST(st_id=1), api.pem.getMethodSignature(method_name='x')]",
    )
    assert out == [[{"application_id": 5}], None, "<method/>"]
    method, arguments = platform.calls[0]
    assert (method, arguments) == ("pem.APS.getApplications", {"aps_application_id": "é", "deep": [{"b": True}]})
    assert arguments["deep"][0]["b"] is True
    expected = f"{CREDENTIALS.api_username}:{CREDENTIALS.api_password}".encode()
    assert base64.b64decode(platform.authorizations[0].removeprefix("Basic ")) == expected
    assert platform.connections == 1


def test_a_failure_becomes_an_error_with_its_parts(layout: LabLayout, platform: _Platform) -> None:
    platform.answers = {
        "pem.activateST": {
            "status": -1,
            "error_message": "no such template",
            "module_id": "Common",
            "extype_id": 2,
            "properties": {"reason": "x"},
        },
        "pem.deactivateST": {"status": -1, "error_message": "short"},
    }
    out = _run(
        layout,
        "out = []\n"
        "for name in ('activateST', 'deactivateST'):\n"
        "    try: getattr(openapi.OpenAPI().pem, name)(st_id=1)\n"
        "    except openapi.OpenAPIError as e: out.append([str(e), e.module_id, e.extype_id, e.properties])",
    )
    assert out == [["no such template (Common/2)", "Common", 2, {"reason": "x"}], ["short", None, None, {}]]


def test_transactions(layout: LabLayout, platform: _Platform) -> None:
    platform.answers = {
        "txn.Begin": {"status": 0, "result": {"txn_id": "7"}},
        "txn.Commit": {"status": 0},
        "txn.Rollback": {"status": 0},
        "pem.activateST": [{"status": 0}, {"status": 0}, {"status": -1, "error_message": "no"}],
    }
    out = _run(
        layout,
        "api = openapi.OpenAPI()\n"
        "out = [api.begin()]\n"
        "api.pem.activateST(st_id=1); api.commit(); api.pem.activateST(st_id=2)\n"
        "api.begin(); api.rollback(); api.begin()\n"
        "for what in (lambda: api.pem.activateST(st_id=3), api.commit):\n"
        "    try: what()\n"
        "    except openapi.OpenAPIError as e: out.append(str(e))",
    )
    assert out == ["7", "no", "no transaction is open"]
    assert platform.calls == [
        ("txn.Begin", {}),
        ("pem.activateST", {"st_id": 1, "txn_id": "7"}),
        ("txn.Commit", {"txn_id": "7"}),
        ("pem.activateST", {"st_id": 2}),
        ("txn.Begin", {}),
        ("txn.Rollback", {"txn_id": "7"}),
        ("txn.Begin", {}),
        ("pem.activateST", {"st_id": 3, "txn_id": "7"}),
    ]


def test_requests_get_another_id_while_theirs_is_in_use_and_are_waited_for(
    layout: LabLayout, platform: _Platform
) -> None:
    in_use = {"status": -1, "error_message": "in use", "module_id": "OpenAPI", "extype_id": 3001}
    platform.answers = {
        "txn.Begin": [in_use, in_use, {"status": 0, "result": {"txn_id": "7"}}],
        "txn.Commit": {"status": 0},
        "pem.getRequestStatus": [
            {"status": 0, "result": {"request_status": 1, "status_messages": []}},
            {"status": 0, "result": {"request_status": 2, "status_messages": ["a", "b"]}},
        ],
    }
    out = _run(
        layout,
        "api = openapi.OpenAPI()\n"
        "out = [api.beginRequest('x' * 300, prefix_gen=lambda: 1.5)]\n"
        "api.commit()\n"
        "try: api.waitRequestComplete(out[0])\n"
        "except openapi.OpenAPIError as e: out.append(str(e))",
    )
    assert out[0].startswith("2_1.500000_xxx")
    assert len(out[0]) == 256
    assert out[1] == "a; b"


def test_wrong_login_is_an_error_that_names_the_status(layout: LabLayout, platform: _Platform) -> None:
    platform.refusing = True
    code = "try: openapi.OpenAPI().pem.x()\nexcept openapi.OpenAPIError as error: out = str(error)"
    assert _run(layout, code) == "HTTP status 401: Unauthorized"


def test_a_shim_that_refuses_to_work_is_no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python2.7"
    shim.write_text("#!/bin/sh\necho 'no such version' >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert interpreter.find_python() == Path(sys.executable)
