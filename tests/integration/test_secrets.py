"""Whole runs that say all they can (-vvvv, --diff, a log file), and not one secret in anything they leave or show."""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import shlex
import subprocess
import sys
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
import yaml
from integration_lab import LabStarter, Run
from secret_search import ProcessWatch, leaks
from secret_site import CERTIFICATE, SUFFIX, VAULT_PASSWORD, WRONG_PASSWORD, Site, make_site, owner_only

from tools.check_upgrade import Goal, problems

CONFIRMATION = {"office365_confirm": "16.6.4 to 16.8.4"}


@pytest.fixture(scope="module")
def site(start_lab: LabStarter, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The syndication scenario."""
    return make_site(start_lab, tmp_path_factory.mktemp("secrets"), hosts=1, gateways=2)


@pytest.fixture
def fresh(site: Site) -> Iterator[Site]:
    """The same in its start state."""
    yield site
    site.lab.faults.clear()
    site.lab.reset()


# -- the search itself -----------------------------------------------------------------------------------------------


def in_base64(bytes_before: int, encoding: str, text: str) -> bytes:
    """The text in the middle of something that is written in Base64."""
    return base64.b64encode(b"x" * bytes_before + text.encode(encoding) + b"after")


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "JSON": lambda text: json.dumps({"password": text}).encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps([text])).encode(),
    "XML": lambda text: f"<value>{escape(text)}</value>".encode(),
    "URL": lambda text: urllib.parse.quote(f"https://user:{text}@host/").encode(),
    "shell": lambda text: shlex.quote(text).encode(),
    "repr": lambda text: repr(text).encode(),
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "Basic": lambda text: b"Authorization: Basic " + base64.b64encode(f"Administrator:{text}".encode()),
    "lines of Base64": lambda text: base64.encodebytes(b"x" * 50 + text.encode()),
    **{f"Base64 at {n}": functools.partial(in_base64, n, "utf-8") for n in range(3)},
    **{f"UTF-16 in Base64 at {n}": functools.partial(in_base64, n, "utf-16-le") for n in range(3)},
}


@pytest.mark.parametrize("form", WRITTEN)
def test_the_search_finds_a_secret_in_every_form(tmp_path: Path, form: str) -> None:
    (tmp_path / "below").mkdir()
    written = tmp_path / "below" / "file.bin"
    written.write_bytes(b"before\n" + WRITTEN[form](CERTIFICATE + SUFFIX) + b"\nafter")
    assert leaks(tmp_path, [VAULT_PASSWORD, CERTIFICATE]) == {str(written): [CERTIFICATE]}
    assert leaks(tmp_path, [CERTIFICATE], allowed=[tmp_path / "below"]) == {}


@pytest.mark.parametrize("place", ["argument", "environment"])
def test_the_watch_sees_a_secret_of_a_process_that_left_its_parent(place: str) -> None:
    mark = uuid.uuid4().hex
    argument = CERTIFICATE if place == "argument" else "harmless"
    variable = CERTIFICATE if place == "environment" else "harmless"
    child = f"[sys.executable, '-c', 'import time; time.sleep(0.5)', '{argument}']"
    inner = f"import subprocess, sys; subprocess.Popen({child})"
    with ProcessWatch(mark) as watch:
        # the argument of the outer process is not what is looked for: it goes through standard input
        subprocess.run([sys.executable, "-"], input=inner.encode(), env={"MARK": mark, "THEIRS": variable}, check=True)
        subprocess.run(["sleep", "0.4"], check=True)
    assert set(map(tuple, watch.found([CERTIFICATE, VAULT_PASSWORD]).values())) == {(CERTIFICATE,)}


# -- whole runs ------------------------------------------------------------------------------------------------------


def test_an_upgrade_that_loses_the_api_and_goes_on_tells_and_leaves_no_secret(fresh: Site, tmp_path: Path) -> None:
    """Two runs that do every step between them: the first one fails late, the same command does the rest."""
    certificate = tmp_path / "client.pfx"
    certificate.write_text(CERTIFICATE, encoding="utf-8")
    variables = {"endpoint_ms_cert_file": str(certificate), **CONFIRMATION}
    before = fresh.lab.state()

    fresh.lab.faults.add("^public_api:.*:pem.APS.upgradeApplicationInstance$", "reset", times=100)
    run, processes = fresh.run(**variables)
    assert run.exit_code == 2, run.output[-3000:]
    assert [fault["fired"] > 0 for fault in fresh.lab.faults.all()] == [True]
    assert fresh.told(run) == []
    assert processes == {}
    assert fresh.left_behind() == {}

    fresh.lab.faults.clear()
    run, processes = fresh.run(**variables)
    assert run.exit_code == 0, run.output[-5000:]
    assert problems(before, fresh.lab.state(), Goal(procedure="A")) == []
    assert "ESTABLISH" in run.output, "the run did not say all that it can"
    assert fresh.told(run) == []
    assert processes == {}
    assert fresh.left_behind() == {}
    for name in ("local", "remote", "tmp"):
        assert [str(path) for path in (fresh.folder / name).rglob("*") if path.is_file()] == []

    root = fresh.lab.layout.root
    owner_only(root / "reports", "*")
    owner_only(root / "management-node/var/lib/odin-office365", "*")
    logs = owner_only(root / "management-node/root/office365", "*.py.log")
    assert len(logs) == 3


@dataclasses.dataclass(frozen=True)
class Wrong:
    """A run with wrong passwords: what it told and left, and which secrets were found there."""

    run: Run
    secrets: list[str]
    processes: dict[str, list[str]]
    left: dict[str, list[str]]


def run_with_wrong(site: Site, *names: str, **variables: Any) -> Wrong:
    """Run with wrong values of the variables of these names, and bring the lab back to its start."""
    wrong = site.folder / "wrong.yml"
    wrong.write_text(yaml.safe_dump(dict.fromkeys(names, WRONG_PASSWORD + SUFFIX)), encoding="utf-8")
    run, processes = site.run("-e", f"@{wrong}", **variables, **CONFIRMATION)
    found = Wrong(run, site.told(run), processes, site.left_behind())
    site.lab.reset()
    return found


# Wrong ones together where each has a finding of its own -> what shows that each of them was tried and refused.
WRONG: dict[tuple[str, ...], tuple[str, ...]] = {
    ("oa_api_password",): ("The login was not accepted: check api_username and api_password",),
    ("public_api_access_password",): ("BLOCKER public_api_refused: iis01: it cannot call the Public API",),
    ("billing_api_password", "lab_windows_password"): (
        "BLOCKER billing_api_failed: ",
        "BLOCKER endpoint_host_unreachable: iis01",
    ),
    ("lab_sql_password",): ("BLOCKER sql_login_failed: ",),
    ("lab_sql_connection",): ("BLOCKER sql_login_failed: ",),
}


@pytest.fixture(scope="module", params=WRONG, ids=" ".join)
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The variables with wrong values."""
    found: tuple[str, ...] = request.param
    return found


def test_a_wrong_password_is_not_told_either(site: Site, wrong_at_the_endpoint: Wrong, names: tuple[str, ...]) -> None:
    at_the_endpoint = names == ("public_api_access_password",)
    wrong = wrong_at_the_endpoint if at_the_endpoint else run_with_wrong(site, *names)
    assert wrong.run.exit_code == 2, wrong.run.output[-3000:]
    for text in WRONG[names]:
        assert text in wrong.run.text, wrong.run.output[-3000:]
    assert wrong.secrets == []
    assert wrong.processes == {}
    assert wrong.left == {}


@pytest.fixture(scope="module")
def wrong_at_the_endpoint(site: Site) -> Wrong:
    """All but this password is right, so the run shows what the plan says of connections that are not verified."""
    return run_with_wrong(
        site, "public_api_access_password", oa_api_validate_certs=False, billing_api_validate_certs=False
    )


def test_the_plan_tells_which_connections_can_be_read_or_redirected(wrong_at_the_endpoint: Wrong) -> None:
    """The lab is on the loopback address, so all of it is for information only."""
    for text in (
        "INFO password_in_clear: Public API: ",
        "INFO password_in_clear: Public API, called from the endpoint hosts: ",
        "INFO password_in_clear: WinRM: password and contents are not encrypted on their way: iis01 (127.0.0.1)",
        "INFO tls_not_verified: APS controller: the certificate is not verified: https://127.0.0.1:",
        "INFO tls_not_verified: Billing API: the certificate is not verified: https://127.0.0.1:",
    ):
        assert text in wrong_at_the_endpoint.run.text
