"""Whole runs that say all they can (-vvvv, --diff, a log file), and not one secret in anything they leave or show.

Every secret is a marker of letters and digits, followed by characters that JSON, XML, a shell and a URL escape: so the
marker alone shows a value that was escaped on its way, and one that was masked in another form than it was printed in.
"""

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
from integration_lab import CSP, IntegrationLab, LabStarter, Run
from office365_lab.platform import tokens
from secret_search import ProcessWatch, found_in, leaks
from test_procedures import QUICK

from tools.check_upgrade import Goal, problems

PLAN = "odin.office365.plan"
CONFIRMATION = {"office365_confirm": "16.6.4 to 16.8.4"}
SUFFIX = "\"&<'>\\ %$+#@=;|"
VAULT_PASSWORD = "Vault-5Lk2qXw8RtB0vYnZ"
CERTIFICATE = "Certificate-9mWq3ZpK7sJxH1"
WRONG_PASSWORD = "Wrong-4TgB6yHnJ8uMkL2"
CSP_AGENT_SECRET = "lab-partner-secret"  # in the configuration of csp-agent-war


@dataclasses.dataclass(frozen=True)
class Site:
    """A lab whose passwords stand in an encrypted file, with a folder for all that the runs leave on the controller."""

    lab: IntegrationLab
    folder: Path
    secrets: tuple[str, ...]

    @property
    def product_files(self) -> list[Path]:
        """Where a secret must be, because that is how the product gets it; nothing else is left out of the search."""
        root = self.lab.layout.root
        return [
            self.lab.layout.lab_json,  # the lab's description of itself, from which a test logs in
            root / "management-node/usr/local/pem/etc/openapi.json",  # the platform's own login for its scripts
        ]

    def run(self, *arguments: str, **variables: Any) -> tuple[Run, dict[str, list[str]]]:
        """A run with everything said, and what was found in processes while it ran."""
        mark = uuid.uuid4().hex
        self.lab.environment["ODIN_OFFICE365_TEST_RUN"] = mark
        with ProcessWatch(mark) as watch:
            run = self.lab.run(
                "-vvvv", "--diff", "--vault-password-file", str(self.folder / "vault-password"), *arguments, **variables
            )
        assert len(watch.seen) > 10, "the processes of the run were not seen"
        return run, watch.found(self.secrets)

    def left_behind(self, *allowed: Path) -> dict[str, list[str]]:
        """Files of the run and of the lab with a secret in them, but for those that must hold one."""
        places = [*self.product_files, self.folder / "vault-password", self.folder / "wrong.yml", *allowed]
        return {
            **leaks(self.folder, self.secrets, allowed=places),
            **leaks(self.lab.layout.root, self.secrets, allowed=places),
        }


