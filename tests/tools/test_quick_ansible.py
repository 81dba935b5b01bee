"""The tests' own way to start Ansible: code from zip files is compiled once, and is the same code."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tools.quick_ansible import ansible_environment, write_configuration

SOURCE = "def answer():\n    raise ValueError('six times seven')\n\nVALUE = 42\n"


def run(collections: Path, archive: Path, code: str) -> str:
    environment = {**ansible_environment(collections), "ARCHIVE": str(archive)}
    command = [sys.executable, "-c", f"import os, sys; sys.path.insert(0, os.environ['ARCHIVE']); {code}"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def archive_of(path: Path, source: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("module_in_zip.py", source)
    return path


def test_code_is_kept_and_used_again(tmp_path: Path) -> None:
    write_configuration(tmp_path, pipelining=False)
    code = "import module_in_zip; print(module_in_zip.VALUE, module_in_zip.answer.__code__.co_filename)"
    first, second = archive_of(tmp_path / "one.zip", SOURCE), archive_of(tmp_path / "two.zip", SOURCE)
    assert run(tmp_path, first, code) == f"42 {first}/module_in_zip.py"
    assert len(list((tmp_path / "zip-code").iterdir())) == 1
    # the path of the first archive shows that nothing was compiled for the second one
    assert run(tmp_path, second, code) == f"42 {first}/module_in_zip.py"


def test_another_source_is_another_code(tmp_path: Path) -> None:
    write_configuration(tmp_path, pipelining=False)
    code = "import module_in_zip; print(module_in_zip.VALUE)"
    assert run(tmp_path, archive_of(tmp_path / "one.zip", SOURCE), code) == "42"
    assert run(tmp_path, archive_of(tmp_path / "two.zip", SOURCE.replace("42", "43")), code) == "43"


def test_what_was_written_by_halves_is_compiled_again(tmp_path: Path) -> None:
    write_configuration(tmp_path, pipelining=False)
    archive = archive_of(tmp_path / "one.zip", SOURCE)
    code = "import module_in_zip; print(module_in_zip.VALUE)"
    run(tmp_path, archive, code)
    (kept,) = (tmp_path / "zip-code").iterdir()
    for damage in (b"", kept.read_bytes()[:20]):
        kept.write_bytes(damage)
        assert run(tmp_path, archive, code) == "42"
        assert len(kept.read_bytes()) > 20


def test_pipelining_is_for_those_who_ask_for_it(tmp_path: Path) -> None:
    for pipelining in (True, False):
        folder = tmp_path / str(pipelining)
        folder.mkdir()
        write_configuration(folder, pipelining=pipelining)
        assert ("pipelining = true" in (folder / "ansible.cfg").read_text(encoding="utf-8")) is pipelining
