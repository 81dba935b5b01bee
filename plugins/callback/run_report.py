# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: run_report
type: notification
short_description: Report what a run of an upgrade did
version_added: 1.1.0
description:
  - Writes a report of each run of the upgrade playbooks of this collection (JSON, text, HTML) and, while it goes on,
    a status file that another terminal can follow. After a failure it says what is stopped, what is done, what is not,
    and what to do next.
  - Keeps a copy of each entry of the journal that the run writes, in the folder C(journal) beside the reports.
  - It works without any setting for the playbooks of this collection and for playbooks that import them. It records
    nothing of other plays.
  - The files are in the folder O(ignore:office365_report_folder) of the inventory, by default C(office365-reports).
author:
  - The odin.office365 engineers (@odin-office365)
options:
  progress_seconds:
    description:
      - A task that runs longer than this many seconds is told of in one line on the standard error output, again and
        again after the same time.
      - V(0) switches it off.
    type: int
    default: 30
    env:
      - name: ODIN_OFFICE365_PROGRESS_SECONDS
    ini:
      - section: callback_run_report
        key: progress_seconds
"""

import atexit
import contextlib
import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__ as ansible_core_version
from ansible.template import Templar
from ansible_collections.odin.office365.plugins.plugin_utils import _failure_text, _run_owner
from ansible_collections.odin.office365.plugins.plugin_utils._report import collection
from ansible_collections.odin.office365.plugins.plugin_utils._report.document import INTERRUPTED
from ansible_collections.odin.office365.plugins.plugin_utils._report.record import (
    CHANGED,
    FAILED,
    OK,
    SKIPPED,
    UNREACHABLE,
    Record,
)
from ansible_collections.odin.office365.plugins.plugin_utils._report.reporter import Reporter, forget_survived, outcome
from ansible_collections.odin.office365.plugins.plugin_utils._report.status import progress_line

_FOLDER_VARIABLE = "office365_report_folder"
_FOLDER = "office365-reports"
_JOURNAL_ENTRY = "odin.office365.journal_entry"
# What an operator says to go on; none of them is a secret. No other variable is ever kept.
_CONFIRMATIONS = (
    "office365_confirm",
    "office365_stop_at_gates",
    "office365_confirmed_steps",
    "office365_recover_import",
    "office365_synchronization_stopped",
    "resource_settings_outcome",
    "csp_agent_confirmed_version",
    "autoconf_confirmed",
    "autoconf_fee_changes_accepted",
    "store_customizations_confirmed",
    "trial_checker_confirmed",
)
# How the controller is told to end: a login that is lost, a job that is cancelled.
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_STDOUT = 1
_STDERR = 2


def _guarded(method: Callable[..., None]) -> Callable[..., None]:
    """A report is never worth a run: what goes wrong here is told once, and the run goes on without a report."""

    @functools.wraps(method)
    def guarded(self: CallbackModule, *args: Any, **kwargs: Any) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # whatever it is, see above
            self.give_up(error)

    return guarded


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """``odin.office365.run_report``"""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "odin.office365.run_report"
    CALLBACK_NEEDS_ENABLED = True

    # The one that reports: the plugin may be loaded twice, beside the playbook and by callbacks_enabled.
    _reporting: ClassVar[CallbackModule | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._process = os.getpid()
        self._record: Record | None = None
        self._reporter: Reporter | None = None
        self._run: dict[str, Any] = {}
        self._owner: dict[str, Any] = {}
        self._play: Any = None
        self._handlers: dict[int, Any] = {}
        self._told_of_problem = False

    # -- events of Ansible -------------------------------------------------------------------------------------

    @_guarded
    def v2_playbook_on_start(self, playbook: Any) -> None:
        if CallbackModule._reporting not in (None, self):
            return
        plays = [(word, play.get_name()) for play in playbook.get_plays() if (word := _word(play)) is not None]
        if collection.only_plans(word for word, _name in plays):
            return
        CallbackModule._reporting = self
        self._told_of_problem = False
        self._owner = _run_owner.owner()
        self._run = {
            **{name: self._owner[name] for name in ("id", "user", "controller")},
            "playbook": collection.playbook_name(str(playbook._file_name)),
            "options": " ".join(_options()),
            "ansible_core": ansible_core_version,
            "collection": collection.version(),
            "started": time.time(),
        }
        self._record = Record.of_plays(plays, check_mode=bool(context.CLIARGS.get("check")))
        self._catch_signals()
        atexit.register(self._interrupted)

    @_guarded
    def v2_playbook_on_play_start(self, play: Any) -> None:
        if self._record is not None:
            word = _word(play)
            self._play = play if word is not None else None
            self._record.start_play(word, time.time())

    @_guarded
    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        del is_conditional
        if self._record is not None and self._play is not None:
            self._record.start_task(str(task.name or task.get_name()), str(task.action), time.time())
            self._show_status()

    @_guarded
    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self.v2_playbook_on_task_start(task, False)

    @_guarded
    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        del task
        if self._record is not None and self._play is not None:
            if self._reporter is None:
                self._begin(self._record, host)
            self._record.start_host(host.get_name(), time.time())

    @_guarded
    def v2_runner_on_ok(self, result: Any) -> None:
        if not _has_items(result):
            self._keep(result, CHANGED if result.is_changed() else OK)
        self._finish_host(result)

    @_guarded
    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._keep(result, CHANGED if result.is_changed() else OK)

    @_guarded
    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._keep(result, OK if ignore_errors else FAILED)
        self._finish_host(result)

    @_guarded
    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._keep(result, OK if _task(result).ignore_unreachable else UNREACHABLE)
        self._finish_host(result)

    @_guarded
    def v2_runner_on_skipped(self, result: Any) -> None:
        self._keep(result, SKIPPED)
        self._finish_host(result)

    @_guarded
    def v2_playbook_on_stats(self, stats: Any) -> None:
        record = self._record
        if record is not None and record.begun:
            record.end(time.time(), complete=True)
            state = outcome(record, {*stats.failures, *stats.dark})
            for line in self._finish(record, state):
                self._display.display(line)
        self._end()

    # -- what is made of them ----------------------------------------------------------------------------------

    def _begin(self, record: Record, host: Any) -> None:
        """The first task: only now a host's variables tell the folder of the reports."""
        variables = _Variables(self._play, host)
        self._reporter = Reporter(record, self._run, self._owner, variables.folder())
        record.confirmations = list(variables.confirmations())
        self._reporter.take_status_file()
        self._show_status()
        seconds = int(self.get_option("progress_seconds"))
        if seconds > 0:
            threading.Thread(target=self._tell_of_long_tasks, args=(record, seconds), daemon=True).start()

    def _show_status(self) -> None:
        if self._reporter is not None:
            self._reporter.show_status(time.time())
            self._tell_of_problem(self._reporter)

    def _copy_journal_entry(self, data: Mapping[str, Any], node: str) -> None:
        if self._reporter is not None and self._record is not None and not self._record.check_mode:
            self._reporter.copy_journal_entry(node, data["file"], data["entry"])
            self._tell_of_problem(self._reporter)

    def _tell_of_problem(self, reporter: Reporter) -> None:
        """Tell once where a file cannot be written, as on a full disk; the run is recorded all the same."""
        if reporter.problem and not self._told_of_problem:
            self._told_of_problem = True
            self._display.warning(
                f"The status of this run and the copy of its journal cannot be written now: {reporter.problem}. "
                "The run itself goes on; make room there."
            )

    def _keep(self, result: Any, state: str) -> None:
        if self._record is None or self._play is None:
            return
        data, task, host = _shown(result), _task(result), _host(result).get_name()
        now = self._record.task_of(host)
        self._record.result(
            host,
            state,
            # The name with its values is known when the task is started only.
            now.name if now else task.get_name(),
            str(task.action),
            {**data, "msg": _message(data)},
            time.time(),
            item=_label(data),
        )
        if task.action == _JOURNAL_ENTRY and "entry" in data:
            self._copy_journal_entry(data, str(task.delegate_to or host))

    def _finish_host(self, result: Any) -> None:
        if self._record is not None:
            self._record.finish_host(_host(result).get_name())

    def _finish(self, record: Record, state: str) -> list[str]:
        reporter = self._reporter or Reporter(record, self._run, self._owner, Path(_FOLDER).absolute())
        return reporter.finish(time.time(), state)

    def _end(self) -> None:
        """Nothing more is recorded until another playbook starts."""
        self._record = self._reporter = self._play = None
        atexit.unregister(self._interrupted)
        # Items of loops are told of in another thread, which must not do this; the recap is not.
        if threading.current_thread() is threading.main_thread():
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            self._handlers = {}

    def give_up(self, error: Exception) -> None:
        self._end()
        self._display.warning(
            f"The report of this run cannot be written: {type(error).__name__}: {error}. The run itself goes on."
        )

    # -- a run that is ended -----------------------------------------------------------------------------------

    def _catch_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN and handler is not None:
                self._handlers[number] = handler
                signal.signal(number, self._signalled)

    def _signalled(self, number: int, frame: Any) -> None:
        """Write the report, then do what would have been done without us. Workers have this handler, too."""
        handler = self._handlers.get(number, signal.SIG_DFL)
        self._interrupted()
        signal.signal(number, handler)
        if callable(handler):
            handler(number, frame)
        else:
            os.kill(os.getpid(), number)

    def _interrupted(self) -> None:
        """The run ends without a recap: by a signal, or by an error of Ansible itself."""
        record = self._record
        if record is None or os.getpid() != self._process:
            return
        self._record = None  # once only, whatever comes
        with contextlib.suppress(Exception):
            if record.begun:
                record.end(time.time(), complete=False)
                forget_survived(record)
                _write(_STDOUT, "\n".join(["", *self._finish(record, INTERRUPTED), ""]))

    # -- a task that takes long --------------------------------------------------------------------------------

    def _tell_of_long_tasks(self, record: Record, seconds: int) -> None:
        """In a thread of its own. It takes no lock and prints with one system call: Ansible forks all the time."""
        told: dict[str, float] = {}
        while self._record is record:
            time.sleep(1)
            now, works = time.time(), record.at_work()
            told = {work.task: max(told.get(work.task, 0.0), work.started) for work in works}
            for work in works:
                if now - told[work.task] >= seconds:
                    told[work.task] = now
                    _write(_STDERR, progress_line(record, work, now) + "\n")