def make_site(start_lab: LabStarter, folder: Path, **options: Any) -> Site:
    """Start a lab, encrypt its passwords and give every temporary thing a place in ``folder``."""
    lab = start_lab(password_suffix=SUFFIX, **QUICK, **options)
    passwords = lab.secrets()
    assert len(passwords) == 5
    assert all(password.endswith(SUFFIX) for password in passwords)
    markers = [password.removesuffix(SUFFIX) for password in passwords]
    for name in ("home", "local", "remote", "tmp", "async"):
        (folder / name).mkdir(parents=True)
    (folder / "vault-password").write_text(VAULT_PASSWORD, encoding="utf-8")
    encrypted = lab.layout.inventory / "group_vars" / "all" / "secrets.yml"
    tool = Path(sys.executable).with_name("ansible-vault")
    command = [str(tool), "encrypt", "--vault-password-file", str(folder / "vault-password"), str(encrypted)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    lab.environment.update(
        HOME=str(folder / "home"),
        TMPDIR=str(folder / "tmp"),
        ANSIBLE_LOCAL_TEMP=str(folder / "local"),
        ANSIBLE_REMOTE_TEMP=str(folder / "remote"),
        ANSIBLE_ASYNC_DIR=str(folder / "async"),
        ANSIBLE_LOG_PATH=str(folder / "ansible.log"),
        # as by default: without it modules and their arguments are files for a moment
        ANSIBLE_PIPELINING="0",
    )
    return Site(lab, folder, (*markers, tokens.PREFIX, VAULT_PASSWORD, CERTIFICATE, WRONG_PASSWORD))


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


def owner_only(folder: Path, pattern: str) -> list[Path]:
    """Files below the folder that match, all of them closed to everybody but their owner."""
    found = [path for path in folder.rglob(pattern) if path.is_file()]
    assert found, f"there is nothing like {pattern} in {folder}"
    assert [str(path) for path in found if path.stat().st_mode & 0o077] == []
    return found


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


def test_an_upgrade_tells_and_leaves_no_secret(fresh: Site, tmp_path: Path) -> None:
    certificate = tmp_path / "client.pfx"
    certificate.write_text(CERTIFICATE, encoding="utf-8")
    before = fresh.lab.state()
    run, processes = fresh.run(endpoint_ms_cert_file=str(certificate), **CONFIRMATION)
    assert run.exit_code == 0, run.output[-5000:]
    assert problems(before, fresh.lab.state(), Goal(procedure="A")) == []
    assert "ESTABLISH" in run.output, "the run did not say all that it can"

    assert found_in(run.output.encode(), fresh.secrets) == []
    assert processes == {}
    assert fresh.left_behind() == {}
    for name in ("local", "remote", "tmp"):
        assert [str(path) for path in (fresh.folder / name).rglob("*") if path.is_file()] == []

    root = fresh.lab.layout.root
    owner_only(root / "reports", "*")
    owner_only(root / "management-node/var/lib/odin-office365", "*")
    logs = owner_only(root / "management-node/root/office365", "*.py.log")
    assert len(logs) == 3


def test_a_run_that_loses_the_api_tells_no_secret(fresh: Site) -> None:
    fresh.lab.faults.add("^public_api:.*:pem.APS.upgradeApplicationInstance$", "reset", times=100)
    run, processes = fresh.run(**CONFIRMATION)
    assert run.exit_code == 2, run.output[-3000:]
    assert [fault["fired"] > 0 for fault in fresh.lab.faults.all()] == [True]
    assert found_in(run.output.encode(), fresh.secrets) == []
    assert processes == {}
    assert fresh.left_behind() == {}


@pytest.mark.parametrize(
    "variable",
    [
        "oa_api_password",
        "public_api_access_password",
        "billing_api_password",
        "lab_windows_password",
        "lab_sql_password",
        "lab_sql_connection",
    ],
)
def test_a_wrong_password_is_not_told_either(fresh: Site, variable: str) -> None:
    wrong = fresh.folder / "wrong.yml"
    wrong.write_text(yaml.safe_dump({variable: WRONG_PASSWORD + SUFFIX}), encoding="utf-8")
    run, processes = fresh.run("-e", f"@{wrong}", **CONFIRMATION)
    assert run.exit_code == 2, run.output[-3000:]
    assert found_in(run.output.encode(), fresh.secrets) == []
    assert processes == {}
    assert fresh.left_behind() == {}


def test_an_upgrade_of_csp_tells_and_leaves_no_secret(
    start_lab: LabStarter, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = make_site(start_lab, tmp_path_factory.mktemp("secrets"), scenario="csp", hosts=1, gateways=1)
    run, processes = site.run(playbook=CSP, **CONFIRMATION)
    assert run.exit_code == 0, run.output[-5000:]
    assert found_in(run.output.encode(), [*site.secrets, CSP_AGENT_SECRET]) == []
    assert processes == {}
    assert site.left_behind() == {}


def test_the_plan_tells_which_connections_can_be_read_or_redirected(fresh: Site) -> None:
    """The lab is on the loopback address, so all of it is for information only."""
    run, _processes = fresh.run(playbook=PLAN, oa_api_validate_certs=False, billing_api_validate_certs=False)
    assert run.exit_code == 0, run.output[-3000:]
    for text in (
        "INFO password_in_clear: Public API: ",
        "INFO password_in_clear: Public API, called from the endpoint hosts: ",
        "INFO password_in_clear: WinRM: password and contents are not encrypted on their way: iis01 (127.0.0.1)",
        "INFO tls_not_verified: APS controller: the certificate is not verified: https://127.0.0.1:",
        "INFO tls_not_verified: Billing API: the certificate is not verified: https://127.0.0.1:",
    ):
        assert text in run.text
