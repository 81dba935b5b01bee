"""How the command line asks a running lab: a private Unix socket, one JSON answer for one word."""

from __future__ import annotations

import json
import shutil
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_ASK_SECONDS = 120.0


class ControlServer:
    """Answers words with the result of their functions; its folder is short, because socket paths must be."""

    def __init__(self, answers: Mapping[str, Callable[[], Any]]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="o365lab-control-"))
        self.path = self._folder / "control"

        class Handler(socketserver.StreamRequestHandler):
            """One question, one answer."""

            def handle(self) -> None:
                """Answer ``{"result": ...}`` or ``{"error": text}``."""
                word = self.rfile.readline().decode("utf-8").strip()
                try:
                    answer = {"result": answers[word]()}
                except Exception as error:
                    answer = {"error": f"{type(error).__name__}: {error}"}
                self.wfile.write(json.dumps(answer).encode("utf-8"))

        self._server = socketserver.ThreadingUnixStreamServer(str(self.path), Handler)
        self._server.daemon_threads = True
        self.path.chmod(0o600)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def start(self) -> None:
        """Answer in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        shutil.rmtree(self._folder)


def ask(path: Path, word: str) -> Any:
    """The answer of a running lab; ``OSError`` where it does not listen, ``RuntimeError`` where it failed."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ASK_SECONDS)
        connection.connect(str(path))
        connection.sendall(f"{word}\n".encode())
        with connection.makefile("rb") as stream:
            answer = json.loads(stream.read())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["result"]
