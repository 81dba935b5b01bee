"""Look for secrets in every form that a program gives them on its way: as they are, escaped, Base64, UTF-16."""

from __future__ import annotations

import base64
import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

_ENCODINGS = ("utf-8", "utf-16-le")
_PAUSE_SECONDS = 0.003
_FORGET_AFTER = 300  # looks: by then a process id may belong to another process


def forms(secret: str) -> set[bytes]:
    """Byte strings of which one is in any text that holds the secret, encoded or not.

    ``secret`` is of letters, digits, ``-`` and ``_`` only: JSON, XML, a shell and a URL write those as they are, so one
    form stands for all of these. In Base64 a text looks different at each of three places.
    """
    assert secret.replace("-", "").replace("_", "").isalnum(), "such a secret has other forms than those searched for"
    found = set()
    for encoding in _ENCODINGS:
        data = secret.encode(encoding)
        found.add(data)
        for before in range(3):
            # only the characters that depend on nothing but the secret's own bytes
            text = base64.b64encode(b"\0" * before + data)
            first = (before * 8 + 5) // 6
            last = (before + len(data)) * 8 // 6
            found |= {text[first:last], text[first:last].replace(b"+", b"-").replace(b"/", b"_")}
    return found


def found_in(data: bytes, secrets: Iterable[str]) -> list[str]:
    """Those of the secrets that are in ``data`` in any form."""
    # Base64 in lines, as in a header or a certificate
    joined = data.replace(b"\r", b"").replace(b"\n", b"")
    return sorted({secret for secret in secrets if any(form in data or form in joined for form in forms(secret))})


def leaks(folder: Path, secrets: Iterable[str], *, allowed: Iterable[Path] = ()) -> dict[str, list[str]]:
    """Path of a file below ``folder`` -> secrets in it or in its name; ``allowed`` are files and folders left out."""
    wanted, left_out = list(secrets), list(allowed)
    found = {}
    for path in folder.rglob("*"):
        if any(path.is_relative_to(place) for place in left_out):
            continue
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        hits = found_in(os.fsencode(path.name) + b"\n" + data, wanted)
        if hits:
            found[str(path)] = hits
    return found


class ProcessWatch:
    """Reads command line and environment of every process that carries ``mark`` in its environment, all the time.

    The environment is inherited, so processes that left their parent (``async``) are watched as well.
    """

    def __init__(self, mark: str) -> None:
        self.seen: set[bytes] = set()
        self._mark = mark.encode()
        self._foreign: set[str] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProcessWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def found(self, secrets: Iterable[str]) -> dict[str, list[str]]:
        """Beginning of a command line or environment -> secrets in it."""
        wanted = list(secrets)
        rows = {data[:200].decode(errors="replace"): found_in(data, wanted) for data in self.seen}
        return {text: hits for text, hits in rows.items() if hits}

    def _watch(self) -> None:
        looks = 0
        while not self._end.is_set():
            for number in self._processes():
                self._look(number)
            looks += 1
            if looks % _FORGET_AFTER == 0:
                self._foreign.clear()
            self._end.wait(_PAUSE_SECONDS)

    def _processes(self) -> Iterator[str]:
        # plain names: this is done hundreds of times a second, beside the run that is watched
        own = str(os.getpid())
        for name in os.listdir("/proc"):  # noqa: PTH208 - as above
            if name.isdigit() and name != own and name not in self._foreign:
                yield name

    def _look(self, number: str) -> None:
        # a process may end between two reads
        with contextlib.suppress(OSError):
            environment = Path("/proc", number, "environ").read_bytes()
            if self._mark in environment:
                self.seen |= {environment, Path("/proc", number, "cmdline").read_bytes()}
            elif environment:
                self._foreign.add(number)
