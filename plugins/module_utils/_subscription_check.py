# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count the subscriptions that lack resource types. Private to this collection; no Ansible import."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._errors import ApiError
from ansible_collections.odin.office365.plugins.module_utils._explain import explain
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._subscription_reading import (
    portions,
    read_subscription,
    subscriptions_of,
)
from ansible_collections.odin.office365.plugins.module_utils._values import in_parallel

_PORTION = 100


class _Count:
    """How many subscriptions, and the first of them: however many there are, the result stays small."""

    def __init__(self, shown: int) -> None:
        self._shown = shown
        self.count = 0
        self.first: list[Any] = []

    def add(self, value: Any) -> None:
        self.count += 1
        if len(self.first) < self._shown:
            self.first.append(value)


def check(oa: OaClient, aps: ApsClient, requirements: list[dict[str, Any]], readers: int, shown: int) -> dict[str, Any]:
    """Everything that ``oa_subscription_resources_info`` returns."""
    return {"requirements": [_check_one(oa, aps, row, readers, shown) for row in requirements]}


def _check_one(oa: OaClient, aps: ApsClient, wanted: Mapping[str, Any], readers: int, shown: int) -> dict[str, Any]:
    lacking = {number: _Count(shown) for number in wanted["resource_type_ids"]}
    unreadable = _Count(shown)
    subscriptions = 0
    for numbers in portions(subscriptions_of(aps, wanted["service_template_ids"]), _PORTION):
        subscriptions += len(numbers)
        for number, missing in zip(numbers, in_parallel(partial(_missing, oa, set(lacking)), numbers, readers)):
            if isinstance(missing, str):
                unreadable.add({"subscription_id": number, "message": missing})
                continue
            for resource_type in missing:
                lacking[resource_type].add(number)
    return {
        "service_template_ids": list(wanted["service_template_ids"]),
        "subscriptions": subscriptions,
        "lacking": [
            {"resource_type_id": number, "count": found.count, "subscription_ids": found.first}
            for number, found in lacking.items()
        ],
        "unreadable": {"count": unreadable.count, "first": unreadable.first},
    }


def _missing(oa: OaClient, wanted: set[int], number: int) -> set[int] | str:
    """The resource types that a subscription lacks, or why it cannot be read."""
    try:
        return wanted - set(read_subscription(oa, number).present)
    except ApiError as error:
        return explain(error)
