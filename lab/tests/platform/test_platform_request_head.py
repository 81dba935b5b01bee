"""The head of a request, spoken byte by byte: what is plain, what is unusual and what is wrong."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from platform_lab import PlatformLab

BODY = (
    b"<?xml version='1.0'?><methodCall><methodName>pem.getServiceTemplateList</methodName>"
    b"<params><param><value><struct></struct></value></param></params></methodCall>"
)


class Speaker:
    """A connection to the Public API."""

    def __init__(self, connection: socket.socket, login: str) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._login = f"Authorization: Basic {base64.b64encode(login.encode()).decode()}"

    def say(self, line: str, *head: str, body: bytes = BODY, end: str = "\r\n") -> None:
        lines = [line, "Host: lab", self._login, f"Content-Length: {len(body)}", *head, ""]
        self._connection.sendall("".join(text + end for text in lines).encode("latin-1") + body)

    def status(self) -> int:
        """The status of the next answer; its body is read as well."""
        status = int(self._stream.readline().split()[1])
        length = 0
        while (line := self._stream.readline()).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        self._stream.read(length)
        return status

    def refused(self) -> bool:
        """An answer that is not the one to a call, in whatever form the version of HTTP asked for wants it."""
        return b" 200 " not in self._stream.readline()

    def closed(self) -> bool:
        self._connection.settimeout(5)
        return self._stream.read(1) == b""


@pytest.fixture
def speaker(lab: PlatformLab) -> Iterator[Speaker]:
    place = urlsplit(lab.url)
    login = lab.credentials
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
        yield Speaker(connection, f"{login.api_username}:{login.api_password}")


def test_a_connection_is_kept_for_further_requests(speaker: Speaker) -> None:
    for _ in range(3):
        speaker.say("POST /RPC2 HTTP/1.1")
        assert speaker.status() == 200


def test_names_of_headers_have_no_case_and_values_are_trimmed(speaker: Speaker) -> None:
    speaker.say("POST /RPC2 HTTP/1.1", "CONNECTION:   Close  ")
    assert speaker.status() == 200
    assert speaker.closed()


def test_lines_may_end_without_a_carriage_return(speaker: Speaker) -> None:
    speaker.say("POST /RPC2 HTTP/1.1", end="\n")
    assert speaker.status() == 200


def test_a_client_that_asks_first_is_told_to_go_on(speaker: Speaker) -> None:
    speaker.say("POST /RPC2 HTTP/1.1", "Expect: 100-continue")
    assert speaker.status() == 100
    assert speaker.status() == 200


def test_an_old_client_gets_one_answer(speaker: Speaker) -> None:
    speaker.say("POST /RPC2 HTTP/1.0")
    assert speaker.status() == 200
    assert speaker.closed()


@pytest.mark.parametrize("line", ["no colon", " Indented: continuation of the line before", "Name : with a space"])
def test_a_head_that_is_wrong_is_refused(speaker: Speaker, line: str) -> None:
    speaker.say("POST /RPC2 HTTP/1.1", line)
    assert speaker.status() == 400


def test_a_head_without_end_is_refused(speaker: Speaker) -> None:
    speaker.say("POST /RPC2 HTTP/1.1", "Endless: " + "x" * 70000)
    assert speaker.status() == 400


@pytest.mark.parametrize("line", ["POST /RPC2", "POST /RPC2 HTTP/3.0", "POST /RPC2 SPDY/1"])
def test_another_protocol_is_refused(speaker: Speaker, line: str) -> None:
    speaker.say(line, body=b"")
    assert speaker.refused()