class _Variables:
    """The few variables that a report needs, as the first host of the run has them."""

    def __init__(self, play: Any, host: Any) -> None:
        manager = play.get_variable_manager()
        self._values: Mapping[str, Any] = manager.get_vars(play=play, host=host)
        self._templar = Templar(loader=play.get_loader(), variables=self._values)

    def folder(self) -> Path:
        return Path(str(self._value(_FOLDER_VARIABLE) or _FOLDER)).expanduser().absolute()

    def confirmations(self) -> Iterator[dict[str, str]]:
        for name in _CONFIRMATIONS:
            value = self._value(name)
            if value not in (None, False, "", [], {}):
                yield {"name": name, "value": str(value)}

    def _value(self, name: str) -> Any:
        """The value of a variable; None where there is none, or it refers to something that is not known yet."""
        try:
            return self._templar.template(self._values[name])
        except Exception:  # errors of templates have another class in each release
            return None


def _word(play: Any) -> str | None:
    path = str(play.get_path() or "").rpartition(":")[0]
    return collection.step_word(path, map(str, play.tags))


def _options() -> Iterator[str]:
    """Options of the command line that say which part of a run it is; never the variables."""
    arguments = context.CLIARGS
    if arguments.get("check"):
        yield "--check"
    for name, option in (("tags", "--tags"), ("skip_tags", "--skip-tags")):
        words = [str(word) for word in arguments.get(name) or () if word != "all"]
        if words:
            yield f"{option} {','.join(words)}"
    for name, option in (("subset", "--limit"), ("start_at_task", "--start-at-task")):
        if arguments.get(name):
            yield f"{option} {arguments.get(name)}"


