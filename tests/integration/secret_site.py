"""A lab whose passwords are marked, and runs on it that are watched for every one of them."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from integration_lab import IntegrationLab, LabStarter, Run
from office365_lab.platform import tokens
from secret_search import ProcessWatch, found_in, leaks
from test_procedures import QUICK

# Every secret is a marker of letters and digits, followed by characters that JSON, XML, a shell and a URL escape: so
# the marker alone shows a value that was escaped on its way, and one that was masked in another form than it was
# printed in.
SUFFIX = "\"&<'>\\ %$+#@=;|"
VAULT_PASSWORD = "Vault-5Lk2qXw8RtB0vYnZ"
CERTIFICATE = "Certificate-9mWq3ZpK7sJxH1"
WRONG_PASSWORD = "Wrong-4TgB6yHnJ8uMkL2"


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
        # A run that is refused at its first call has few: ansible-playbook, its workers, one module.
        assert len(watch.seen) > 2, "the processes of the run were not seen"
        return run, watch.found(self.secrets)

    def told(self, run: Run, *more: str) -> list[str]:
        """The secrets in the output of a run; ``more`` are looked for as well."""
        return found_in(run.output.encode(), [*self.secrets, *more])

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


def owner_only(folder: Path, pattern: str) -> list[Path]:
    """Files below the folder that match, all of them closed to everybody but their owner."""
    found = [path for path in folder.rglob(pattern) if path.is_file()]
    assert found, f"there is nothing like {pattern} in {folder}"
    assert [str(path) for path in found if path.stat().st_mode & 0o077] == []
    return found
