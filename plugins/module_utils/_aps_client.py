# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading from the APS controller (oa-api.md 6.3): token, paging. Private to this collection; no Ansible import.

Only GET is here: the collection changes nothing through this interface.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._errors import RestError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._http import HttpAnswer, HttpClient, retry_after
from ansible_collections.odin.office365.plugins.module_utils._oa_client import MAX_HINTED_PAUSE, READ_PAUSES, OaClient

_PROVIDER_ACCOUNT = 1
_NO_SUBSCRIPTION = 0
_ROOT = "/aps/2"
_RANGE = re.compile(r"^items\s+\d+-\d+/(\d+)$")
_PASSING_STATES = frozenset({500, 502, 503, 504})


class ApsClient:
    """GET requests with the provider's token; it is asked for once, and renewed once per request when it expired."""

    def __init__(self, oa: OaClient, http: HttpClient, url: str | None = None) -> None:
        self._oa = oa
        self._http = http
        self._url = url
        self._token = ""

    def items(self, path: str, condition: str = "", *, page_size: int = 500) -> Iterator[dict[str, Any]]:
        """The entries of a collection, page by page, so that memory holds one page at a time.

        ``path`` is relative to ``/aps/2/``; ``condition`` is an RQL expression already encoded for a URL.
        """
        start = 0
        while True:
            window = f"limit({start},{page_size})"
            answer = self._get(path, f"{condition},{window}" if condition else window)
            page = _json(answer, path)
            if not isinstance(page, list):
                raise TransportError("garbage", path, "the answer is no list")
            yield from page
            start += len(page)
            total = _RANGE.match(answer.headers.get("content-range", ""))
            more = start < int(total.group(1)) if total else len(page) == page_size
            if not page or not more:
                return

    def _get(self, path: str, query: str) -> HttpAnswer:
        if not self._token:
            self._log_in()
        answer = self._read(path, query)
        if _token_expired(answer):
            self._log_in()
            answer = self._read(path, query)
        if answer.status not in (200, 206):
            raise RestError(path, answer.status, _message(answer))
        return answer

    def _log_in(self) -> None:
        answer = self._oa.call(
            "pem.APS.getAccountToken", account_id=_PROVIDER_ACCOUNT, subscription_id=_NO_SUBSCRIPTION
        )
        token, controller = (str((answer or {}).get(name) or "") for name in ("aps_token", "controller_uri"))
        if not token:
            raise TransportError("garbage", self._oa.url, "pem.APS.getAccountToken came back without a token")
        if not self._url and not controller:
            raise TransportError("garbage", self._oa.url, "pem.APS.getAccountToken came back without controller_uri")
        self._token = token
        self._url = self._url or controller

    def _read(self, path: str, query: str) -> HttpAnswer:
        url = f"{_base(self._url or '')}/{path}?{query}"
        for pause in READ_PAUSES:
            hint = None
            try:
                answer = self._send(url)
                if answer.status not in _PASSING_STATES:
                    return answer
                hint = retry_after(answer.headers)
            except TransportError as error:
                if not error.passing:
                    raise
            self._oa.pause(max(pause, min(hint or 0.0, MAX_HINTED_PAUSE)))
        return self._send(url)

    def _send(self, url: str) -> HttpAnswer:
        return self._http.send("GET", url, headers={"APS-Token": self._token, "Accept": "application/json"})


def _base(url: str) -> str:
    """``https://host:6308/aps/2`` for any of the forms in which the controller's address is written."""
    stripped = url.rstrip("/")
    return stripped if stripped.endswith(_ROOT) else stripped + _ROOT


def _token_expired(answer: HttpAnswer) -> bool:
    return answer.status == 403 and "token expired" in _message(answer).lower()


def _message(answer: HttpAnswer) -> str:
    """The text of an error answer; its members differ between releases (``message`` is common to all forms seen)."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return "no explanation came with it"
    return str(body.get("message") or "no explanation came with it") if isinstance(body, dict) else ""


def _json(answer: HttpAnswer, path: str) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError as failure:
        raise TransportError("garbage", path, f"{len(answer.body)} bytes came back, but they are no JSON") from failure
