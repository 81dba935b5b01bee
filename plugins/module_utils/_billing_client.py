# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Billing API (oa-api.md 8): one method ``Execute`` for everything. Private; no Ansible import.

Only reading is here: the collection changes nothing in Billing.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._errors import ApiError, FaultError, TransportError
from ansible_collections.odin.office365.plugins.module_utils._oa_client import Transport, repeat_read

#: Every method that may be called; all of them only read.
READ_METHODS = frozenset({"GetVersion_API", "PlanDetailsGet_API", "PlanRateListFullGet_API"})
_SERVER = "BM"


class BillingError(ApiError):
    """Billing answered that the call failed; all it tells is a text."""

    type_name = "billing"


class BillingClient:
    """Calls reading methods. Safe for threads as far as its transport is."""

    def __init__(
        self,
        transport: Transport,
        *,
        username: str = "",
        password: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self._login = {"Username": username, "Password": password} if username else {}
        self._sleep = sleep

    def read(self, method: str, *params: int | str) -> list[Any]:
        """The first element of the result: a row, or a list of rows; empty where there is none.

        Raises :class:`TransportError`, :class:`BillingError`, and ``ValueError`` for a method that is not in
        :data:`READ_METHODS`.
        """
        if method not in READ_METHODS:
            raise ValueError(f"{method} is no reading method of the Billing API")
        return repeat_read(lambda: self._once(method, list(params)), self._sleep)

    def _once(self, method: str, params: list[int | str]) -> list[Any]:
        struct = {"Server": _SERVER, "Method": method, "Params": params, **self._login}
        try:
            answer = self._transport.call("Execute", (struct,))
        except FaultError as fault:
            raise BillingError(f"{_SERVER}.{method}", decoded(fault.message)) from None
        result = answer.get("Result") if isinstance(answer, dict) else None
        first = result[0] if isinstance(result, list) and result else result
        if not isinstance(first, list):
            raise TransportError(
                "garbage", self._transport.url, f"{method} came back without the Result member of the Billing API"
            )
        return first


def decoded(text: str) -> str:
    """The text of a fault, which Billing writes in base64; as it came where it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8").strip()
    except (binascii.Error, ValueError):
        return text.strip()
