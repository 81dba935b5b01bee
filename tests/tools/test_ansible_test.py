"""The stand-in for ansible-test's bootstrap script really puts pip into a virtual environment."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools.ansible_test import provide_bootstrap


def test_stand_in_is_written_where_the_download_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cache" / "get_pip.py"
    provide_bootstrap(path, "http://127.0.0.1:1/get-pip.py")
    assert "cannot be reached" in capsys.readouterr().out
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    subprocess.run([python, path, "--disable-pip-version-check", "--no-setuptools"], check=True, capture_output=True)
    assert subprocess.run([python, "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0


def test_script_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "get_pip.py"
    path.write_text("the original", encoding="ascii")
    provide_bootstrap(path, "http://127.0.0.1:1/get-pip.py")
    assert path.read_text(encoding="ascii") == "the original"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"downloaded")


def test_original_is_preferred(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        path = tmp_path / "get_pip.py"
        provide_bootstrap(path, f"http://127.0.0.1:{server.server_port}/get-pip.py")
        thread.join()
    assert path.read_bytes() == b"downloaded"
