# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the subscriptions of service templates. Private to this collection; no Ansible import."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._service_templates import resource_type_rows
from ansible_collections.odin.office365.plugins.module_utils._subscription_gaps import Gap
from ansible_collections.odin.office365.plugins.module_utils._values import whole_number
from ansible_collections.odin.office365.plugins.module_utils._workers import in_order

_TEMPLATES_PER_QUERY = 50
#: Subscriptions for each reader: enough to go on with while a page of the list comes or a batch is waited for
_AHEAD = 16

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


def subscriptions_of(aps: ApsClient, service_template_ids: Iterable[int]) -> Iterator[int]:
    """The ids of all subscriptions of these templates, one after the other, each once."""
    templates = list(dict.fromkeys(service_template_ids))
    for start in range(0, len(templates), _TEMPLATES_PER_QUERY):
        some = templates[start : start + _TEMPLATES_PER_QUERY]
        choice = (
            f"serviceTemplateId=eq={some[0]}"
            if len(some) == 1
            else f"in(serviceTemplateId,({','.join(map(str, some))}))"
        )
        seen: set[int] = set()
        for entry in aps.items("collections/subscriptions", f"{choice},sort(+subscriptionId)"):
            number = whole_number(entry.get("subscriptionId"))
            # whether this collection can be filtered is inferred, not documented: look again
            if number is None or number in seen or whole_number(entry.get("serviceTemplateId")) not in some:
                continue
            seen.add(number)
            yield number


def read_ahead(
    read: Callable[[_Question], _Answer], questions: Iterable[_Question], readers: int
) -> Generator[_Answer, None, None]:
    """``read`` of everything in its order, some of it before it is wanted; memory holds no more than that."""
    return in_order(read, questions, workers=readers, ahead=readers * _AHEAD)


def read_subscription(oa: OaClient, number: int) -> Gap:
    """A subscription with what it has; raises :class:`ApiError` where the platform refuses it."""
    answer = oa.call("pem.getSubscription", subscription_id=number, get_resources=True) or {}
    return Gap(
        number,
        service_template_id=whole_number(answer.get("st_id")),
        owner_id=whole_number(answer.get("owner_id")),
        present={row["resource_type_id"]: row["limit"] for row in resource_type_rows(answer)},
    )