# ansible-core 2.19 has public names for what was private before.
def _host(result: Any) -> Any:
    return result.host if hasattr(result, "host") else result._host


def _task(result: Any) -> Any:
    return result.task if hasattr(result, "task") else result._task


def _shown(result: Any) -> Mapping[str, Any]:
    """The data of a result; nothing where the task hides it."""
    data: Mapping[str, Any] = result.result if hasattr(result, "result") else result._result
    return {} if _task(result).no_log is True or data.get("_ansible_no_log") or "censored" in data else data


def _has_items(result: Any) -> bool:
    """Whether it is the sum of a loop, whose items were told of one by one."""
    return bool(_task(result).loop is not None or _task(result).loop_with)


def _label(data: Mapping[str, Any]) -> str:
    """How a loop calls its item. An item without a label of its own may hold anything, so it is not kept."""
    label = data.get("_ansible_item_label")
    return str(label) if isinstance(label, (str, int)) else ""


def _message(data: Mapping[str, Any]) -> str:
    """Why a task failed; of a loop, why its items did."""
    rows = [row for row in data.get("results") or () if isinstance(row, Mapping) and row.get("failed")]
    shown = [row for row in rows if not row.get("_ansible_no_log") and "censored" not in row]
    if shown:
        return "\n".join(": ".join(filter(None, (_label(row), _failure_text.reason(row)))) for row in shown)
    return _failure_text.reason(data)


def _write(descriptor: int, text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(descriptor, text.encode(sys.getfilesystemencoding(), errors="replace"))
