# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count the subscriptions that lack resource types. Private to this collection; no Ansible import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._errors import ApiError
from ansible_collections.odin.office365.plugins.module_utils._explain import explain
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._subscription_reading import (
    read_ahead,
    read_subscription,
    subscriptions_of,
)


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


class _Requirement:
    """What the subscriptions of some templates must have, and what was found out so far."""

    def __init__(self, wanted: Mapping[str, Any], shown: int) -> None:
        self.service_template_ids: list[int] = list(wanted["service_template_ids"])
        self._subscriptions = 0
        self._lacking = {number: _Count(shown) for number in wanted["resource_type_ids"]}
        self._unreadable = _Count(shown)

    @property
    def resource_type_ids(self) -> set[int]:
        return set(self._lacking)

    def add(self, subscription: int, missing: set[int] | str) -> None:
        """The resource types that a subscription lacks, or why it cannot be read."""
        self._subscriptions += 1
        if isinstance(missing, str):
            self._unreadable.add({"subscription_id": subscription, "message": missing})
            return
        for resource_type in missing:
            self._lacking[resource_type].add(subscription)

    def row(self) -> dict[str, Any]:
        return {
            "service_template_ids": self.service_template_ids,
            "subscriptions": self._subscriptions,
            "fulfilled": not self._unreadable.count and not any(found.count for found in self._lacking.values()),
            "lacking": [
                {"resource_type_id": number, "count": found.count, "subscription_ids": found.first}
                for number, found in self._lacking.items()
            ],
            "unreadable": {"count": self._unreadable.count, "first": self._unreadable.first},
        }


_Question = tuple[_Requirement, int]


def check(oa: OaClient, aps: ApsClient, requirements: list[dict[str, Any]], readers: int, shown: int) -> dict[str, Any]:
    """Everything that ``oa_subscription_resources_info`` returns.

    The readers go from one requirement to the next without waiting: hundreds of them with few subscriptions each are as
    quick as one with many.
    """
    found = [_Requirement(row, shown) for row in requirements]
    with closing(read_ahead(partial(_answer, oa), _questions(aps, found), readers)) as answers:
        for (requirement, subscription), missing in answers:
            requirement.add(subscription, missing)
    return {"requirements": [requirement.row() for requirement in found]}


def _questions(aps: ApsClient, requirements: list[_Requirement]) -> Iterator[_Question]:
    for requirement in requirements:
        for number in subscriptions_of(aps, requirement.service_template_ids):
            yield requirement, number


def _answer(oa: OaClient, question: _Question) -> tuple[_Question, set[int] | str]:
    requirement, number = question
    try:
        return question, requirement.resource_type_ids - set(read_subscription(oa, number).present)
    except ApiError as error:
        return question, explain(error)
