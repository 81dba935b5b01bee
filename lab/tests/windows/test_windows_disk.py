"""Paths and the emulated drive."""

from __future__ import annotations

import pytest
from office365_lab.windows import paths
from office365_lab.windows.disk import Disk
from office365_lab.windows.errors import WindowsError
from windows_lab import Running

# Nobody connects to the hosts here.
pytestmark = pytest.mark.lab_options(listen=False)

ENVIRONMENT = {"USERPROFILE": "C:\\Users\\a", "TEMP": "C:\\T"}


@pytest.fixture
def disk(running: Running) -> Disk:
    return running.host.disk


@pytest.mark.parametrize(
    ("path", "absolute"),
    [
        ("c:/A/b/../C.txt", "C:\\A\\C.txt"),
        ("C:\\T/x\\.", "C:\\T\\x"),
        ("%TEMP%\\x", "C:\\Users\\a\\%TEMP%\\x"),
        ("\\x", "C:\\x"),
        ("x", "C:\\Users\\a\\x"),
        ("\\\\?\\C:\\x", "C:\\x"),
        ("C:\\", "C:\\"),
    ],
)
def test_absolute_paths(path: str, absolute: str) -> None:
    assert paths.absolute(path, ENVIRONMENT) == absolute


@pytest.mark.parametrize("path", ["D:\\x", "\\\\server\\x", "C:\\a*b", "C:\\a|b", "C:\\a:b", "C:\\" + "x" * 300])
def test_paths_that_windows_refuses(path: str) -> None:
    with pytest.raises(WindowsError):
        paths.absolute(path, ENVIRONMENT)


def test_variables_are_expanded_where_they_are_known() -> None:
    assert paths.expand("%temp%\\%NOBODY%\\50%", ENVIRONMENT) == "C:\\T\\%NOBODY%\\50%"


def test_joining_and_containment() -> None:
    assert paths.join("C:", "x") == "C:\\x"
    assert paths.join("C:\\a\\", "\\b") == "C:\\a\\b"
    assert paths.is_below("C:\\A\\b", "c:\\a")
    assert not paths.is_below("C:\\Ab", "C:\\A")


def test_names_match_whatever_their_case(disk: Disk) -> None:
    assert disk.make_folder("C:\\Data\\Über") is True
    assert disk.make_folder("c:/DATA/über") is False
    disk.write("C:\\data\\Über\\File.TXT", b"1")
    assert disk.read("C:\\DATA\\ÜBER\\file.txt") == b"1"
    assert disk.true_path("c:\\data\\über\\FILE.txt") == "C:\\Data\\Über\\File.TXT"
    assert list(disk.files("C:\\data")) == ["C:\\Data\\Über\\File.TXT"]


def test_nothing_leaves_the_drive(disk: Disk, running: Running) -> None:
    disk.write("C:\\..\\..\\..\\escape.txt", b"x")
    assert (running.layout.endpoint_hosts / "iis01" / "C" / "escape.txt").read_bytes() == b"x"


def test_marks_follow_the_file(disk: Disk) -> None:
    disk.write("C:\\a.zip", b"1", blocked=True)
    assert disk.is_blocked("c:\\A.ZIP")
    assert disk.unblock("C:\\a.zip") is True
    assert disk.unblock("C:\\a.zip") is False
    disk.write("C:\\a.zip", b"1", blocked=True)
    disk.write("C:\\a.zip", b"2")
    assert not disk.is_blocked("C:\\a.zip")
    disk.write("C:\\a.zip", b"1", blocked=True)
    disk.remove("C:\\a.zip")
    disk.write("C:\\a.zip", b"1")
    assert not disk.is_blocked("C:\\a.zip")


def test_protected_paths(disk: Disk, running: Running) -> None:
    disk.make_folder("C:\\ro\\sub")
    disk.write("C:\\ro\\sub\\x", b"1")
    disk.write("C:\\open.txt", b"1")
    running.host.state.change(lambda state: state.update(readonly=["C:\\RO"], locked=["c:\\OPEN.txt"]))
    with pytest.raises(WindowsError, match="denied"):
        disk.write("C:\\ro\\sub\\x", b"2")
    with pytest.raises(WindowsError, match="denied"):
        disk.remove("C:\\ro")
    with pytest.raises(WindowsError, match="denied"):
        disk.make_folder("C:\\ro\\new")
    with pytest.raises(WindowsError, match="Another process"):
        disk.write("C:\\open.txt", b"2")
    assert (disk.read("C:\\ro\\sub\\x"), disk.read("C:\\open.txt")) == (b"1", b"1")


def test_a_full_disk(disk: Disk, running: Running) -> None:
    running.host.state.change(lambda state: state.update(free_bytes=10))
    disk.write("C:\\a", b"12345678")
    assert disk.free_bytes() == 2
    with pytest.raises(WindowsError, match="space"):
        disk.write("C:\\b", b"123")
    disk.write("C:\\a", b"1234567890")
    disk.remove("C:\\a")
    assert disk.free_bytes() == 10


def test_what_is_missing_or_in_the_way(disk: Disk) -> None:
    disk.write("C:\\file", b"1")
    for attempt in (
        lambda: disk.read("C:\\missing"),
        lambda: disk.write("C:\\missing\\x", b""),
        lambda: disk.write("C:\\Windows", b""),
        lambda: disk.remove("C:\\missing"),
        lambda: disk.make_folder("C:\\file\\x"),
    ):
        with pytest.raises(WindowsError):
            attempt()


def test_the_state_may_be_edited_from_outside(running: Running) -> None:
    path = running.layout.endpoint_hosts / "iis01" / "state.json"
    edited = path.read_text(encoding="utf-8").replace('"readonly": []', '"readonly": ["C:\\\\x"]')
    path.write_text(edited, encoding="utf-8")
    assert running.host.state.get("readonly") == ["C:\\x"]
