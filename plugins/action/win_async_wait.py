# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for a background job of a Windows host; changes nothing, and leaves the job's result where it is."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

_STATUS = "ansible.windows.async_status"


class ActionModule(ActionBase):  # type: ignore[misc]
    """``odin.office365.win_async_wait``

    ``poll`` of a task waits as well, but it removes the job's result before the next task can note it, and after a
    restart of the host it waits for a job that is gone.
    """

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The job's result with ``finished`` and ``connection_lost``. Raises ``AnsibleConnectionFailure``."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            argument_spec={
                "jid": {"type": "str", "required": True},
                "timeout": {"type": "float", "default": 3600},
                "poll_interval": {"type": "float", "default": 5},
                "reconnect_timeout": {"type": "float", "default": 900},
            }
        )
        end = time.monotonic() + options["timeout"]
        silent_since: float | None = None
        lost = doubted = False
        while True:
            try:
                status = self._status(options["jid"], task_vars)
            # as Ansible's own polling does: whatever the connection plugin raises while a host restarts
            except Exception as error:
                lost = True
                status = {"msg": str(error)}
            now = time.monotonic()
            if "finished" in status:
                silent_since = None
                finished = bool(status["finished"])
                # a result that is just being written looks like a broken one, so it is read twice
                first_failure = bool(status.get("failed")) and not doubted
                if (finished or lost or now >= end) and not first_failure:
                    return {**result, **status, "changed": False, "finished": finished, "connection_lost": lost}
                doubted = first_failure
            else:
                silent_since = silent_since or now
                if now - silent_since >= options["reconnect_timeout"]:
                    silence = f"For {now - silent_since:.0f} s the host has said nothing of job {options['jid']}"
                    raise AnsibleConnectionFailure(f"{silence}: {status.get('msg', '')}")
                self._reconnect()
            time.sleep(options["poll_interval"])

    def _status(self, job: str, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """What the host says of the job: with ``finished``, but where the answer was no answer."""
        arguments = {"jid": job, "mode": "status", "_async_dir": self.get_shell_option("async_dir")}
        status: dict[str, Any] = self._execute_module(_STATUS, arguments, task_vars=task_vars)
        return status

    def _reconnect(self) -> None:
        """Drop a connection that may be broken for ever; that of winrm connects again, which may fail as well."""
        with contextlib.suppress(Exception):
            self._connection.reset()
