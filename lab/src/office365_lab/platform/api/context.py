"""What the function behind a method is given: a database connection, the lab, and a place for its tasks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from office365_lab.platform.database import Connection
from office365_lab.platform.tasks import store

if TYPE_CHECKING:
    from office365_lab.platform.services import Services


@dataclasses.dataclass
class Call:
    """One call of a method inside a database transaction, which the caller of the handler ends."""

    db: Connection
    services: Services
    request_id: str | None = None

    def schedule(self, *plans: store.TaskPlan) -> list[int]:
        """Create tasks that start when the transaction is committed; returns their ids.

        With a request id they belong to its task group (oa-api.md 1.6).
        """
        return store.schedule(self.db, plans, self.request_id)
